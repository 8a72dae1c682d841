//! The commission of a whole deal: each item by the one rate rule that fits it best, plus the flat amounts.
//!
//! Percent and tiered rules compete for an item, and one of them rates it; flat rules compete among themselves, and
//! the winner is paid on top.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::{Rating, choose, flat, percent, tiered};
use crate::error::CalculateError;
use crate::plan::{Rule, RuleKind};

/// Writes the commission of the deal into the trace of the rating.
pub(super) fn rate(rating: &mut Rating) -> Result<(), CalculateError> {
    let mut walked = rating.state.attained(&rating.sale.owner);
    let mut whole: BTreeMap<usize, Decimal> = BTreeMap::new();
    for (item, base) in rating.sale.items.iter().zip(rating.bases.clone()) {
        let chosen = choose(rating.terms, &item.tags, |rule| is_rate(&rule.kind));
        match chosen {
            Some((_, rule)) if !is_cumulative(&rule.kind) => rate_item(rating, rule, &item.label, walked, base)?,
            Some((place, _)) => *whole.entry(place).or_default() += base,
            None if flat::chosen(rating, &item.tags).is_some() => {}
            None => rating.trace.note(format!("{} no rule applies to {base}", item.label)),
        }
        walked += base;
    }
    for (place, base) in whole {
        if let Some(rule) = rating.terms.rules.get(place) {
            rate_whole(rating, rule, base, walked)?;
        }
    }
    flat::rate(rating);
    Ok(())
}

fn is_rate(kind: &RuleKind) -> bool {
    matches!(kind, RuleKind::Percent { .. } | RuleKind::Tiered { .. })
}

/// Rules that look at all that was sold in the period, not at one slice after another.
fn is_cumulative(kind: &RuleKind) -> bool {
    match kind {
        RuleKind::Percent { threshold, .. } => threshold.is_some_and(|threshold| threshold.retroactive),
        RuleKind::Tiered { retroactive, .. } => *retroactive,
        _ => false,
    }
}

fn rate_item(
    rating: &mut Rating,
    rule: &Rule,
    label: &str,
    from: Decimal,
    base: Decimal,
) -> Result<(), CalculateError> {
    match &rule.kind {
        RuleKind::Percent { .. } => percent::rate_slice(rating, rule, label, from, from + base),
        RuleKind::Tiered { tiers, .. } => {
            tiered::rate_marginal(rating, rule, tiers, label, base);
            Ok(())
        }
        _ => Ok(()),
    }
}

fn rate_whole(rating: &mut Rating, rule: &Rule, base: Decimal, attained: Decimal) -> Result<(), CalculateError> {
    match &rule.kind {
        RuleKind::Percent { .. } => percent::rate_from_first_peso(rating, rule, base, attained),
        RuleKind::Tiered { tiers, .. } => {
            tiered::rate_retroactive(rating, rule, tiers, base);
            Ok(())
        }
        _ => Ok(()),
    }
}
