//! `flat`: a fixed amount by deal, or by unit sold (C01).
//!
//! A deal is paid once, by the most specific rule that fits any of its items, whatever its size; a partial refund
//! leaves it a deal when the plan recomputes, and takes its share back when the plan is proportional.

use super::{Rating, choose};
use crate::event::Tags;
use crate::plan::{Rule, RuleKind};

/// The flat rule for an item.
pub(super) fn chosen<'a>(rating: &Rating<'a>, tags: &Tags) -> Option<(usize, &'a Rule)> {
    choose(rating.terms, tags, |rule| matches!(rule.kind, RuleKind::Flat { .. }))
}

/// Adds the flat amounts of a sale to its trace.
pub(super) fn rate(rating: &mut Rating) {
    let mut deals: Vec<(usize, &Rule)> = Vec::new();
    for item in &rating.sale.items {
        match chosen(rating, &item.tags) {
            Some((_, Rule { kind: RuleKind::Flat { amount, per_unit: true }, .. })) => {
                rating.trace.product(&item.label, &[*amount, item.quantity]);
            }
            Some(deal) => deals.push(deal),
            None => {}
        }
    }
    let best = deals.into_iter().max_by(|(a_place, a), (b_place, b)| {
        let rank = super::specificity(&a.scope).cmp(&super::specificity(&b.scope));
        rank.then_with(|| b.priority.cmp(&a.priority)).then_with(|| b.id.cmp(&a.id)).then_with(|| b_place.cmp(a_place))
    });
    if let Some((_, Rule { kind: RuleKind::Flat { amount, .. }, .. })) = best {
        rating.trace.product("deal", &[*amount, rust_decimal::Decimal::ONE]);
    }
}
