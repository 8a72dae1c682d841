//! References between events, checked once over the whole payload, whatever the order of arrival.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::dedupe::Unique;
use super::{Event, What};
use crate::error::{CalculateError, Code};
use crate::plan::Plan;

type Check = Result<(), CalculateError>;

/// Points references to dropped copies at the copy that stayed, and refuses references to nothing.
pub(crate) fn resolve(plan: &Plan, unique: Unique) -> Result<Vec<Event>, CalculateError> {
    let Unique { mut events, aliases } = unique;
    let follow = |id: &mut String| {
        if let Some(stays) = aliases.get(id.as_str()) {
            id.clone_from(stays);
        }
    };
    for event in &mut events {
        match &mut event.what {
            What::Return(back) => follow(&mut back.of),
            What::Approve { events } => events.iter_mut().for_each(follow),
            What::Correct { of, .. } | What::Assign { of, .. } => follow(of),
            _ => {}
        }
    }
    let ids: BTreeSet<&str> = events.iter().map(|event| event.id.as_str()).collect();
    let payments = payment_ids(&events);
    events.iter().try_for_each(|event| check_event(plan, event, &ids, &payments))?;
    Ok(events)
}

/// Ids that can be corrected (true), and invoice ids, which can only be given back (false).
fn payment_ids(events: &[Event]) -> BTreeMap<&str, bool> {
    let mut ids = BTreeMap::new();
    for event in events {
        if let What::Invoice { invoice, .. } = &event.what {
            ids.entry(invoice.as_str()).or_insert(false);
        }
    }
    ids.extend(events.iter().filter(|event| event.what.payment().is_some()).map(|event| (event.id.as_str(), true)));
    ids
}

fn check_event(plan: &Plan, event: &Event, ids: &BTreeSet<&str>, payments: &BTreeMap<&str, bool>) -> Check {
    let fail = |code, field: &str, id: &str| Err(CalculateError::new(code, format!("{}{field}", event.path), id));
    match &event.what {
        What::Return(back) if !back.may_be_unpaid && !payments.contains_key(back.of.as_str()) => {
            fail(Code::RefundOfUnknownEvent, "/of", &back.of)
        }
        What::Correct { of, .. } | What::Assign { of, .. } if payments.get(of.as_str()) != Some(&true) => {
            fail(Code::CorrectionOfUnknownEvent, "/of", of)
        }
        What::Approve { events } => match events.iter().position(|id| !ids.contains(id.as_str())) {
            Some(at) => fail(Code::ApprovalOfUnknownEvent, &format!("/lines/{at}"), events.get(at).map_or("", |id| id)),
            None => Ok(()),
        },
        What::Earned(_) if !plan.is_direct() => fail(Code::EarnedNeedsDirectRule, "", ""),
        What::Payment(_) | What::Invoice { .. } | What::Return(_) if plan.is_direct() => {
            fail(Code::DirectRuleNeedsEarned, "", "")
        }
        _ => Ok(()),
    }
}

/// Refuses to give back more than was paid: the amounts are those after all corrections.
pub(crate) fn check_returns(events: &[Event], paid: &BTreeMap<String, Decimal>) -> Check {
    let mut returned: BTreeMap<&str, Decimal> = BTreeMap::new();
    for event in events {
        if let What::Return(back) = &event.what
            && let Some(amount) = back.amount
        {
            let sum = returned.entry(back.of.as_str()).or_default();
            *sum += amount;
            if *sum > paid.get(&back.of).copied().unwrap_or_default() {
                return Err(CalculateError::new(
                    Code::RefundExceedsPayment,
                    format!("{}/amount", event.path),
                    &back.of,
                ));
            }
        }
    }
    Ok(())
}
