//! The life of a job as its submitter sees it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use faena_tests::{Platform, eventually};
use reqwest::Method;
use serde_json::{Value, json};

use crate::shared;

shared! {
    a_job_carries_its_text_from_submit_to_result,
    a_failing_attempt_is_tried_again_until_it_works,
    attempts_run_out,
    a_time_out_ends_an_attempt,
    a_queued_job_is_cancelled_at_once_and_runs_again_when_asked,
    a_running_job_is_cancelled,
    a_job_waits_for_its_time,
    the_same_request_twice_is_one_job,
    a_unique_key_returns_the_living_job,
    lists_page_and_filter,
    logs_and_progress_are_there_to_read,
    the_callers_trace_goes_through_to_the_worker,
}

async fn a_job_carries_its_text_from_submit_to_result(platform: Arc<Platform>) {
    let api = &platform.api;
    let text = r#"{"module": "probe", "job": "echo", "payload": {"amount": 10.00, "big": 12345678901234567890.123, "name": "Año 💡"}}"#;
    let request = api
        .request(Method::POST, "/api/v1/jobs")
        .header("Prefer", "wait=30")
        .header("content-type", "application/json");
    let response = request.body(text).send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["preference-applied"], "wait");
    let answer = response.text().await.unwrap();
    assert!(answer.contains(r#""amount": 10.00"#) && answer.contains("12345678901234567890.123"), "{answer}");
    let job: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(
        (job["status"].as_str(), job["attempts"].as_i64(), job["version"].as_str()),
        (Some("COMPLETED"), Some(1), Some("0.1.0"))
    );
    assert_eq!(job["result"]["name"], "Año 💡");
    let plain = api.post("/jobs", json!({ "module": "probe", "job": "noop" })).await;
    assert_eq!(
        plain.headers["location"].to_str().unwrap(),
        format!("/api/v1/jobs/{}", plain.body["id"].as_str().unwrap())
    );
    plain.expect(202);
}

async fn a_failing_attempt_is_tried_again_until_it_works(platform: Arc<Platform>) {
    let body = json!({ "module": "probe", "job": "flaky", "payload": { "succeed_at_attempt": 3 }, "max_attempts": 5 });
    let job = platform.api.run_body(body, 60).await;
    assert_eq!((job["status"].as_str(), job["attempts"].as_i64()), (Some("COMPLETED"), Some(3)), "{job}");
    let path = format!("/jobs/{}/attempts", job["id"].as_str().unwrap());
    let attempts = platform.api.get(&path).await.expect(200);
    let verdicts: Vec<_> =
        attempts["items"].as_array().unwrap().iter().map(|attempt| attempt["verdict"].as_str().unwrap()).collect();
    assert_eq!(verdicts, ["retry", "retry", "done"]);
}

async fn attempts_run_out(platform: Arc<Platform>) {
    let body = json!({ "module": "probe", "job": "retry", "payload": { "after_ms": 10 }, "max_attempts": 2 });
    let job = platform.api.run_body(body, 60).await;
    assert_eq!((job["status"].as_str(), job["attempts"].as_i64()), (Some("FAILED"), Some(2)), "{job}");
}

async fn a_time_out_ends_an_attempt(platform: Arc<Platform>) {
    let body =
        json!({ "module": "probe", "job": "sleep", "payload": { "ms": 60_000 }, "timeout_s": 0.3, "max_attempts": 1 });
    let started = Instant::now();
    let job = platform.api.run_body(body, 30).await;
    assert_eq!((job["status"].as_str(), job["error"]["code"].as_str()), (Some("FAILED"), Some("FAE-0502")), "{job}");
    assert!(started.elapsed() < Duration::from_secs(15));
}

async fn a_queued_job_is_cancelled_at_once_and_runs_again_when_asked(platform: Arc<Platform>) {
    let api = &platform.api;
    let later = chrono::Utc::now() + chrono::Duration::hours(1);
    let job = api.post("/jobs", json!({ "module": "probe", "job": "noop", "run_at": later })).await.expect(202);
    let path = format!("/jobs/{}", job["id"].as_str().unwrap());
    assert_eq!(api.get(&path).await.expect(200)["status"], "PENDING");
    let cancelled = api.post(&format!("{path}/cancel"), json!({})).await.expect(200);
    assert_eq!(cancelled["status"], "CANCELLED");
    api.post(&format!("{path}/cancel"), json!({})).await.refused("FAE-0406");
    api.post(&format!("{path}/retry"), json!({})).await.expect(202);
    let done = eventually("the job runs again", 20, async || {
        let job = api.get(&path).await.expect(200);
        (job["status"] == "COMPLETED").then_some(job)
    })
    .await;
    assert_eq!(done["attempts"], 1);
    api.post(&format!("{path}/retry"), json!({})).await.refused("FAE-0406");
}

async fn a_running_job_is_cancelled(platform: Arc<Platform>) {
    let api = &platform.api;
    for (job, payload) in [("sleep", json!({ "ms": 50_000 })), ("burn", json!({ "ms": 9_000 }))] {
        let job = api
            .post("/jobs", json!({ "module": "probe", "job": job, "payload": payload, "timeout_s": 60 }))
            .await
            .expect(202);
        let path = format!("/jobs/{}", job["id"].as_str().unwrap());
        let status = async || api.get(&path).await.expect(200)["status"].as_str().unwrap().to_owned();
        eventually("it runs", 20, async || (status().await == "RUNNING").then_some(())).await;
        let asked = Instant::now();
        api.post(&format!("{path}/cancel"), json!({})).await.expect(202);
        eventually("it is cancelled", 10, async || (status().await == "CANCELLED").then_some(())).await;
        assert!(asked.elapsed() < Duration::from_secs(4), "a cancel takes {:?}", asked.elapsed());
    }
}

async fn a_job_waits_for_its_time(platform: Arc<Platform>) {
    let at = chrono::Utc::now() + chrono::Duration::milliseconds(900);
    let job = platform.api.run_body(json!({ "module": "probe", "job": "noop", "run_at": at }), 30).await;
    let started: chrono::DateTime<chrono::Utc> = job["started_at"].as_str().unwrap().parse().unwrap();
    let late = started - at;
    assert!(late >= chrono::Duration::zero() && late < chrono::Duration::seconds(2), "started {late} after its time");
}

async fn the_same_request_twice_is_one_job(platform: Arc<Platform>) {
    let api = &platform.api;
    let submit = |payload: Value| {
        let body = json!({ "module": "probe", "job": "echo", "payload": payload });
        api.send(api.request(Method::POST, "/api/v1/jobs").header("Idempotency-Key", "pago-77").json(&body))
    };
    let first = submit(json!({ "n": 1 })).await.expect(202);
    let again = submit(json!({ "n": 1 })).await;
    assert_eq!(again.body["id"], first["id"]);
    submit(json!({ "n": 2 })).await.refused("FAE-0208");
}

async fn a_unique_key_returns_the_living_job(platform: Arc<Platform>) {
    let api = &platform.api;
    let later = chrono::Utc::now() + chrono::Duration::hours(1);
    let body = json!({ "module": "probe", "job": "noop", "run_at": later, "unique_key": "cierre" });
    let first = api.post("/jobs", body.clone()).await.expect(202);
    let second = api.post("/jobs", body).await.expect(200);
    assert_eq!(first["id"], second["id"]);
    api.post(&format!("/jobs/{}/cancel", first["id"].as_str().unwrap()), json!({})).await.expect(200);
}

async fn lists_page_and_filter(platform: Arc<Platform>) {
    let api = platform.organization("lists", "scheduler").await;
    for number in 0..5 {
        let tags = if number % 2 == 0 { json!(["par"]) } else { json!([]) };
        let request = api.request(Method::POST, "/api/v1/jobs").header("Prefer", "wait=30");
        api.send(request.json(&json!({ "module": "probe", "job": "noop", "tags": tags }))).await.expect(200);
    }
    let ids = async |path: String| -> Vec<String> {
        let page = api.get(&path).await.expect(200);
        page["items"].as_array().unwrap().iter().map(|job| job["id"].as_str().unwrap().to_owned()).collect()
    };
    let all = ids("/jobs".to_owned()).await;
    assert_eq!(all.len(), 5);
    assert!(all.windows(2).all(|pair| pair[0] > pair[1]), "newest first");
    let first = api.get("/jobs?limit=2").await.expect(200);
    let rest = ids(format!("/jobs?limit=5&cursor={}", first["next_cursor"].as_str().unwrap())).await;
    assert_eq!(rest, all[2..]);
    assert_eq!(ids("/jobs?tag=par".to_owned()).await.len(), 3);
    assert_eq!(ids("/jobs?state=COMPLETED&module=probe".to_owned()).await.len(), 5);
    assert_eq!(ids("/jobs?state=FAILED".to_owned()).await.len(), 0);
    assert!(first["items"][0].get("payload").is_none() && first["items"][0].get("result").is_none());
}

async fn logs_and_progress_are_there_to_read(platform: Arc<Platform>) {
    let api = &platform.api;
    let job = api.run("progress", json!({}), 30).await;
    assert_eq!(job["status"], "COMPLETED", "{job}");
    assert!(job["progress"]["done"].as_u64().is_some(), "{job}");
    let logged = api.run("log", json!({ "level": "warn", "message": "una línea" }), 30).await;
    assert_eq!(logged["status"], "COMPLETED", "{logged}");
    let path = format!("/jobs/{}/logs", logged["id"].as_str().unwrap());
    let page = api.get(&path).await.expect(200);
    let lines = page["items"].as_array().unwrap();
    assert!(!lines.is_empty(), "{page}");
    let next = page["next_cursor"].as_str().unwrap();
    assert_eq!(api.get(&format!("{path}?cursor={next}")).await.expect(200)["items"], json!([]));
}

async fn the_callers_trace_goes_through_to_the_worker(platform: Arc<Platform>) {
    let api = &platform.api;
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let request =
        api.request(Method::POST, "/api/v1/jobs").header("traceparent", format!("00-{trace}-00f067aa0ba902b7-01"));
    let answer = api
        .send(
            request
                .header("Prefer", "wait=30")
                .json(&json!({ "module": "probe", "job": "panic", "payload": { "message": "x" }, "max_attempts": 1 })),
        )
        .await;
    assert!(answer.headers["traceparent"].to_str().unwrap().contains(trace));
    assert_eq!(answer.body["trace_id"], trace);
    let logs = platform.data_dir().join("logs");
    eventually("the worker's log names the trace", 10, async || {
        let found = std::fs::read_dir(&logs).unwrap().flatten().any(|file| {
            file.file_name().to_string_lossy().contains("worker")
                && std::fs::read_to_string(file.path()).unwrap_or_default().contains(trace)
        });
        found.then_some(())
    })
    .await;
}
