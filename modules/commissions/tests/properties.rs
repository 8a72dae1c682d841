//! The six invariants of the golden file, on generated plans and events. Seeded: a failure prints its case, and the
//! next run finds it again.

#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use rust_decimal::Decimal;
use serde_json::{Value, json};

#[path = "support/generate.rs"]
mod generate;
mod support;
use generate::{Wanted, events, plan};
use support::{check_traces, decimal, lines, run_ok, sum};

const ANY: Wanted = Wanted { only_deal: false, floor: true };
const NO_FLOOR: Wanted = Wanted { only_deal: false, floor: false };
const ONLY_DEAL: Wanted = Wanted { only_deal: true, floor: false };

fn seeded() -> ProptestConfig {
    ProptestConfig {
        cases: 150,
        rng_seed: RngSeed::Fixed(20_260_510),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(seeded())]

    #[test]
    fn split_lines_add_up_to_the_deal(plan in plan(ONLY_DEAL), events in events(3)) {
        let known: Vec<Value> = events.into_iter().map(|event| with_owner(&event)).collect();
        let alone: Vec<Value> = known.iter().map(without_splits).collect();
        let (split, alone) = (run_ok(&plan, &known), run_ok(&plan, &alone));
        for event in &known {
            let of_event = |line: &Value| line["event"] == event["id"];
            prop_assert_eq!(sum(&split, of_event), sum(&alone, of_event), "{}", event);
        }
    }

    #[test]
    fn a_replay_gives_the_same_answer(plan in plan(ANY), events in events(3)) {
        let again = events.iter().enumerate().map(|(at, event)| delivered_again(event, at));
        let replayed: Vec<Value> = events.iter().cloned().chain(again).collect();
        prop_assert_eq!(run_ok(&plan, &events), run_ok(&plan, &replayed));
    }

    #[test]
    fn any_order_gives_the_same_totals(plan in plan(NO_FLOOR), events in events(3), keys in any::<[u8; 32]>()) {
        let mut with_approval = events;
        let named: Vec<Value> = with_approval.iter().step_by(2).map(|event| event["id"].clone()).collect();
        with_approval.insert(with_approval.len() / 2, json!({ "id": "ok", "type": "approve", "lines": named }));
        let straight = run_ok(&plan, &with_approval);
        let mut places: Vec<usize> = (0..with_approval.len()).collect();
        places.sort_by_key(|at| keys[at % 32] ^ u8::try_from(at / 32).unwrap_or(0));
        let shuffled: Vec<Value> = places.into_iter().map(|at| with_approval[at].clone()).collect();
        let other = run_ok(&plan, &shuffled);
        prop_assert_eq!(&straight["totals_by_currency"], &other["totals_by_currency"]);
        prop_assert_eq!(&straight["unassigned"], &other["unassigned"]);
        check_traces(&other);
    }

    #[test]
    fn the_items_of_a_payout_add_up_to_it(plan in plan(ANY), events in events(1)) {
        let outcome = run_ok(&plan, &events);
        let mut items = items_by_period(&outcome, &events);
        for payout in outcome["payouts"].as_array().expect("payouts") {
            let [gross, carry_in, paid, carry_out] = ["gross", "carry_in", "paid", "carry_out"].map(|key| decimal(&payout[key]));
            let member = payout["member"].as_str().or_else(|| lines(&outcome)[0]["member"].as_str()).expect("a member");
            let period = payout["period"].as_str().expect("period");
            let sum = items.remove(&(member.to_owned(), period.to_owned())).unwrap_or_default();
            let floor = plan.get("floor").map_or(Decimal::ZERO, |floor| (decimal(floor) - sum).max(Decimal::ZERO));
            prop_assert_eq!(sum + floor, gross, "{}", payout);
            prop_assert_eq!(gross + carry_in, paid + carry_out, "{}", payout);
            prop_assert!(paid >= Decimal::ZERO && carry_out <= Decimal::ZERO, "{}", payout);
        }
        prop_assert!(items.is_empty(), "lines that nobody pays: {:?}", items);
    }

    #[test]
    fn approved_lines_never_change(plan in plan(NO_FLOOR), events in events(3), cut in 0.0..1.0_f64) {
        let cut = (events.len() as f64 * cut) as usize;
        let (known, late) = events.split_at(cut);
        let before = run_ok(&plan, known);
        let ids: Vec<&Value> = known.iter().map(|event| &event["id"]).collect();
        let approve = json!({ "id": "ok", "type": "approve", "lines": ids });
        let after = run_ok(&plan, &[known, &[approve], late].concat());
        for line in lines(&before) {
            let count = |outcome: &Value| lines(outcome).iter().filter(|other| *other == line).count();
            prop_assert!(count(&after) >= count(&before), "changed: {}", line);
        }
        let plain = run_ok(&plan, &events);
        prop_assert_eq!(&after["totals_by_currency"], &plain["totals_by_currency"]);
        check_traces(&after);
    }

    #[test]
    fn every_trace_recomputes(plan in plan(ANY), events in events(3)) {
        check_traces(&run_ok(&plan, &events));
    }
}

/// A sale of nobody is given to ana, so that it can be paid undivided too.
fn with_owner(event: &Value) -> Value {
    let mut event = event.clone();
    if event["member"].is_null() && event["type"] == "payment" {
        event["member"] = json!("ana");
    }
    event
}

fn without_splits(event: &Value) -> Value {
    let mut event = event.clone();
    event.as_object_mut().expect("object").remove("splits");
    event
}

/// The same event under another webhook id.
fn delivered_again(event: &Value, at: usize) -> Value {
    let mut event = event.clone();
    event["webhook_id"] = json!(format!("w-{at}"));
    event
}

/// The lines added up by member and by the month of their event.
fn items_by_period(outcome: &Value, events: &[Value]) -> BTreeMap<(String, String), Decimal> {
    let month = |event: &Value| event["paid_at"].as_str().or(event["at"].as_str()).expect("a date")[..7].to_owned();
    let months: BTreeMap<&str, String> = events
        .iter()
        .filter(|event| event["type"] != "correct")
        .map(|event| (event["id"].as_str().expect("id"), month(event)))
        .collect();
    let mut items = BTreeMap::new();
    for line in lines(outcome) {
        let key = (
            line["member"].as_str().expect("member").to_owned(),
            months[line["event"].as_str().expect("event")].clone(),
        );
        *items.entry(key).or_default() += decimal(&line["amount"]);
    }
    items
}
