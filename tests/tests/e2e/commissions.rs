//! A real module on real input: every golden case through the running platform.

use std::sync::Arc;

use faena_tests::{Platform, eventually, workspace_file};
use serde_json::{Value, json};

use crate::shared;

shared! {
    every_golden_case_comes_out_to_the_letter,
    a_bad_plan_is_refused_with_its_path,
    what_only_the_calculation_can_see_fails_the_job_with_its_own_code,
}

/// Lines without their traces, whose wording is free; a test of the module recomputes them.
fn without_traces(mut lines: Value) -> Value {
    for line in lines.as_array_mut().into_iter().flatten() {
        if let Some(line) = line.as_object_mut() {
            line.remove("trace");
        }
    }
    lines
}

async fn every_golden_case_comes_out_to_the_letter(platform: Arc<Platform>) {
    let text = std::fs::read_to_string(workspace_file("modules/commissions/tests/golden.json")).unwrap();
    let golden: Value = serde_json::from_str(&text).unwrap();
    let cases = golden["cases"].as_array().unwrap();
    let jobs: Vec<Value> = cases
        .iter()
        .map(|case| {
            let payload = json!({ "plan": case["plan"], "events": case["events"] });
            json!({ "module": "commissions", "job": "calculate", "payload": payload, "tags": ["golden"] })
        })
        .collect();
    let api = &platform.api;
    let accepted = api.post("/jobs/batch", json!({ "jobs": jobs })).await.expect(202);
    for (case, accepted) in cases.iter().zip(accepted["jobs"].as_array().unwrap()) {
        let path = format!("/jobs/{}", accepted["id"].as_str().unwrap());
        let job = eventually("the case is calculated", 60, async || {
            let job = api.get(&path).await.expect(200);
            matches!(job["status"].as_str(), Some("COMPLETED" | "FAILED" | "CANCELLED")).then_some(job)
        })
        .await;
        assert_eq!(job["status"], "COMPLETED", "{}: {}", case["id"], job["error"]);
        for (field, expected) in case["expected"].as_object().unwrap() {
            let (found, expected) = (without_traces(job["result"][field].clone()), without_traces(expected.clone()));
            assert_eq!(found, expected, "{} {}: {field}", case["id"], case["title"]);
        }
    }
}

async fn a_bad_plan_is_refused_with_its_path(platform: Arc<Platform>) {
    let submit = async |plan: Value| {
        let payload = json!({ "plan": plan, "events": [] });
        platform
            .api
            .post("/jobs", json!({ "module": "commissions", "job": "calculate", "payload": payload }))
            .await
            .refused("FAE-0404")
    };
    let misspelt = submit(json!({ "rules": [{ "type": "percent", "rat": "0.1" }] })).await;
    assert!(misspelt["errors"][0]["path"].as_str().unwrap().starts_with("/payload/plan/rules/0"), "{misspelt}");
    let unknown = submit(json!({ "rules": [{ "type": "lottery" }] })).await;
    assert!(unknown["errors"][0]["path"].as_str().unwrap().starts_with("/payload/plan/rules/0"), "{unknown}");
}

async fn what_only_the_calculation_can_see_fails_the_job_with_its_own_code(platform: Arc<Platform>) {
    let payload = json!({ "plan": { "rules": [{ "type": "percent", "rate": "0.10" }] }, "events": [
        { "id": "r1", "type": "refund", "of": "nothing", "amount": "1.00", "at": "2026-05-20T12:00:00Z" }] });
    let job =
        platform.api.run_body(json!({ "module": "commissions", "job": "calculate", "payload": payload }), 30).await;
    assert_eq!(
        (job["status"].as_str(), job["error"]["code"].as_str()),
        (Some("FAILED"), Some("REFUND_OF_UNKNOWN_EVENT")),
        "{job}"
    );
    assert_eq!(job["attempts"], 1, "the same input would fail again");
    assert_eq!(job["error"]["details"]["path"], "/events/0/of");
}
