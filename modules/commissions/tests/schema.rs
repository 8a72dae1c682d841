//! The schemas take every golden payload and answer, and refuse mistakes with the path of the mistake.

#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use jsonschema::Validator;
use serde_json::{Value, json};

mod support;
use support::{run, run_ok};

const INPUT: &str = include_str!("../schemas/calculate.input.json");
const OUTPUT: &str = include_str!("../schemas/calculate.output.json");

fn validator(schema: &str) -> Validator {
    let schema: Value = serde_json::from_str(schema).expect("the schema is JSON");
    jsonschema::draft202012::new(&schema).expect("the schema is a schema")
}

fn cases() -> Vec<Value> {
    let file: Value = serde_json::from_str(include_str!("golden.json")).expect("golden.json is JSON");
    file["cases"].as_array().expect("cases").clone()
}

#[test]
fn golden_payloads_and_their_answers_are_valid() {
    let (input, output) = (validator(INPUT), validator(OUTPUT));
    for case in cases() {
        let payload = json!({ "plan": case["plan"], "events": case["events"] });
        let answer = run_ok(&case["plan"], case["events"].as_array().expect("events"));
        for (schema, value) in [(&input, &payload), (&output, &answer)] {
            let errors: Vec<String> =
                schema.iter_errors(value).map(|e| format!("{}: {e}", e.instance_path())).collect();
            assert!(errors.is_empty(), "{}: {errors:?}", case["id"]);
        }
    }
}

#[test]
fn every_property_is_described() {
    for schema in [INPUT, OUTPUT] {
        let schema: Value = serde_json::from_str(schema).expect("the schema is JSON");
        let mut bare = Vec::new();
        collect_bare("", &schema, &mut bare);
        assert!(bare.is_empty(), "without a description: {bare:?}");
        assert!(schema.to_string().len() < 256 * 1024);
    }
}

/// Properties without a description; those inside an `if` only ask.
fn collect_bare(path: &str, schema: &Value, bare: &mut Vec<String>) {
    for (key, value) in schema.as_object().into_iter().flatten().filter(|(key, _)| *key != "if") {
        let path = format!("{path}/{key}");
        for (name, property) in value.as_object().into_iter().flatten().filter(|_| key == "properties") {
            if property.get("description").is_none() {
                bare.push(format!("{path}/{name}"));
            }
        }
        collect_bare(&path, value, bare);
    }
    for item in schema.as_array().into_iter().flatten() {
        collect_bare(path, item, bare);
    }
}

/// The paths at which a payload is refused.
fn refusals(payload: &Value) -> Vec<String> {
    validator(INPUT).iter_errors(payload).map(|error| error.instance_path().to_string()).collect()
}

fn percent() -> Value {
    json!({ "rules": [{ "type": "percent", "rate": "0.10" }] })
}

fn payment() -> Value {
    json!({ "id": "e1", "type": "payment", "amount": "100.00", "currency": "MXN", "member": "ana",
            "paid_at": "2026-05-10T18:00:00Z" })
}

#[test]
fn bad_plans_are_refused_by_path() {
    let rule = |rule: Value| json!({ "rules": [rule] });
    let table = [
        ("/plan", json!({})),
        ("/plan", json!({ "rules": [{ "type": "direct" }], "versions": [{ "rules": [{ "type": "direct" }] }] })),
        ("/plan", json!({ "rulez": [], "rules": [{ "type": "percent", "rate": "0.1" }] })),
        ("/plan/rules", json!({ "rules": [] })),
        ("/plan/rules/0", rule(json!({ "rate": "0.1" }))),
        ("/plan/rules/0/type", rule(json!({ "type": "spiff", "rate": "0.1" }))),
        ("/plan/rules/0", rule(json!({ "type": "percent" }))),
        ("/plan/rules/0/rate", rule(json!({ "type": "percent", "rate": "abc" }))),
        ("/plan/rules/0/rate", rule(json!({ "type": "percent", "rate": "-0.1" }))),
        ("/plan/rules/0/rate", rule(json!({ "type": "percent", "rate": 1000 }))),
        ("/plan/rules/0", rule(json!({ "type": "percent", "rate": "0.1", "acelerators": [] }))),
        ("/plan/rules/0/accelerators/0", rule(json!({ "type": "percent", "rate": "0.1", "accelerators": [["1.0"]] }))),
        (
            "/plan/rules/0/threshold",
            rule(json!({ "type": "percent", "rate": "0.1", "threshold": { "attainment": "0.5" } })),
        ),
        ("/plan/rules/0/tiers/0", rule(json!({ "type": "tiered", "mode": "marginal", "tiers": [["0", null]] }))),
        (
            "/plan/rules/0/tiers/0/1",
            rule(json!({ "type": "tiered", "mode": "marginal", "tiers": [["0", "x", "0.1"]] })),
        ),
        ("/plan/rules/0/mode", rule(json!({ "type": "tiered", "mode": "cliff", "tiers": [["0", null, "0.1"]] }))),
        (
            "/plan/rules/0/of",
            rule(json!({ "type": "override", "rate": "0.1", "of": "region", "manager": "m", "members": ["a"] })),
        ),
        ("/plan/rules/0/when", rule(json!({ "type": "bonus", "amount": "10", "when": { "attainment": "1" } }))),
        ("/plan/rules/0/match", rule(json!({ "type": "percent", "rate": "0.1", "match": { "sku": "1" } }))),
        ("/plan/period", json!({ "period": "fortnight", "rules": [{ "type": "percent", "rate": "0.1" }] })),
        ("/plan/cap", json!({ "cap": true, "rules": [{ "type": "percent", "rate": "0.1" }] })),
        ("/plan/cap/ana", json!({ "cap": { "ana": "1,000" }, "rules": [{ "type": "percent", "rate": "0.1" }] })),
        (
            "/plan/clawback/mode",
            json!({ "clawback": { "mode": "full" }, "rules": [{ "type": "percent", "rate": "0.1" }] }),
        ),
        ("/plan/draw", json!({ "draw": { "recoverable": true }, "rules": [{ "type": "direct" }] })),
        (
            "/plan/versions/0/rules/0/rate",
            json!({ "versions": [{ "from": "2026-01-01", "rules": [{ "type": "percent", "rate": "5%" }] }] }),
        ),
    ];
    for (path, plan) in table {
        let found = refusals(&json!({ "plan": plan, "events": [] }));
        assert!(found.iter().any(|at| at == path), "expected {path}, found {found:?} for {plan}");
    }
}

#[test]
fn bad_events_are_refused_by_path() {
    let table = [
        ("/events/0/type", json!({ "id": "e1", "type": "donation" })),
        ("/events/0", json!({ "id": "e1", "type": "payment", "amount": "1", "currency": "MXN" })),
        (
            "/events/0/amount",
            json!({ "id": "e1", "type": "payment", "amount": "1,5", "currency": "MXN", "paid_at": "2026-05-10T18:00:00Z" }),
        ),
        (
            "/events/0/paid_at",
            json!({ "id": "e1", "type": "payment", "amount": "1", "currency": "MXN", "paid_at": "10/05/2026" }),
        ),
        ("/events/0", json!({ "id": "r1", "type": "refund", "at": "2026-05-10T18:00:00Z" })),
        ("/events/0", json!({ "id": "v1", "type": "InvoiceVoid", "invoice": "i1" })),
        ("/events/0", json!({ "id": "x1" })),
    ];
    for (path, event) in table {
        let found = refusals(&json!({ "plan": percent(), "events": [event] }));
        assert!(found.iter().any(|at| at == path), "expected {path}, found {found:?} for {event}");
    }
}

/// The code asks again: a payload that never met the schema is refused all the same, with a code and a path.
#[test]
fn the_code_refuses_what_the_schema_cannot_see() {
    let rules = |rules: Value| json!({ "rules": rules });
    let tiers = |tiers: Value| rules(json!([{ "type": "tiered", "mode": "marginal", "tiers": tiers }]));
    let version =
        |from: &str, to: Value| json!({ "from": from, "to": to, "rules": [{ "type": "percent", "rate": "0.1" }] });
    let table = [
        ("UNKNOWN_FIELD", "/plan/rulez", json!({ "rulez": [], "rules": [] })),
        ("NOT_SUPPORTED", "/plan/rules/0/type", rules(json!([{ "type": "spiff" }]))),
        ("INVALID_DECIMAL", "/plan/rules/0/rate", rules(json!([{ "type": "percent", "rate": "abc" }]))),
        ("PLAN_RULES_OR_VERSIONS", "/plan", json!({})),
        ("UNKNOWN_TIMEZONE", "/plan/timezone", json!({ "timezone": "Mexico/Acapulco", "rules": [] })),
        ("TIERS_NOT_CONTIGUOUS", "/plan/rules/0/tiers/1", tiers(json!([["0", "10", "0.1"], ["11", null, "0.2"]]))),
        ("TIERS_NOT_CONTIGUOUS", "/plan/rules/0/tiers/0", tiers(json!([["5", null, "0.1"]]))),
        ("TIERS_NOT_CONTIGUOUS", "/plan/rules/0/tiers/0", tiers(json!([["0", "10", "0.1"]]))),
        (
            "PLAN_VERSIONS_OVERLAP",
            "/plan/versions/1/from",
            json!({ "versions": [version("2026-01-01", json!("2026-04-01")), version("2026-04-01", json!(null))] }),
        ),
        (
            "VERSION_RANGE_INVERTED",
            "/plan/versions/0",
            json!({ "versions": [version("2026-05-01", json!("2026-04-01"))] }),
        ),
        (
            "QUOTA_REQUIRED",
            "/plan/rules/0",
            rules(json!([{ "type": "bonus", "amount": "1", "when": { "attainment_gte": "1" } }])),
        ),
        (
            "RULES_AMBIGUOUS",
            "/plan/rules/1",
            rules(json!([{ "type": "percent", "rate": "0.1" }, { "type": "percent", "rate": "0.2" }])),
        ),
        (
            "RULE_COMBINATION_NOT_SUPPORTED",
            "/plan/rules",
            rules(json!([{ "type": "direct" }, { "type": "percent", "rate": "0.2" }])),
        ),
        (
            "RULE_COMBINATION_NOT_SUPPORTED",
            "/plan/draw",
            json!({ "floor": "1", "draw": { "amount": "1" }, "rules": [{ "type": "percent", "rate": "0.2" }] }),
        ),
        ("DIRECT_RULE_NEEDS_EARNED", "/events/0", rules(json!([{ "type": "direct" }]))),
        ("NO_PLAN_VERSION", "/events/0/paid_at", json!({ "versions": [version("2026-06-01", json!(null))] })),
        (
            "CURRENCY_NOT_OF_PLAN",
            "/events/0/currency",
            json!({ "currency": "USD", "rules": [{ "type": "percent", "rate": "0.2" }] }),
        ),
        (
            "QUOTA_MISSING_FOR_MEMBER",
            "/plan/quota",
            json!({ "quota": { "beto": "10" },
            "rules": [{ "type": "percent", "rate": "0.1", "accelerators": [["1", "2"]] }] }),
        ),
    ];
    for (code, path, plan) in table {
        check_refusal(code, path, &plan, &[payment()]);
    }
}

#[test]
fn the_code_refuses_events_that_do_not_fit_together() {
    let with = |change: Value| {
        let mut event = payment();
        event.as_object_mut().expect("object").extend(change.as_object().expect("object").clone());
        event
    };
    let refund = |of: &str, amount: &str| json!({ "id": "r1", "type": "refund", "of": of, "amount": amount, "at": "2026-05-11T00:00:00Z" });
    let table = [
        (
            "SPLIT_SHARES_NOT_ONE",
            "/events/0/splits",
            vec![with(
                json!({ "splits": [{ "member": "ana", "share": "0.5" }, { "member": "beto", "share": "0.49" }] }),
            )],
        ),
        (
            "SPLIT_MEMBER_REPEATED",
            "/events/0/splits/1/member",
            vec![with(json!({ "splits": [{ "member": "ana", "share": "0.5" }, { "member": "ana", "share": "0.5" }] }))],
        ),
        ("UNKNOWN_CURRENCY", "/events/0/currency", vec![with(json!({ "currency": "XYZ" }))]),
        ("ITEMS_NOT_EVENT_AMOUNT", "/events/0/items", vec![with(json!({ "items": [{ "amount": "99.00" }] }))]),
        ("REFUND_OF_UNKNOWN_EVENT", "/events/1/of", vec![payment(), refund("e9", "1")]),
        ("REFUND_EXCEEDS_PAYMENT", "/events/1/amount", vec![payment(), refund("e1", "100.01")]),
        ("EVENT_ID_CONFLICT", "/events/1", vec![payment(), with(json!({ "amount": "101.00" }))]),
        (
            "WEBHOOK_ID_CONFLICT",
            "/events/1",
            vec![with(json!({ "webhook_id": "w" })), with(json!({ "webhook_id": "w", "id": "e2", "amount": "7" }))],
        ),
        (
            "APPROVAL_OF_UNKNOWN_EVENT",
            "/events/1/lines/0",
            vec![payment(), json!({ "id": "a", "type": "approve", "lines": ["e9"] })],
        ),
        (
            "CORRECTION_OF_UNKNOWN_EVENT",
            "/events/0/of",
            vec![json!({ "id": "c", "type": "correct", "of": "e9", "amount": "1" })],
        ),
        ("EARNED_NEEDS_DIRECT_RULE", "/events/0", vec![json!({ "period": 1, "earned": "1" })]),
    ];
    for (code, path, events) in table {
        check_refusal(code, path, &percent(), &events);
    }
}

fn check_refusal(code: &str, path: &str, plan: &Value, events: &[Value]) {
    let error = run(plan, events).expect_err(&format!("{code} was accepted: {plan} {events:?}"));
    assert_eq!((error.code(), error.path()), (code, path), "{error}");
    assert!(error.message_es() != error.message_en() && !error.message_es().contains("{}"), "{error}");
}
