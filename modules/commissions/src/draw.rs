//! `draw`: an advance up to an amount in each period, and its recovery (Oracle ICM, recoverable draw; C12).
//!
//! A period that earns less than the draw is topped up to it, until `stop_after`. A recoverable top-up is owed; from
//! `recover_from` on, what a period earns above the draw pays it back, and never brings the payment under the draw.
//! What a draw that is not recoverable adds is never owed. Periods are counted from one: from the label itself when
//! it is a number, from the member's first period otherwise; a period without earnings is advanced too.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::event::PeriodLabel;
use crate::plan::Draw;

/// One period of one member.
#[derive(Debug, Clone)]
pub(crate) struct DrawPeriod {
    pub(crate) period: PeriodLabel,
    pub(crate) earned: Decimal,
    pub(crate) draw: Decimal,
    pub(crate) recovered: Decimal,
    pub(crate) paid: Decimal,
    pub(crate) balance: Decimal,
}

/// The schedule of one member, from the first period to the last.
pub(crate) fn schedule(draw: &Draw, amount: Decimal, earned: &BTreeMap<PeriodLabel, Decimal>) -> Vec<DrawPeriod> {
    let mut balance = Decimal::ZERO;
    let step = |(number, period): (i64, PeriodLabel)| {
        let earned = earned.get(&period).copied().unwrap_or_default();
        let (drawn, recovered) = advance(draw, amount, number, earned, balance);
        if draw.recoverable {
            balance += drawn - recovered;
        }
        DrawPeriod { period, earned, draw: drawn, recovered, paid: earned + drawn - recovered, balance }
    };
    numbered(earned).into_iter().map(step).collect()
}

/// What a period is advanced, and what it pays back.
fn advance(draw: &Draw, amount: Decimal, number: i64, earned: Decimal, balance: Decimal) -> (Decimal, Decimal) {
    if earned < amount {
        let lasts = draw.stop_after.is_none_or(|last| number <= last);
        return (if lasts { amount - earned } else { Decimal::ZERO }, Decimal::ZERO);
    }
    let recovers = draw.recoverable && number >= draw.recover_from;
    (Decimal::ZERO, if recovers { balance.min(earned - amount) } else { Decimal::ZERO })
}

/// Every period between the first and the last, with its number.
fn numbered(earned: &BTreeMap<PeriodLabel, Decimal>) -> Vec<(i64, PeriodLabel)> {
    let (Some(first), Some(last)) = (earned.keys().next(), earned.keys().next_back()) else { return Vec::new() };
    let mut periods = Vec::new();
    let (mut number, mut period) = (if let PeriodLabel::Number(number) = first { *number } else { 1 }, *first);
    while period <= *last {
        periods.push((number, period));
        number += 1;
        period = match period {
            PeriodLabel::Number(label) => PeriodLabel::Number(label + 1),
            PeriodLabel::Calendar(label) => PeriodLabel::Calendar(label.next()),
        };
    }
    periods
}
