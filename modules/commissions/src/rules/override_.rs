//! `override`: a share of the TEAM's base for its manager (C09), whatever the sellers' own rates are.
//!
//! Whoever was in the team on the date of the payment counts, each with their share of the sale; the manager's own
//! share never does. One line by rule and sale.

use rust_decimal::Decimal;

use super::{Rating, matches};
use crate::book::{Draft, Role};
use crate::plan::{RuleKind, Seat, in_force};
use crate::trace::Trace;

/// The lines of the managers.
pub(super) fn rate(rating: &Rating) -> Vec<Draft> {
    let mut drafts = Vec::new();
    for (place, rule) in rating.terms.rules.iter().enumerate() {
        let RuleKind::Override { rate, manager, team } = &rule.kind else { continue };
        let share = team_share(rating, manager, team);
        let items = rating.sale.items.iter().zip(&rating.bases);
        let base: Decimal = items.filter(|(item, _)| matches(&rule.scope, &item.tags)).map(|(_, base)| *base).sum();
        if share.is_zero() || base.is_zero() {
            continue;
        }
        let mut trace = Trace::default();
        let factors = if share == Decimal::ONE { vec![base, *rate] } else { vec![base, share, *rate] };
        trace.product("override", &factors);
        drafts.push(rating.draft(manager, Role::Override(place), trace));
    }
    drafts
}

fn team_share(rating: &Rating, manager: &str, team: &[Seat]) -> Decimal {
    let seated = |name: &str| team.iter().any(|seat| seat.member == name && in_force(seat.from, seat.to, rating.date));
    rating.sale.shares.iter().filter(|(name, _)| name != manager && seated(name)).map(|(_, share)| *share).sum()
}
