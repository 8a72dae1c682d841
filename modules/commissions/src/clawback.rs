//! What a refund, a void or a chargeback takes back.
//!
//! `proportional` (C15, C16, and plans that say nothing): the share of the sale's own lines and overrides that the
//! money given back is of the payment. It is measured from the start (what should be back by now, less what already
//! is), so several partial refunds add up to the whole line to the cent. A bonus stays: the sale was made.
//!
//! `recompute` (C14): the period of the SALE is rated again as if the sale had been smaller from the start, and the
//! line is what that changes for each member: tiers, thresholds, bonuses and caps fall back with it.
//!
//! In both, the sale stops counting for quotas and tiers, and outside the window of days nothing changes (C15).

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::book::{Draft, Role, State};
use crate::error::CalculateError;
use crate::event::days_between;
use crate::money::{Currency, mul_div, show};
use crate::plan::ClawbackMode;
use crate::rules;
use crate::sale::{Back, Sale};
use crate::timeline::Walk;
use crate::trace::Trace;

/// The lines of a return, one for each member and role.
pub(crate) fn give_back(walk: &mut Walk, back: &Back) -> Result<Vec<Draft>, CalculateError> {
    let mut left = back.amount;
    let mut drafts: Vec<Draft> = Vec::new();
    for place in &back.sales {
        let Some(sale) = walk.sales.get(*place) else { continue };
        let before = walk.returned.get(*place).copied().unwrap_or_default();
        let give = (sale.amount - before).min(left.unwrap_or(sale.amount));
        left = left.map(|left| left - give);
        drafts.extend(give_back_one(walk, back, *place, sale, before, before + give)?);
    }
    Ok(merge(drafts))
}

fn give_back_one(
    walk: &mut Walk,
    back: &Back,
    place: usize,
    sale: &Sale,
    before: Decimal,
    after: Decimal,
) -> Result<Vec<Draft>, CalculateError> {
    let Some(terms) = walk.version(sale).map(|version| &version.terms) else { return Ok(Vec::new()) };
    let days = days_between(walk.plan.local(sale.at).date(), walk.plan.local(back.at).date());
    if let Some(window) = terms.clawback.window_days.filter(|window| days > *window) {
        return Ok(outside(sale, &format!("outside the {window}-day window: {days} days")));
    }
    if let Some(returned) = walk.returned.get_mut(place) {
        *returned = after;
    }
    match terms.clawback.mode {
        ClawbackMode::Proportional => Ok(proportional(walk, place, sale, before, after)),
        ClawbackMode::Recompute => recompute(walk, sale),
    }
}

/// A line of zero for each seller, that says why.
fn outside(sale: &Sale, note: &str) -> Vec<Draft> {
    let mut trace = Trace::default();
    trace.note(note);
    let draft = |(member, _): &(String, Decimal)| Draft {
        member: member.clone(),
        role: Role::Own,
        amount: Decimal::ZERO,
        trace: trace.clone(),
    };
    sale.shares.iter().map(draft).collect()
}

fn proportional(walk: &mut Walk, place: usize, sale: &Sale, before: Decimal, after: Decimal) -> Vec<Draft> {
    let Some(book) = walk.books.get_mut(&(sale.period, sale.currency)) else { return Vec::new() };
    let Some(rated) = book.rated.get(&place).cloned() else { return Vec::new() };
    let mut drafts = Vec::new();
    for role in roles(&rated.drafts) {
        let lines: Vec<(String, Decimal)> = rated
            .drafts
            .iter()
            .filter(|line| line.role == role)
            .map(|line| (line.member.clone(), line.amount))
            .collect();
        drafts.extend(shares_back(sale, role, &lines, before, after));
    }
    // The sale counts less from now on, in the proportion in which it went back.
    let part = |value: Decimal| {
        if sale.amount.is_zero() { Decimal::ZERO } else { mul_div(value, after - before, sale.amount) }
    };
    *book.state.attained.entry(sale.owner.clone()).or_default() -= part(rated.base);
    for credit in &rated.credits {
        let tally = book.state.tally(&sale.owner, &credit.scope);
        tally.base -= part(credit.base);
        tally.paid -= sale.currency.round(part(credit.paid));
    }
    for draft in &drafts {
        *book.state.earned.entry(draft.member.clone()).or_default() += draft.amount;
        book.post(&sale.owner, draft);
    }
    drafts
}

/// The roles that a refund takes back, in the order of the lines.
fn roles(drafts: &[Draft]) -> Vec<Role> {
    let mut roles: Vec<Role> = Vec::new();
    for draft in drafts.iter().filter(|draft| !matches!(draft.role, Role::Bonus(_))) {
        if !roles.contains(&draft.role) {
            roles.push(draft.role);
        }
    }
    roles
}

/// What each line of one role gives back, so that together they give back the part of the deal, to the cent.
fn shares_back(sale: &Sale, role: Role, lines: &[(String, Decimal)], before: Decimal, after: Decimal) -> Vec<Draft> {
    let total: Decimal = lines.iter().map(|(_, amount)| *amount).sum();
    let by = |returned| parts_by(sale.currency, total, lines, returned, sale.amount);
    let mut drafts = Vec::new();
    for ((member, line), (was, is)) in lines.iter().zip(by(before).into_iter().zip(by(after))) {
        let mut trace = Trace::default();
        if !sale.amount.is_zero() {
            let value = -mul_div(*line, after, sale.amount);
            let expr = format!("0 - {} x {} / {}", show(*line, 2), show(after, 2), show(sale.amount, 2));
            trace.term(&format!("returned of {}", sale.id), &expr, value);
        }
        if !was.is_zero() {
            trace.term("already returned", &show(was, 2), was);
        }
        trace.settle(was - is, sale.currency);
        drafts.push(Draft { member: member.clone(), role, amount: was - is, trace });
    }
    drafts
}

fn parts_by(
    currency: Currency,
    total: Decimal,
    lines: &[(String, Decimal)],
    part: Decimal,
    whole: Decimal,
) -> Vec<Decimal> {
    let total = if whole.is_zero() { Decimal::ZERO } else { currency.round(mul_div(total, part, whole)) };
    currency.apportion(total, lines)
}

/// Rates again the sales of the owner; with a cap, which all owners of a team share, those of everyone.
fn recompute(walk: &mut Walk, sale: &Sale) -> Result<Vec<Draft>, CalculateError> {
    let everyone = walk.plan.has_cap();
    let Some(mut book) = walk.books.remove(&(sale.period, sale.currency)) else { return Ok(Vec::new()) };
    let within = |owner: &str| everyone || owner == sale.owner;
    let old = sum(book.posted.iter().filter(|(key, _)| within(&key.0)));
    book.posted.retain(|key, _| !within(&key.0));
    let mut fresh = State::default();
    for place in book.sales.clone() {
        let Some(again) = walk.sales.get(place).filter(|again| within(&again.owner)) else { continue };
        let Some(version) = walk.version(again) else { continue };
        let returned = walk.returned.get(place).copied().unwrap_or_default();
        let rated = rules::rate(&mut fresh, &version.terms, again, walk.plan.local(again.at).date(), returned)?;
        rated.drafts.iter().for_each(|draft| book.post(&again.owner, draft));
        book.rated.insert(place, rated);
    }
    let new = sum(book.posted.iter().filter(|(key, _)| within(&key.0)));
    if everyone {
        book.state = fresh;
    } else {
        book.state.replace_owner(&sale.owner, fresh);
    }
    walk.books.insert((sale.period, sale.currency), book);
    Ok(changed(sale, &old, &new))
}

type Sums = BTreeMap<(Role, String), Decimal>;

fn sum<'a>(posted: impl Iterator<Item = (&'a (String, String, Role), &'a Decimal)>) -> Sums {
    let mut sums = Sums::new();
    for ((_, member, role), amount) in posted {
        *sums.entry((*role, member.clone())).or_default() += *amount;
    }
    sums
}

/// A line for each seller, in the order of the split, then for whoever else it changes.
fn changed(sale: &Sale, old: &Sums, new: &Sums) -> Vec<Draft> {
    let sellers: Vec<(Role, String)> = sale.shares.iter().map(|(member, _)| (Role::Own, member.clone())).collect();
    let others = old.keys().chain(new.keys()).filter(|key| !sellers.contains(key));
    let others: std::collections::BTreeSet<_> = others.cloned().collect();
    let line = |key: &(Role, String)| {
        let [was, is] = [old, new].map(|sums| sums.get(key).copied().unwrap_or_default());
        let mut trace = Trace::default();
        trace.difference("recomputed", is, was);
        Draft { member: key.1.clone(), role: key.0, amount: is - was, trace }
    };
    let moved = others.iter().map(line).filter(|draft| !draft.amount.is_zero());
    sellers.iter().map(line).chain(moved).collect()
}

/// One line for each member and role: the payments of a voided invoice go back together.
fn merge(drafts: Vec<Draft>) -> Vec<Draft> {
    let mut merged: Vec<Draft> = Vec::new();
    for mut draft in drafts {
        match merged.iter_mut().find(|first| first.member == draft.member && first.role == draft.role) {
            Some(first) => {
                first.trace.exact(first.amount);
                draft.trace.exact(draft.amount);
                first.amount += draft.amount;
                first.trace.append(draft.trace);
            }
            None => merged.push(draft),
        }
    }
    merged
}
