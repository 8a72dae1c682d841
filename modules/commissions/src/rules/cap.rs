//! `cap`: the most that one member gets in a period, from all rules together: own commission, overrides and bonuses
//! (C10). The line that crosses it is cut, later ones are zero, and what a refund takes back makes room again.

use rust_decimal::Decimal;

use super::Rating;
use crate::book::Draft;
use crate::money::show;

/// Cuts the lines of a sale, in their order.
pub(super) fn limit(rating: &mut Rating, drafts: &mut [Draft]) {
    let Some(caps) = &rating.terms.cap else { return };
    for draft in drafts {
        let earned = rating.state.earned.entry(draft.member.clone()).or_default();
        if let Some(cap) = caps.of(&draft.member) {
            let room = (rating.sale.currency.round(cap) - *earned).max(Decimal::ZERO);
            if draft.amount > room {
                draft.trace.exact(draft.amount);
                draft.trace.difference(&format!("cap {}", show(cap, 2)), room, draft.amount);
                draft.amount = room;
            }
        }
        *earned += draft.amount;
    }
}
