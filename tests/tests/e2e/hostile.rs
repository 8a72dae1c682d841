//! Modules that trap, loop, eat memory or return garbage fail their own job, with the right code, and nothing else.

use std::sync::Arc;

use faena_tests::Platform;
use serde_json::json;

use crate::shared;

shared! {
    every_way_to_misbehave_has_its_code_and_harms_nobody,
    a_panic_reads_as_a_panic,
    a_module_that_loops_is_stopped_while_others_run,
    a_flood_of_logs_is_cut,
}

async fn every_way_to_misbehave_has_its_code_and_harms_nobody(platform: Arc<Platform>) {
    let api = &platform.api;
    let cases = [
        ("index", json!({}), "FAE-0501"),
        ("panic", json!({ "message": "adiós" }), "FAE-0501"),
        ("eat_memory", json!({}), "FAE-0504"),
        ("recurse", json!({}), "FAE-0510"),
        ("garbage", json!({}), "FAE-0505"),
        ("flood_output", json!({ "bytes": 2_000_000 }), "FAE-0506"),
        ("fail", json!({ "code": "MY_CODE", "message": "mine" }), "MY_CODE"),
    ];
    for (job, payload, code) in cases {
        let ended = api.run(job, payload, 30).await;
        assert_eq!(
            (ended["status"].as_str(), ended["error"]["code"].as_str()),
            (Some("FAILED"), Some(code)),
            "{job}: {ended}"
        );
        assert!(ended["error"]["message"].as_str().unwrap().len() > 3, "{ended}");
        assert!(ended.get("result").is_none());
        let healthy = api.run("echo", json!({ "after": job }), 30).await;
        assert_eq!(healthy["result"], json!({ "after": job }), "the worker goes on");
    }
}

async fn a_panic_reads_as_a_panic(platform: Arc<Platform>) {
    let ended = platform.api.run("index", json!({}), 30).await;
    let message = ended["error"]["message"].as_str().unwrap();
    assert!(message.contains("panicked at tests/modules/probe/src/endings.rs:"), "{message}");
    assert!(message.contains("index out of bounds"), "{message}");
}

async fn a_module_that_loops_is_stopped_while_others_run(platform: Arc<Platform>) {
    let api = &platform.api;
    let spinning = api.post("/jobs", json!({ "module": "probe", "job": "spin", "max_attempts": 1 })).await.expect(202);
    let beside = api.run("echo", json!({}), 30).await;
    assert_eq!(beside["status"], "COMPLETED");
    let id = spinning["id"].as_str().unwrap();
    let ended = faena_tests::eventually("the loop is stopped", 20, async || {
        let job = api.get(&format!("/jobs/{id}")).await.expect(200);
        (job["status"] == "FAILED").then_some(job)
    })
    .await;
    assert!(matches!(ended["error"]["code"].as_str(), Some("FAE-0502" | "FAE-0503")), "{ended}");
}

async fn a_flood_of_logs_is_cut(platform: Arc<Platform>) {
    let ended = platform.api.run("flood_logs", json!({}), 60).await;
    assert!(matches!(ended["status"].as_str(), Some("COMPLETED" | "FAILED")), "{ended}");
    let mut root = platform.superuser().await;
    let (lines, bytes): (i64, i64) = sqlx::query_as(
        "SELECT count(*), coalesce(sum(octet_length(message)), 0)::bigint FROM faena.job_log WHERE job_id = $1::uuid",
    )
    .bind(ended["id"].as_str().unwrap())
    .fetch_one(&mut root)
    .await
    .unwrap();
    assert!(lines > 0 && lines <= 10_001 && bytes <= (1 << 20) + 8_192, "{lines} lines, {bytes} bytes");
}
