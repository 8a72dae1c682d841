//! `percent`: a share of the base (C02), with accelerators and a threshold on the attainment of the quota.
//!
//! Attainment is what the owner sold in the period, under any rule, over the quota. Accelerators are marginal (C06):
//! `[attainment, multiplier]` multiplies the rate of the part of the base that lies above that attainment, up to the
//! next step; below the first step the multiplier is 1. A multiplier under 1 is a decelerator.
//!
//! Under a threshold nothing is earned. Once reached, `marginal` pays only what lies above it, and `retroactive` pays
//! from the first peso of the period, less what was already paid (C23). Reaching it exactly is enough.

use rust_decimal::Decimal;

use super::Rating;
use crate::book::Credit;
use crate::error::CalculateError;
use crate::money::show;
use crate::plan::{Rule, RuleKind, Threshold};

/// Rates the slice of the owner's sales of the period between `from` and `to`.
pub(super) fn rate_slice(
    rating: &mut Rating,
    rule: &Rule,
    label: &str,
    from: Decimal,
    to: Decimal,
) -> Result<(), CalculateError> {
    let RuleKind::Percent { rate, accelerators, threshold } = &rule.kind else { return Ok(()) };
    let mut start = from;
    if let Some(threshold) = threshold {
        start = from.max(threshold.attainment * rating.quota()?);
        if start > from {
            note_threshold(rating, threshold, to)?;
        }
    }
    if to > start || (from == to && start == from) {
        slices(rating, label, *rate, accelerators, start, to)?;
    }
    Ok(())
}

/// Rates all that the rule saw in the period, less what it already paid.
pub(super) fn rate_from_first_peso(
    rating: &mut Rating,
    rule: &Rule,
    base: Decimal,
    attained: Decimal,
) -> Result<(), CalculateError> {
    let RuleKind::Percent { rate, accelerators, threshold: Some(threshold) } = &rule.kind else { return Ok(()) };
    let owner = &rating.sale.owner;
    let tally = rating.state.tally(owner, &rule.scope);
    tally.base += base;
    let (total, already) = (tally.base, tally.paid);
    let mut paid = Decimal::ZERO;
    note_threshold(rating, threshold, attained)?;
    if attained >= threshold.attainment * rating.quota()? {
        let before = rating.trace.sum();
        slices(rating, "", *rate, accelerators, Decimal::ZERO, total)?;
        if !already.is_zero() {
            rating.trace.difference("already paid", Decimal::ZERO, already);
        }
        paid = rating.sale.currency.round(rating.trace.sum() - before);
    }
    rating.state.tally(owner, &rule.scope).paid += paid;
    rating.credits.push(Credit { scope: rule.scope.clone(), base, paid });
    Ok(())
}

fn note_threshold(rating: &mut Rating, threshold: &Threshold, attained: Decimal) -> Result<(), CalculateError> {
    let attainment = attained / rating.quota()?;
    let sign = if attainment < threshold.attainment { "<" } else { ">=" };
    rating.trace.note(format!(
        "attainment {} {sign} {}",
        show(attainment.round_dp(4), 2),
        show(threshold.attainment, 2)
    ));
    Ok(())
}

/// One term for each multiplier that the slice goes through.
fn slices(
    rating: &mut Rating,
    label: &str,
    rate: Decimal,
    steps: &[(Decimal, Decimal)],
    from: Decimal,
    to: Decimal,
) -> Result<(), CalculateError> {
    let Some((first, _)) = steps.first() else {
        rating.trace.product(label, &[to - from, rate]);
        return Ok(());
    };
    let quota = rating.quota()?;
    let mut pieces = vec![(Decimal::ZERO, Some(first * quota), None)];
    for (at, (start, multiplier)) in steps.iter().enumerate() {
        pieces.push((start * quota, steps.get(at + 1).map(|(end, _)| end * quota), Some(*multiplier)));
    }
    for (start, end, multiplier) in pieces {
        let (start, end) = (start.max(from), end.map_or(to, |end| end.min(to)));
        if end > start {
            let factors: Vec<Decimal> = [Some(end - start), Some(rate), multiplier].into_iter().flatten().collect();
            rating.trace.product(label, &factors);
        }
    }
    Ok(())
}
