//! `bonus`: a fixed amount, once by owner and period, with the sale that reaches an attainment of the quota (C24).
//!
//! Several bonuses at several attainments are paid each once, even by one sale. When a plan changes within a period,
//! the bonus of an attainment that was already paid is not paid again.

use super::Rating;
use crate::book::{Draft, Role};
use crate::error::CalculateError;
use crate::money::show;
use crate::plan::RuleKind;
use crate::trace::Trace;
use rust_decimal::Decimal;

/// The bonuses that the sale reaches; its base already counts.
pub(super) fn rate(rating: &mut Rating) -> Result<Vec<Draft>, CalculateError> {
    let owner = rating.sale.owner.clone();
    let mut drafts = Vec::new();
    let mut seen: Vec<Decimal> = Vec::new();
    for (place, rule) in rating.terms.rules.iter().enumerate() {
        let RuleKind::Bonus { amount, attainment } = &rule.kind else { continue };
        let nth = seen.iter().filter(|before| *before == attainment).count();
        seen.push(*attainment);
        let quota = rating.quota()?;
        let attained = rating.state.attained(&owner);
        if attained < attainment * quota || !rating.state.bonuses.insert((owner.clone(), *attainment, nth)) {
            continue;
        }
        let mut trace = Trace::default();
        let reached = show((attained / quota).round_dp(4), 2);
        trace.note(format!("attainment {reached} >= {}", show(*attainment, 2)));
        trace.product("bonus", &[*amount, Decimal::ONE]);
        drafts.push(rating.draft(&owner, Role::Bonus(place), trace));
    }
    Ok(drafts)
}
