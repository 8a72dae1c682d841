//! Deliveries are at least once: the same event arrives again, with the same webhook id or with another (C19).
//!
//! Three keys find duplicates: the id of the event, the webhook id, and the business key of an invoice (invoice and
//! amount paid so far), which needs no code here because paying the difference pays a repeated total nothing.
//! Which copy stays does not depend on the order of arrival; copies that disagree are refused.

use std::collections::BTreeMap;

use super::{Event, What, natural};
use crate::error::{CalculateError, Code};

/// The events without duplicates, each where its first copy arrived, and the ids that were dropped for another.
pub(crate) struct Unique {
    pub(crate) events: Vec<Event>,
    pub(crate) aliases: BTreeMap<String, String>,
}

/// Drops duplicates.
pub(crate) fn dedupe(events: Vec<Event>) -> Result<Unique, CalculateError> {
    let by_id = merge(events, |event| Some(event.id.clone()), Code::EventIdConflict)?;
    let ids: Vec<(String, Option<String>)> =
        by_id.iter().map(|event| (event.id.clone(), event.webhook.clone())).collect();
    let kept = merge(by_id, |event| event.webhook.clone(), Code::WebhookIdConflict)?;
    let by_webhook: BTreeMap<_, _> =
        kept.iter().filter_map(|event| Some((event.webhook.clone()?, event.id.clone()))).collect();
    let aliases = ids.into_iter().filter_map(|(id, webhook)| {
        let stays = by_webhook.get(&webhook?)?;
        (*stays != id).then(|| (id, stays.clone()))
    });
    Ok(Unique { aliases: aliases.collect(), events: kept })
}

/// Keeps one event by key; events without a key all stay.
fn merge(
    events: Vec<Event>,
    key: impl Fn(&Event) -> Option<String>,
    conflict: Code,
) -> Result<Vec<Event>, CalculateError> {
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let mut kept: Vec<Event> = Vec::new();
    for event in events {
        let Some(key) = key(&event) else {
            kept.push(event);
            continue;
        };
        match places.get(&key).and_then(|at| kept.get_mut(*at)) {
            Some(first) => absorb(first, event, conflict, &key)?,
            None => {
                places.insert(key, kept.len());
                kept.push(event);
            }
        }
    }
    Ok(kept)
}

/// Folds a copy into the first one: the smallest id stays, and so does the member if only one copy knows it.
fn absorb(first: &mut Event, copy: Event, conflict: Code, key: &str) -> Result<(), CalculateError> {
    let (mut a, mut b) = (first.what.clone(), copy.what);
    let member = member_of(&a).or_else(|| member_of(&b));
    if let Some(other) = member_of(&b).filter(|other| Some(other) != member.as_ref()) {
        return Err(CalculateError::new(conflict, copy.path, format!("{key} ({other})")));
    }
    take_member(&mut a);
    take_member(&mut b);
    if a != b {
        return Err(CalculateError::new(conflict, copy.path, key));
    }
    if let What::Payment(payment) | What::Invoice { payment, .. } = &mut first.what {
        payment.member = member;
    }
    if natural(&copy.id, &first.id).is_lt() {
        first.id = copy.id;
    }
    // The smallest webhook id stays as well, so that a later look-up by it does not depend on the order of arrival.
    first.webhook = [first.webhook.take(), copy.webhook].into_iter().flatten().min();
    Ok(())
}

fn member_of(what: &What) -> Option<String> {
    what.payment().and_then(|payment| payment.member.clone())
}

fn take_member(what: &mut What) {
    if let What::Payment(payment) | What::Invoice { payment, .. } = what {
        payment.member = None;
    }
}
