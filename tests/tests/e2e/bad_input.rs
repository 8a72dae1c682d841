//! Everything wrong that a caller can send gets its code, and nothing is half-written.

use std::sync::Arc;

use faena_tests::{Platform, probe_package};
use reqwest::Method;
use serde_json::{Value, json};

use crate::shared;

shared! {
    requests_that_are_wrong_get_their_code,
    jobs_that_are_wrong_get_their_code,
    a_batch_is_all_or_nothing_and_names_every_bad_item,
    packages_that_are_wrong_get_their_code_and_leave_nothing,
    every_code_of_an_answer_has_a_page,
}

async fn requests_that_are_wrong_get_their_code(platform: Arc<Platform>) {
    let api = &platform.api;
    let raw = |method: Method, path: &str, kind: &str, body: &str| {
        api.request(method, path).header("content-type", kind.to_owned()).body(body.to_owned())
    };
    let jobs = "/api/v1/jobs";
    api.send(raw(Method::POST, jobs, "application/json", "{not json")).await.refused("FAE-0201");
    api.send(raw(Method::POST, jobs, "application/json", "[1, 2]")).await.refused("FAE-0202");
    api.send(raw(Method::POST, jobs, "text/plain", "{}")).await.refused("FAE-0207");
    api.send(raw(Method::POST, jobs, "application/json", &" ".repeat(3 << 20))).await.refused("FAE-0203");
    api.send(api.request(Method::GET, "/api/v1/nothing")).await.refused("FAE-0204");
    api.send(api.request(Method::PATCH, jobs)).await.refused("FAE-0205");
    api.get("/jobs?state=DONE").await.refused("FAE-0206");
    api.get("/jobs?unknown=1").await.refused("FAE-0206");
    api.get("/jobs?limit=501").await.refused("FAE-0206");
    api.get("/jobs?created_after=yesterday").await.refused("FAE-0206");
    api.get("/jobs?cursor=abc").await.refused("FAE-0209");
    api.get(&format!("/jobs/{}", uuid::Uuid::now_v7())).await.refused("FAE-0405");
    api.get("/jobs/no-id").await.refused("FAE-0206");
    let prefer = api
        .request(Method::POST, jobs)
        .header("Prefer", "wait=soon")
        .json(&json!({ "module": "probe", "job": "noop" }));
    api.send(prefer).await.refused("FAE-0206");
    let anonymous = api.with_token("");
    anonymous.get("/jobs").await.refused("FAE-0102");
    let problem = api.with_token("fae_wrong").get("/jobs").await;
    assert_eq!((problem.status, problem.headers["content-type"].to_str().unwrap()), (401, "application/problem+json"));
    assert_eq!(problem.headers["www-authenticate"], "Bearer");
}

async fn jobs_that_are_wrong_get_their_code(platform: Arc<Platform>) {
    let api = &platform.api;
    let job = |change: Value| {
        let mut body = json!({ "module": "probe", "job": "echo", "payload": {} });
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        body
    };
    let before = platform.count("SELECT count(*) FROM faena.job").await;
    let cases = [
        (json!({ "module": "nothing" }), "FAE-0308", ""),
        (json!({ "job": "nothing" }), "FAE-0403", "/job"),
        (json!({ "payload": [] }), "FAE-0404", "/payload"),
        (json!({ "payload": { "text": "x".repeat(1 << 20) } }), "FAE-0409", "/payload"),
        (json!({ "priority": 101 }), "FAE-0202", "/priority"),
        (json!({ "priority": "high" }), "FAE-0202", ""),
        (json!({ "timeout_s": 0 }), "FAE-0202", "/timeout_s"),
        (json!({ "timeout_s": 90_000 }), "FAE-0202", "/timeout_s"),
        (json!({ "max_attempts": 0 }), "FAE-0202", "/max_attempts"),
        (json!({ "tags": ["a", "a"] }), "FAE-0202", "/tags/1"),
        (json!({ "tags": [""] }), "FAE-0202", "/tags/0"),
        (json!({ "unique_key": "" }), "FAE-0202", "/unique_key"),
        (json!({ "run_at": "tomorrow" }), "FAE-0202", ""),
        (json!({ "colour": "red" }), "FAE-0202", "/colour"),
        (json!({ "queue": "fast" }), "FAE-0210", "/queue"),
        (json!({ "version": "1.0.0" }), "FAE-0210", "/version"),
        (json!({ "concurrency_key": "a" }), "FAE-0210", "/concurrency_key"),
    ];
    for (change, code, path) in cases {
        let problem = api.post("/jobs", job(change.clone())).await.refused(code);
        if !path.is_empty() {
            assert_eq!(problem["errors"][0]["path"], path, "{change}");
        }
    }
    assert_eq!(platform.count("SELECT count(*) FROM faena.job").await, before, "nothing was accepted");
}

async fn a_batch_is_all_or_nothing_and_names_every_bad_item(platform: Arc<Platform>) {
    let api = platform.organization("batches", "scheduler").await;
    let good = json!({ "module": "probe", "job": "noop", "tags": ["batch"] });
    let jobs = json!([good, { "module": "probe", "job": "nothing" }, good, { "module": "probe" }, { "module": "commissions", "job": "calculate" }]);
    let problem = api.post("/jobs/batch", json!({ "jobs": jobs })).await.refused("FAE-0407");
    let named: Vec<_> = problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| (error["index"].as_u64().unwrap(), error["code"].as_str().unwrap()))
        .collect();
    assert_eq!(named, [(1, "FAE-0403"), (3, "FAE-0202"), (4, "FAE-0402")]);
    assert_eq!(api.get("/jobs").await.expect(200)["items"], json!([]), "not one was accepted");
    api.post("/jobs/batch", json!({ "jobs": [] })).await.refused("FAE-0408");
    let many = vec![json!({ "module": "probe", "job": "noop" }); 10_001];
    api.post("/jobs/batch", json!({ "jobs": many })).await.refused("FAE-0408");
    let accepted = api.post("/jobs/batch", json!({ "jobs": many[..10_000] })).await.expect(202);
    assert_eq!(accepted["jobs"].as_array().unwrap().len(), 10_000);
    assert_eq!(accepted["jobs"][0]["created"], true);
}

async fn packages_that_are_wrong_get_their_code_and_leave_nothing(platform: Arc<Platform>) {
    let api = &platform.api;
    let versions = "SELECT count(*) FROM faena.module_version";
    let before = platform.count(versions).await;
    api.publish(b"not a package".to_vec()).await.refused("FAE-0301");
    let sound =
        probe_package(platform.data_dir(), |manifest| manifest.replace("name = \"probe\"", "name = \"probe-two\""));
    let mut mutated = sound.clone();
    let middle = mutated.len() / 2;
    mutated[middle] ^= 1;
    let code = api.publish(mutated).await;
    assert!(matches!(code.code(), "FAE-0301" | "FAE-0302"), "{}", code.body);
    let stranger = faena_manifest::generate_key().unwrap();
    let manifest = std::fs::read_to_string(faena_tests::workspace_file("manifests/probe.toml")).unwrap();
    let foreign = faena_tests::sign_package(&manifest, "probe.wasm", "tests/modules/probe", &stranger);
    api.publish(foreign).await.refused("FAE-0303");
    assert_eq!(platform.count(versions).await, before);
    // The same version with another content, and a lower version.
    let other = probe_package(platform.data_dir(), |manifest| manifest.replace("cpu_ms = 1000", "cpu_ms = 1001"));
    api.publish(other).await.refused("FAE-0307");
    let lower = probe_package(platform.data_dir(), |manifest| {
        manifest.replacen("version = \"0.1.0\"", "version = \"0.0.1\"", 1)
    });
    api.publish(lower).await.refused("FAE-0313");
    assert_eq!(platform.count(versions).await, before);
}

async fn every_code_of_an_answer_has_a_page(platform: Arc<Platform>) {
    let problem = platform.api.get("/nothing").await.refused("FAE-0204");
    let page = platform.api.send(platform.api.request(Method::GET, problem["type"].as_str().unwrap())).await;
    assert_eq!(page.status, 200);
    assert!(page.body.as_str().unwrap().starts_with("# FAE-0204: There is no such endpoint"), "{}", page.body);
    platform.api.send(platform.api.request(Method::GET, "/errors/FAE-9999")).await.refused("FAE-0204");
}
