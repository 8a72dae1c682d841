//! What several tests need: running a payload, and recomputing a trace by the grammar written in `src/trace.rs`.

#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::str::FromStr;

use commissions::{CalculateError, calculate};
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::{Value, json};

/// Calculates `{plan, events}`.
pub(crate) fn run(plan: &Value, events: &[Value]) -> Result<Value, CalculateError> {
    let text = calculate(&json!({ "plan": plan, "events": events }).to_string())?;
    Ok(serde_json::from_str(&text).expect("the answer is JSON"))
}

/// Calculates a payload that must be accepted.
pub(crate) fn run_ok(plan: &Value, events: &[Value]) -> Value {
    run(plan, events).unwrap_or_else(|error| panic!("{error}\nplan {plan}\nevents {events:?}"))
}

pub(crate) fn decimal(value: &Value) -> Decimal {
    Decimal::from_str(value.as_str().expect("amounts are text")).expect("amounts are decimals")
}

pub(crate) fn lines(outcome: &Value) -> &[Value] {
    outcome["lines"].as_array().expect("lines")
}

/// The sum of the amounts of the lines that are wanted.
pub(crate) fn sum(outcome: &Value, wanted: impl Fn(&Value) -> bool) -> Decimal {
    lines(outcome).iter().filter(|line| wanted(line)).map(|line| decimal(&line["amount"])).sum()
}

/// Recomputes each line of an answer from its trace alone.
pub(crate) fn check_traces(outcome: &Value) {
    for line in lines(outcome) {
        let amount = decimal(&line["amount"]);
        let steps = line["trace"].as_array().expect("trace");
        let terms = steps.iter().map(|step| step.as_str().expect("text")).filter(|step| !step.starts_with("# "));
        let exact: Decimal = terms.map(term).sum();
        let rounded = exact.round_dp_with_strategy(amount.scale(), RoundingStrategy::MidpointAwayFromZero);
        assert_eq!(rounded, amount, "the trace does not come to the amount: {line}");
    }
}

/// `[label ": "] expr " = " number`; the number must be what the expression comes to.
fn term(step: &str) -> Decimal {
    let (left, right) = step.rsplit_once(" = ").unwrap_or_else(|| panic!("not a term: {step}"));
    let expr = left.rsplit_once(": ").map_or(left, |(_, expr)| expr);
    let value = number(right);
    assert_eq!(expression(expr), value, "wrong arithmetic: {step}");
    value
}

/// Products joined by plus and minus.
fn expression(expr: &str) -> Decimal {
    let mut sum = Decimal::ZERO;
    let mut rest = expr;
    let mut sign = Decimal::ONE;
    loop {
        let next = [" + ", " - "].iter().filter_map(|op| rest.find(op).map(|at| (at, *op))).min();
        let Some((at, op)) = next else { return sum + sign * product(rest) };
        sum += sign * product(&rest[..at]);
        sign = if op == " - " { -Decimal::ONE } else { Decimal::ONE };
        rest = &rest[at + op.len()..];
    }
}

fn product(text: &str) -> Decimal {
    let mut words = text.split(' ');
    let mut value = number(words.next().expect("a number"));
    while let Some(op) = words.next() {
        let factor = number(words.next().expect("a factor"));
        match op {
            "x" => value *= factor,
            "/" => value /= factor,
            other => panic!("unknown operator {other} in {text}"),
        }
    }
    value
}

fn number(text: &str) -> Decimal {
    Decimal::from_str(text).unwrap_or_else(|_| panic!("not a number: {text}"))
}

/// A payment of ana in pesos; `more` adds or replaces fields.
pub(crate) fn payment(id: &str, amount: &str, day: &str, more: Value) -> Value {
    let mut event = json!({ "id": id, "type": "payment", "amount": amount, "currency": "MXN", "member": "ana",
                            "paid_at": format!("{day}T18:00:00Z") });
    event.as_object_mut().expect("object").extend(more.as_object().expect("object").clone());
    event
}

/// A refund of an amount.
pub(crate) fn refund(id: &str, of: &str, amount: &str, day: &str) -> Value {
    json!({ "id": id, "type": "refund", "of": of, "amount": amount, "at": format!("{day}T12:00:00Z") })
}

/// The lines as "event member amount", after checking their traces.
pub(crate) fn told(outcome: &Value) -> Vec<String> {
    check_traces(outcome);
    let text = |line: &Value, key: &str| line[key].as_str().expect("text").to_owned();
    let tell = |line| format!("{} {} {}", text(line, "event"), text(line, "member"), text(line, "amount"));
    lines(outcome).iter().map(tell).collect()
}
