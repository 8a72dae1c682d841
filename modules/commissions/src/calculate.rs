//! The job `commissions.calculate`: `{plan, events}` in, lines, totals and payouts out.

use serde_json::Value;

use crate::closing;
use crate::error::{CalculateError, Code};
use crate::event::{self, dedupe, refer};
use crate::json::Node;
use crate::payout;
use crate::plan;
use crate::posting;
use crate::result;

/// Calculates the commissions of a payload, JSON to JSON. The same payload always gives the same text.
pub fn calculate(payload: &str) -> Result<String, CalculateError> {
    let payload: Value =
        serde_json::from_str(payload).map_err(|error| CalculateError::new(Code::InvalidJson, "", error))?;
    let root = Node::root(&payload);
    root.only(&["plan", "events"])?;
    let plan = plan::read(&root.need("plan")?)?;
    let events = event::read(&plan, &root.need("events")?)?;
    let events = refer::resolve(&plan, dedupe::dedupe(events)?)?;
    let outcome = if plan.is_direct() { result::direct(&plan, &events) } else { by_lines(&plan, &events)? };
    serde_json::to_string(&outcome).map_err(|error| CalculateError::new(Code::InvalidJson, "", error))
}

/// Lines first; then floors and draws; then what is paid.
fn by_lines(plan: &plan::Plan, events: &[event::Event]) -> Result<result::Outcome, CalculateError> {
    let posting = posting::post(plan, events)?;
    let mut earnings = closing::earnings(&posting.lines);
    let closed = closing::close(plan, &earnings);
    let draws = closing::draws(plan, &earnings);
    closing::add_floors(&mut earnings, &closed);
    let mut payable = earnings.clone();
    closing::pay_draws(&mut payable, &draws);
    let payouts = payout::payouts(&payable);
    Ok(result::lines(&posting, &earnings, &closed, &draws, &payouts))
}
