//! What the platform says of itself is true: OpenAPI, health, metrics.

use std::collections::BTreeSet;
use std::sync::Arc;

use faena_tests::Platform;
use reqwest::Method;
use serde_json::Value;

use crate::shared;

shared! {
    openapi_is_served_and_its_references_resolve,
    health_and_metrics_answer_on_both_processes,
    client_json_is_private_and_complete,
    no_secret_is_in_any_log,
}

async fn openapi_is_served_and_its_references_resolve(platform: Arc<Platform>) {
    let served = platform.api.get("/openapi.json").await.expect(200);
    assert_eq!(served, serde_json::to_value(faena_orchestrator::openapi()).unwrap());
    let mut references = BTreeSet::new();
    collect(&served, &mut references);
    assert!(references.len() > 20);
    for reference in references {
        assert!(served.pointer(reference.trim_start_matches('#')).is_some(), "{reference} leads nowhere");
    }
    for path in ["/api/v1/jobs", "/api/v1/jobs/batch", "/api/v1/auth/login", "/api/v1/platform/modules/{name}/enable"] {
        assert!(served["paths"][path].is_object(), "{path}");
    }
}

fn collect(value: &Value, references: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => fields.iter().for_each(|(key, value)| match value {
            Value::String(text) if key == "$ref" => drop(references.insert(text.clone())),
            _ => collect(value, references),
        }),
        Value::Array(items) => items.iter().for_each(|item| collect(item, references)),
        _ => {}
    }
}

async fn health_and_metrics_answer_on_both_processes(platform: Arc<Platform>) {
    let api = &platform.api;
    platform.api.run("noop", serde_json::json!({}), 30).await;
    assert_eq!(api.send(api.request(Method::GET, "/health/live")).await.status, 200);
    let ready = api.send(api.request(Method::GET, "/health/ready")).await.expect(200);
    assert_eq!((ready["status"].as_str(), ready["checks"]["redis"].as_str()), (Some("ready"), Some("ok")));
    let metrics = api.send(api.request(Method::GET, "/metrics")).await.body.as_str().unwrap().to_owned();
    for name in ["faena_http_requests_total", "faena_jobs_submitted_total", "faena_queue_depth"] {
        assert!(metrics.contains(name), "{name} in {metrics}");
    }
    let worker = worker_address(&platform);
    let worker = faena_tests::Api::new(&format!("http://{worker}"), "");
    assert_eq!(worker.send(worker.request(Method::GET, "/health/ready")).await.expect(200)["status"], "ready");
    let metrics = worker.send(worker.request(Method::GET, "/metrics")).await.body.as_str().unwrap().to_owned();
    assert!(metrics.contains("faena_jobs_finished_total"), "{metrics}");
}

/// The address in the worker's log line that says where it listens.
fn worker_address(platform: &Platform) -> String {
    let logs = platform.data_dir().join("logs");
    let text: String = std::fs::read_dir(logs)
        .unwrap()
        .flatten()
        .filter(|file| file.file_name().to_string_lossy().contains("worker"))
        .map(|file| std::fs::read_to_string(file.path()).unwrap())
        .collect();
    let line =
        text.lines().rev().find(|line| line.contains("listens on")).unwrap_or_else(|| panic!("no address in {text}"));
    let rest = line.split("listens on ").nth(1).unwrap();
    rest.chars().take_while(|letter| letter.is_ascii_digit() || ".:".contains(*letter)).collect()
}

async fn client_json_is_private_and_complete(platform: Arc<Platform>) {
    use std::os::unix::fs::PermissionsExt;
    let path = platform.data_dir().join("client.json");
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let keys: Vec<_> = platform.client.as_object().unwrap().keys().cloned().collect();
    assert_eq!(keys, ["database_url", "organization", "redis_url", "token", "url"]);
}

async fn no_secret_is_in_any_log(platform: Arc<Platform>) {
    platform.organization("secrets", "owner").await;
    let mut secrets = vec!["una clave bien larga".to_owned(), platform.api.token.clone()];
    for key in ["database_url", "redis_url"] {
        let url = reqwest::Url::parse(platform.client[key].as_str().unwrap()).unwrap();
        secrets.push(url.password().unwrap().to_owned());
    }
    for file in std::fs::read_dir(platform.data_dir().join("logs")).unwrap().flatten() {
        let text = std::fs::read_to_string(file.path()).unwrap();
        for secret in &secrets {
            assert!(!text.contains(secret), "{:?} holds a secret", file.path());
        }
    }
}
