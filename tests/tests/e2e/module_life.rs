//! The life of a module: published, installed, switched off and on, for the installation and for an organization.

use std::sync::Arc;

use faena_tests::{Platform, eventually, probe_package};
use serde_json::json;

use crate::shared;

shared! {
    a_module_goes_from_registered_to_enabled_and_back,
    a_module_that_is_off_refuses_new_jobs_and_parks_old_ones,
    an_installation_that_fails_leaves_the_module_registered_with_the_reason,
    publishing_the_same_package_again_changes_nothing,
}

fn renamed(platform: &Platform, name: &str) -> Vec<u8> {
    probe_package(platform.data_dir(), |manifest| {
        manifest.replacen("name = \"probe\"", &format!("name = \"{name}\""), 1)
    })
}

async fn a_module_goes_from_registered_to_enabled_and_back(platform: Arc<Platform>) {
    let api = &platform.api;
    let published = api.publish(renamed(&platform, "vida")).await.expect(201);
    assert_eq!(
        (published["state"].as_str(), published["versions"][0]["version"].as_str()),
        (Some("REGISTERED"), Some("0.1.0"))
    );
    assert!(published["versions"][0]["digest"].as_str().unwrap().starts_with("sha256:"));
    api.post("/jobs", json!({ "module": "vida", "job": "noop" })).await.refused("FAE-0401");
    api.put("/modules/vida/activation", json!({ "active": true })).await.refused("FAE-0308");
    api.post("/platform/modules/vida/disable", json!({})).await.refused("FAE-0309");
    api.post("/platform/modules/vida/enable", json!({ "version": "9.9.9" })).await.refused("FAE-0314");
    let enabled = api.post("/platform/modules/vida/enable", json!({ "version": "0.1.0" })).await.expect(200);
    assert_eq!((enabled["state"].as_str(), enabled["active_version"].as_str()), (Some("ENABLED"), Some("0.1.0")));
    api.post("/platform/modules/vida/enable", json!({})).await.expect(200);
    api.post("/jobs", json!({ "module": "vida", "job": "noop" })).await.refused("FAE-0402");
    api.put("/modules/vida/activation", json!({ "active": true, "settings": { "a": 1 } })).await.refused("FAE-0210");
    let active = api.put("/modules/vida/activation", json!({ "active": true })).await.expect(200);
    assert!(
        active["jobs"]
            .as_array()
            .unwrap()
            .iter()
            .any(|job| job["name"] == "echo" && job["input_schema"]["type"] == "object")
    );
    let done = api.run_body(json!({ "module": "vida", "job": "noop" }), 30).await;
    assert_eq!(done["status"], "COMPLETED");
    assert_eq!(api.post("/platform/modules/vida/disable", json!({})).await.expect(200)["state"], "DISABLED");
    assert_eq!(api.post("/platform/modules/vida/enable", json!({})).await.expect(200)["state"], "ENABLED");
}

async fn a_module_that_is_off_refuses_new_jobs_and_parks_old_ones(platform: Arc<Platform>) {
    let api = &platform.api;
    api.publish(renamed(&platform, "interruptor")).await.expect(201);
    api.post("/platform/modules/interruptor/enable", json!({})).await.expect(200);
    api.put("/modules/interruptor/activation", json!({ "active": true })).await.expect(200);
    let soon = chrono::Utc::now() + chrono::Duration::seconds(1);
    let job = api.post("/jobs", json!({ "module": "interruptor", "job": "noop", "run_at": soon })).await.expect(202);
    api.post("/platform/modules/interruptor/disable", json!({})).await.expect(200);
    api.post("/jobs", json!({ "module": "interruptor", "job": "noop" })).await.refused("FAE-0401");
    let path = format!("/jobs/{}", job["id"].as_str().unwrap());
    let parked = eventually("the job is parked", 20, async || {
        let job = api.get(&path).await.expect(200);
        (job["status"] == "WAITING").then_some(job)
    })
    .await;
    assert_eq!((parked["waiting"].as_str(), parked["attempts"].as_i64()), (Some("paused"), Some(0)));
    api.post("/platform/modules/interruptor/enable", json!({})).await.expect(200);
    eventually("the job runs", 20, async || (api.get(&path).await.expect(200)["status"] == "COMPLETED").then_some(()))
        .await;
}

async fn an_installation_that_fails_leaves_the_module_registered_with_the_reason(platform: Arc<Platform>) {
    let api = &platform.api;
    api.publish(renamed(&platform, "roto")).await.expect(201);
    // What was stored is changed behind the platform's back: the worker hashes what it gets before it compiles it.
    let mut root = platform.superuser().await;
    sqlx::query(
        "UPDATE faena.module_package p SET component = component || '\\x00'::bytea FROM faena.module_version v, faena.module m
         WHERE v.id = p.version_id AND m.id = v.module_id AND m.name = 'roto'",
    )
    .execute(&mut root)
    .await
    .unwrap();
    let problem = api.post("/platform/modules/roto/enable", json!({})).await.refused("FAE-0310");
    assert!(problem["detail"].as_str().unwrap().contains("FAE-0508"), "{problem}");
    let module = api.get("/platform/modules/roto").await.expect(200);
    assert_eq!((module["state"].as_str(), module["reason"]["code"].as_str()), (Some("REGISTERED"), Some("FAE-0508")));
}

async fn publishing_the_same_package_again_changes_nothing(platform: Arc<Platform>) {
    let api = &platform.api;
    let package = renamed(&platform, "igual");
    api.publish(package.clone()).await.expect(201);
    let again = api.publish(package).await.expect(200);
    assert_eq!(again["versions"].as_array().unwrap().len(), 1);
}
