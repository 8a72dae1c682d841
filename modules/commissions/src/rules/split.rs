//! Split credit: the commission of the deal is rounded once and divided by shares that add up to exactly 1; cents
//! that are left go by largest remainder, ties by member id (C07).

use super::Rating;
use crate::book::{Draft, Role};

/// The lines of the sellers; a sale with one seller is not divided.
pub(super) fn divide(rating: &Rating) -> Vec<Draft> {
    let sale = rating.sale;
    if let [(member, _)] = sale.shares.as_slice() {
        return vec![rating.draft(member, Role::Own, rating.trace.clone())];
    }
    let deal = sale.currency.round(rating.trace.sum());
    let parts = sale.currency.apportion(deal, &sale.shares);
    let line = |((member, share), amount): (&(String, rust_decimal::Decimal), rust_decimal::Decimal)| {
        let mut trace = rating.trace.as_notes();
        trace.product("deal", &[deal, *share]);
        trace.settle(amount, sale.currency);
        Draft { member: member.clone(), role: Role::Own, amount, trace }
    };
    sale.shares.iter().zip(parts).map(line).collect()
}
