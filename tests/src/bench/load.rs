//! Load on the platform, over HTTP as any client would.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use faena_tests::{Api, Platform, eventually};
use hdrhistogram::Histogram;
use reqwest::Method;
use serde_json::{Value, json};

/// A latency in milliseconds.
pub(crate) struct Latency {
    pub(crate) p50: f64,
    pub(crate) p95: f64,
    pub(crate) p99: f64,
}

fn noop() -> Value {
    json!({ "module": "probe", "job": "noop" })
}

async fn wait_for(api: &Api, body: &Value) {
    let request = api.request(Method::POST, "/api/v1/jobs").header("Prefer", "wait=60").json(body);
    let answer = api.send(request).await;
    assert_eq!(answer.body["status"], "COMPLETED", "{}", answer.body);
}

/// Fills caches, plans and the size of the window.
pub(crate) async fn warm_up(platform: &Platform) {
    singles_for(platform, Duration::from_secs(3)).await;
}

/// Jobs a second over 64 connections, each of which waits for the recorded result before its next job.
pub(crate) async fn singles(platform: &Platform) -> f64 {
    println!("single POSTs over 64 connections ...");
    singles_for(platform, Duration::from_secs(10)).await
}

async fn singles_for(platform: &Platform, time: Duration) -> f64 {
    let started = Instant::now();
    let mut connections = tokio::task::JoinSet::new();
    for _ in 0..64 {
        // A client of its own is a connection of its own.
        let api = Api::new(&platform.api.url, &platform.api.token);
        connections.spawn(async move {
            let mut done = 0_u32;
            while started.elapsed() < time {
                wait_for(&api, &noop()).await;
                done += 1;
            }
            done
        });
    }
    let done: u32 = connections.join_all().await.into_iter().sum();
    f64::from(done) / started.elapsed().as_secs_f64()
}

/// Jobs a second in batches of 100, until the last result is recorded.
pub(crate) async fn batches(platform: &Platform) -> f64 {
    println!("batches of 100 ...");
    let (connections, rounds) = (8, 25);
    let before = platform.count("SELECT count(*) FROM faena.job_outcome").await;
    let total = i64::from(connections * rounds * 100);
    let started = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..connections {
        let api = Api::new(&platform.api.url, &platform.api.token);
        tasks.spawn(async move {
            for _ in 0..rounds {
                api.post("/jobs/batch", json!({ "jobs": vec![noop(); 100] })).await.expect(202);
            }
        });
    }
    tasks.join_all().await;
    eventually("every job of the batches is done", 120, async || {
        (platform.count("SELECT count(*) FROM faena.job_outcome").await >= before + total).then_some(())
    })
    .await;
    #[expect(clippy::cast_precision_loss, reason = "a count of jobs")]
    let total = total as f64;
    total / started.elapsed().as_secs_f64()
}

/// From just before the POST to the first log line of the module, at 50 jobs a second for ten seconds.
pub(crate) async fn start_latency(platform: &Platform) -> Latency {
    println!("POST to start at 50 jobs/s ...");
    let body = json!({ "module": "probe", "job": "log", "payload": { "level": "info", "message": "started" } });
    let mut pace = tokio::time::interval(Duration::from_millis(20));
    let mut posts = tokio::task::JoinSet::new();
    for _ in 0..500 {
        pace.tick().await;
        let (api, body) = (platform.api.clone(), body.clone());
        posts.spawn(async move {
            let sent = Utc::now();
            let job = api.post("/jobs", body).await.expect(202);
            (sent, job["id"].as_str().unwrap().to_owned())
        });
    }
    let posts = posts.join_all().await;
    platform.until_idle(60).await;
    let mut histogram = Histogram::<u64>::new(3).unwrap();
    for (sent, id) in posts {
        let logs = platform.api.get(&format!("/jobs/{id}/logs?limit=1")).await.expect(200);
        let started: DateTime<Utc> = logs["items"][0]["at"].as_str().unwrap().parse().unwrap();
        histogram.record((started - sent).num_microseconds().unwrap().max(0).unsigned_abs()).unwrap();
    }
    #[expect(clippy::cast_precision_loss, reason = "microseconds of a latency")]
    let at = |quantile: f64| histogram.value_at_quantile(quantile) as f64 / 1000.0;
    Latency { p50: at(0.5), p95: at(0.95), p99: at(0.99) }
}
