//! The shape of the answer. Keys that would always say the same are left out: `member` and `currency` only appear in
//! payouts and periods when there is more than one, and `totals` only when one currency makes adding them sound.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::Value;

use crate::closing::{Closed, Earnings};
use crate::draw::{self, DrawPeriod};
use crate::event::{Event, PeriodLabel, What};
use crate::money::Currency;
use crate::payout::{Account, Payout};
use crate::period::Period;
use crate::plan::Plan;
use crate::posting::Posting;

/// The answer of `commissions.calculate`; every amount is text with the decimals of its currency.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Outcome {
    /// Chronological; within an event, sellers, then overrides, then bonuses.
    pub(crate) lines: Vec<Line>,
    /// Ids of the payments that wait for a member.
    pub(crate) unassigned: Vec<String>,
    /// By member, floors included; absent when there is more than one currency.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) totals: Option<BTreeMap<String, String>>,
    /// By member and currency.
    pub(crate) totals_by_currency: BTreeMap<String, BTreeMap<&'static str, String>>,
    /// By member, when the plan has a floor; then by period and by currency where there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) period_close: Option<serde_json::Map<String, Value>>,
    /// The draw, period by period, when the plan has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) periods: Option<Vec<PeriodRow>>,
    /// What is paid, period by period.
    pub(crate) payouts: Vec<PayoutRow>,
}

/// One amount of one member, with its explanation.
#[derive(Debug, Serialize)]
pub(crate) struct Line {
    /// The event that earned it, or took it back.
    pub(crate) event: String,
    /// Who.
    pub(crate) member: String,
    /// How much.
    pub(crate) amount: String,
    /// Recomputes to the amount; see `trace`.
    pub(crate) trace: Vec<String>,
}

/// Whose row it is, where that is not plain.
#[derive(Debug, Serialize)]
pub(crate) struct Whose {
    #[serde(skip_serializing_if = "Option::is_none")]
    member: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    currency: Option<&'static str>,
}

/// One period of a draw.
#[derive(Debug, Serialize)]
pub(crate) struct PeriodRow {
    period: Value,
    #[serde(flatten)]
    whose: Whose,
    earned: String,
    draw: String,
    recovered: String,
    paid: String,
    balance: String,
}

/// One payout.
#[derive(Debug, Serialize)]
pub(crate) struct PayoutRow {
    period: String,
    #[serde(flatten)]
    whose: Whose,
    gross: String,
    carry_in: String,
    paid: String,
    carry_out: String,
}

/// The answer to a plan whose lines are calculated here.
pub(crate) fn lines(
    posting: &Posting,
    earnings: &Earnings,
    closed: &BTreeMap<Account, BTreeMap<Period, Closed>>,
    draws: &[(Account, Vec<DrawPeriod>)],
    payouts: &[Payout],
) -> Outcome {
    let sums = earnings.iter().map(|(account, periods)| (account.clone(), periods.values().sum()));
    let accounts: BTreeSet<Account> = payouts.iter().map(|payout| payout.account.clone()).collect();
    let line = |posted: &crate::book::Posted| Line {
        event: posted.key.event.clone(),
        member: posted.key.member.clone(),
        amount: posted.currency.text(posted.amount),
        trace: posted.trace.clone(),
    };
    Outcome {
        lines: posting.lines.iter().map(line).collect(),
        unassigned: posting.unassigned.clone(),
        period_close: (!closed.is_empty()).then(|| period_close(closed)),
        periods: (!draws.is_empty()).then(|| period_rows(draws)),
        payouts: payouts.iter().map(|payout| payout_row(payout, &accounts)).collect(),
        ..totals(sums.collect())
    }
}

/// The answer to a plan whose earnings come in the events (C12).
pub(crate) fn direct(plan: &Plan, events: &[Event]) -> Outcome {
    let mut earned: BTreeMap<Account, BTreeMap<PeriodLabel, Decimal>> = BTreeMap::new();
    for event in events {
        if let What::Earned(earning) = &event.what {
            let account = (earning.member.clone().unwrap_or_default(), earning.currency.unwrap_or(PLAIN));
            *earned.entry(account).or_default().entry(earning.period).or_default() += earning.amount;
        }
    }
    let sums = earned.iter().filter(|(account, _)| !account.0.is_empty());
    let sums = sums.map(|(account, periods)| (account.clone(), periods.values().sum())).collect();
    let schedule = |account: &Account, periods: &BTreeMap<PeriodLabel, Decimal>| {
        let draw = plan.draw.as_ref()?;
        Some((account.clone(), draw::schedule(draw, account.1.round(draw.amount.of(&account.0)?), periods)))
    };
    let draws: Vec<_> = earned.iter().filter_map(|(account, periods)| schedule(account, periods)).collect();
    Outcome { periods: plan.draw.as_ref().map(|_| period_rows(&draws)), ..totals(sums) }
}

/// Earnings without a currency are written with two decimals.
const PLAIN: Currency = Currency { code: "", decimals: 2 };

fn totals(sums: BTreeMap<Account, Decimal>) -> Outcome {
    let mut by_currency: BTreeMap<String, BTreeMap<&'static str, String>> = BTreeMap::new();
    for ((member, currency), sum) in &sums {
        by_currency.entry(member.clone()).or_default().insert(currency.code, currency.text(*sum));
    }
    let currencies: BTreeSet<Currency> = sums.keys().map(|(_, currency)| *currency).collect();
    let plain = || sums.iter().map(|((member, currency), sum)| (member.clone(), currency.text(*sum))).collect();
    Outcome { totals: (currencies.len() < 2).then(plain), totals_by_currency: by_currency, ..Outcome::default() }
}

fn period_close(closed: &BTreeMap<Account, BTreeMap<Period, Closed>>) -> serde_json::Map<String, Value> {
    let periods: BTreeSet<Period> = closed.values().flat_map(|periods| periods.keys().copied()).collect();
    let currencies: BTreeSet<Currency> = closed.keys().map(|(_, currency)| *currency).collect();
    let mut members = serde_json::Map::new();
    for ((member, currency), by_period) in closed {
        for (period, close) in by_period {
            let mut keys = vec![member.clone()];
            keys.extend((periods.len() > 1).then(|| period.to_string()));
            keys.extend((currencies.len() > 1).then(|| currency.code.to_owned()));
            put(&mut members, &keys, close_value(*currency, close));
        }
    }
    members
}

fn close_value(currency: Currency, close: &Closed) -> Value {
    serde_json::json!({
        "earned": currency.text(close.earned),
        "floor_adjustment": currency.text(close.adjustment),
        "payable": currency.text(close.earned + close.adjustment),
    })
}

/// Puts a value under a path of keys.
fn put(map: &mut serde_json::Map<String, Value>, keys: &[String], value: Value) {
    match keys {
        [] => {}
        [key] => {
            map.insert(key.clone(), value);
        }
        [key, rest @ ..] => {
            let inner = map.entry(key.clone()).or_insert_with(|| Value::Object(serde_json::Map::new()));
            if let Value::Object(inner) = inner {
                put(inner, rest, value);
            }
        }
    }
}

fn period_rows(draws: &[(Account, Vec<DrawPeriod>)]) -> Vec<PeriodRow> {
    let accounts: BTreeSet<Account> = draws.iter().map(|(account, _)| account.clone()).collect();
    let row = |account: &Account, step: &DrawPeriod| PeriodRow {
        period: match step.period {
            PeriodLabel::Number(number) => Value::from(number),
            PeriodLabel::Calendar(period) => Value::from(period.to_string()),
        },
        whose: whose(account, &accounts),
        earned: account.1.text(step.earned),
        draw: account.1.text(step.draw),
        recovered: account.1.text(step.recovered),
        paid: account.1.text(step.paid),
        balance: account.1.text(step.balance),
    };
    draws.iter().flat_map(|(account, steps)| steps.iter().map(|step| row(account, step)).collect::<Vec<_>>()).collect()
}

fn payout_row(payout: &Payout, accounts: &BTreeSet<Account>) -> PayoutRow {
    let text = |amount| payout.account.1.text(amount);
    PayoutRow {
        period: payout.period.to_string(),
        whose: whose(&payout.account, accounts),
        gross: text(payout.gross),
        carry_in: text(payout.carry_in),
        paid: text(payout.paid),
        carry_out: text(payout.carry_out),
    }
}

fn whose((member, currency): &Account, accounts: &BTreeSet<Account>) -> Whose {
    let several = |differs: fn(&Account, &Account) -> bool| {
        accounts.first().is_some_and(|first| accounts.iter().any(|other| differs(first, other)))
    };
    Whose {
        member: several(|a, b| a.0 != b.0).then(|| member.clone()),
        currency: several(|a, b| a.1 != b.1).then_some(currency.code),
    }
}
