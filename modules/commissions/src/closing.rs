//! What is only known once all lines of a period stand: the floor and the draw of each member.
//!
//! `floor` (C11) tops a period up to a guaranteed minimum. It is guaranteed to whoever has a line in the period, and,
//! where the plan names its members (in `members`, or in a floor by member), to each of them in every period that has
//! lines. Nobody else is known to work there.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::book::Posted;
use crate::draw::{self, DrawPeriod};
use crate::event::PeriodLabel;
use crate::money::Currency;
use crate::payout::Account;
use crate::period::Period;
use crate::plan::{PerMember, Plan};

/// What each account earns in each period.
pub(crate) type Earnings = BTreeMap<Account, BTreeMap<Period, Decimal>>;

/// The floor of one account and period.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Closed {
    pub(crate) earned: Decimal,
    pub(crate) adjustment: Decimal,
}

/// Adds up the lines by the period in which they are paid.
pub(crate) fn earnings(lines: &[Posted]) -> Earnings {
    let mut earnings = Earnings::new();
    for line in lines {
        let account = (line.key.member.clone(), line.currency);
        *earnings.entry(account).or_default().entry(line.period).or_default() += line.amount;
    }
    earnings
}

/// Closes each period of each account that has a floor.
pub(crate) fn close(plan: &Plan, earnings: &Earnings) -> BTreeMap<Account, BTreeMap<Period, Closed>> {
    let Some(floor) = &plan.floor else { return BTreeMap::new() };
    let mut closed = BTreeMap::new();
    for (account, periods) in guaranteed(plan, floor, earnings) {
        let Some(minimum) = floor.of(&account.0).map(|minimum| account.1.round(minimum)) else { continue };
        let close = |earned: Decimal| Closed { earned, adjustment: (minimum - earned).max(Decimal::ZERO) };
        closed.insert(account, periods.into_iter().map(|(period, earned)| (period, close(earned))).collect());
    }
    closed
}

/// The earnings, with a zero for each named member who sold nothing in a period.
fn guaranteed(plan: &Plan, floor: &PerMember, earnings: &Earnings) -> Earnings {
    let mut named: Vec<&String> = plan.members.iter().flatten().collect();
    if let PerMember::Named(floors) = floor {
        named.extend(floors.keys());
    }
    let mut all = earnings.clone();
    let seen: Vec<(Currency, Period)> =
        earnings.iter().flat_map(|(account, periods)| periods.keys().map(|period| (account.1, *period))).collect();
    for (currency, period) in seen {
        for member in &named {
            all.entry(((*member).clone(), currency)).or_default().entry(period).or_default();
        }
    }
    all
}

/// Adds the floor adjustments to what each account is paid.
pub(crate) fn add_floors(earnings: &mut Earnings, closed: &BTreeMap<Account, BTreeMap<Period, Closed>>) {
    for (account, periods) in closed {
        for (period, close) in periods {
            *earnings.entry(account.clone()).or_default().entry(*period).or_default() += close.adjustment;
        }
    }
}

/// The draw schedule of each account that has one.
pub(crate) fn draws(plan: &Plan, earnings: &Earnings) -> Vec<(Account, Vec<DrawPeriod>)> {
    let Some(draw) = &plan.draw else { return Vec::new() };
    let of_account = |(account, periods): (&Account, &BTreeMap<Period, Decimal>)| {
        let amount = account.1.round(draw.amount.of(&account.0)?);
        let labelled = periods.iter().map(|(period, earned)| (PeriodLabel::Calendar(*period), *earned)).collect();
        Some((account.clone(), draw::schedule(draw, amount, &labelled)))
    };
    earnings.iter().filter_map(of_account).collect()
}

/// Pays what the schedules say instead of what was earned.
pub(crate) fn pay_draws(earnings: &mut Earnings, schedules: &[(Account, Vec<DrawPeriod>)]) {
    for (account, schedule) in schedules {
        let paid = schedule.iter().filter_map(|step| match step.period {
            PeriodLabel::Calendar(period) => Some((period, step.paid)),
            PeriodLabel::Number(_) => None,
        });
        earnings.insert(account.clone(), paid.collect());
    }
}
