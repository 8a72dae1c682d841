//! `tiered`: a rate that depends on what the rule rated for the owner in the period.
//!
//! A tier `[from, to)` includes its start and excludes its end (C04). `marginal` ("ramp" or "split tiers" in Oracle
//! ICM) rates each slice of the period at the rate of its own tier (C03). `retroactive` ("not split", cliff) rates the
//! WHOLE period at the rate of the tier reached, and the line is what that adds to what was already paid (C04); it is
//! below zero when a higher tier has a lower rate.
//!
//! What accumulates is the base that the rule itself rated, after returns: a product with a rate of its own does not
//! climb the tiers of the others.

use rust_decimal::Decimal;

use super::Rating;
use crate::book::Credit;
use crate::plan::{Rule, Tier};

/// Rates the next slice of the period, tier by tier.
pub(super) fn rate_marginal(rating: &mut Rating, rule: &Rule, tiers: &[Tier], label: &str, base: Decimal) {
    let tally = rating.state.tally(&rating.sale.owner, &rule.scope);
    let from = tally.base;
    let to = from + base;
    tally.base = to;
    let before = rating.trace.sum();
    for tier in tiers {
        let (start, end) = (tier.from.max(from), tier.to.map_or(to, |end| end.min(to)));
        if end > start {
            rating.trace.product(label, &[end - start, tier.rate]);
        }
    }
    let paid = rating.sale.currency.round(rating.trace.sum() - before);
    rating.state.tally(&rating.sale.owner, &rule.scope).paid += paid;
    rating.credits.push(Credit { scope: rule.scope.clone(), base, paid });
}

/// Rates the whole period again at the tier reached, less what was already paid.
pub(super) fn rate_retroactive(rating: &mut Rating, rule: &Rule, tiers: &[Tier], base: Decimal) {
    let tally = rating.state.tally(&rating.sale.owner, &rule.scope);
    tally.base += base;
    let (total, already) = (tally.base, tally.paid);
    let before = rating.trace.sum();
    if let Some(tier) = tiers.iter().rev().find(|tier| tier.from <= total) {
        rating.trace.product("", &[total, tier.rate]);
        if !already.is_zero() {
            rating.trace.difference("already paid", Decimal::ZERO, already);
        }
    }
    let paid = rating.sale.currency.round(rating.trace.sum() - before);
    rating.state.tally(&rating.sale.owner, &rule.scope).paid += paid;
    rating.credits.push(Credit { scope: rule.scope.clone(), base, paid });
}
