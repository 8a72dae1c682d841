//! The golden cases, amount by amount, and their traces.

#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use serde_json::Value;

mod support;
use support::{check_traces, run_ok};

fn cases() -> Vec<Value> {
    let file: Value = serde_json::from_str(include_str!("golden.json")).expect("golden.json is JSON");
    file["cases"].as_array().expect("cases").clone()
}

#[test]
fn every_case_gives_the_expected_amounts() {
    let wrong: Vec<String> = cases().iter().flat_map(differences).collect();
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_trace_of_every_case_recomputes() {
    for case in cases() {
        check_traces(&answer(&case));
    }
}

#[test]
fn every_case_gives_the_same_totals_backwards_and_twice() {
    for case in cases() {
        let mut events = case["events"].as_array().expect("events").clone();
        let straight = answer(&case);
        events.reverse();
        let backwards = run_ok(&case["plan"], &events);
        assert_eq!(backwards["totals"], straight["totals"], "{} backwards", case["id"]);
        // Earnings of a period have no id, so a second copy is a second earning.
        if events.iter().all(|event| event.get("id").is_some()) {
            let twice = [events.clone(), events].concat();
            assert_eq!(run_ok(&case["plan"], &twice)["totals"], straight["totals"], "{} twice", case["id"]);
        }
    }
}

fn answer(case: &Value) -> Value {
    run_ok(&case["plan"], case["events"].as_array().expect("events"))
}

/// What a case expects and the answer does not have; the wording of traces is free.
fn differences(case: &Value) -> Vec<String> {
    let answer = answer(case);
    let expected = case["expected"].as_object().expect("expected");
    let differs = |(key, value): (&String, &Value)| {
        let [wanted, got] = [value, &answer[key]].map(without_traces);
        (wanted != got).then(|| format!("{} {key}\n  expected {wanted}\n  got      {got}", case["id"]))
    };
    expected.iter().filter_map(differs).collect()
}

fn without_traces(value: &Value) -> Value {
    let mut value = value.clone();
    for line in value.as_array_mut().into_iter().flatten() {
        if let Some(line) = line.as_object_mut() {
            line.remove("trace");
        }
    }
    value
}
