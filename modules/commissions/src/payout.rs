//! Payouts: one for each member, currency and period, and a negative balance is carried to the next (C16).
//!
//! The items of a payout are the lines paid in its period, with the floor adjustment or the draw where there is one:
//! they add up to `gross`, and `gross + carry_in = paid + carry_out`. Currencies never meet in a payout (C21).

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::money::Currency;
use crate::period::Period;

/// Who is paid, and in what.
pub(crate) type Account = (String, Currency);

/// What is paid for one period.
#[derive(Debug, Clone)]
pub(crate) struct Payout {
    pub(crate) account: Account,
    pub(crate) period: Period,
    pub(crate) gross: Decimal,
    pub(crate) carry_in: Decimal,
    pub(crate) paid: Decimal,
    pub(crate) carry_out: Decimal,
}

/// The payouts of all accounts, by period and then by account.
pub(crate) fn payouts(gross: &BTreeMap<Account, BTreeMap<Period, Decimal>>) -> Vec<Payout> {
    let mut all: Vec<Payout> = gross.iter().flat_map(|(account, periods)| of_account(account, periods)).collect();
    all.sort_by(|a, b| a.period.cmp(&b.period).then_with(|| a.account.cmp(&b.account)));
    all
}

fn of_account(account: &Account, periods: &BTreeMap<Period, Decimal>) -> Vec<Payout> {
    let mut carry_in = Decimal::ZERO;
    let payout = |(period, gross): (&Period, &Decimal)| {
        let balance = *gross + carry_in;
        let (paid, carry_out) = (balance.max(Decimal::ZERO), balance.min(Decimal::ZERO));
        let payout = Payout { account: account.clone(), period: *period, gross: *gross, carry_in, paid, carry_out };
        carry_in = carry_out;
        payout
    };
    periods.iter().map(payout).collect()
}
