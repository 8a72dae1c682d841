//! Killed processes and lost servers: every accepted job ends exactly once, and nothing is stuck.

use std::time::{Duration, Instant};

use faena_tests::{Options, Platform, eventually};
use serde_json::{Value, json};

use crate::own;

own! {
    jobs_survive_the_worker_redis_and_the_orchestrator,
    a_killed_up_comes_back_with_its_jobs,
}

async fn submit(platform: &Platform, count: usize, ms: u64) -> Vec<String> {
    let job = json!({ "module": "probe", "job": "sleep", "payload": { "ms": ms }, "max_attempts": 10 });
    let accepted = platform.api.post("/jobs/batch", json!({ "jobs": vec![job; count] })).await.expect(202);
    accepted["jobs"].as_array().unwrap().iter().map(|job| job["id"].as_str().unwrap().to_owned()).collect()
}

async fn until_done(platform: &Platform, share: i64) {
    eventually("some jobs are done", 60, async || {
        (platform.count("SELECT count(*) FROM faena.job_outcome").await > share).then_some(())
    })
    .await;
}

/// Every one of these jobs completed, once.
async fn all_completed(platform: &Platform, ids: &[String]) {
    platform.until_idle(120).await;
    assert_eq!(platform.contradictions().await, Vec::<String>::new());
    let ids: Vec<uuid::Uuid> = ids.iter().map(|id| id.parse().unwrap()).collect();
    let mut root = platform.superuser().await;
    let completed: i64 = sqlx::query_scalar("SELECT count(*) FROM faena.job_outcome WHERE state = 4 AND id = ANY ($1)")
        .bind(&ids)
        .fetch_one(&mut root)
        .await
        .unwrap();
    assert_eq!(completed, ids.len() as i64);
    assert_eq!(platform.count("SELECT count(*) FROM faena.job_lease").await, 0);
}

async fn flush_redis(platform: &Platform) {
    let client = redis::Client::open(platform.client["redis_url"].as_str().unwrap()).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    let _: () = redis::cmd("FLUSHALL").query_async(&mut connection).await.unwrap();
}

async fn jobs_survive_the_worker_redis_and_the_orchestrator() {
    let platform = Platform::start(Options { slots: 20, workers: 2, ..Options::default() }).await;
    let mut ids = submit(&platform, 200, 150).await;
    until_done(&platform, 20).await;
    assert!(platform.kill(" worker") >= 2, "two workers were running");
    until_done(&platform, 60).await;
    flush_redis(&platform).await;
    assert!(platform.kill("redis-server") >= 1);
    until_done(&platform, 110).await;
    assert!(platform.kill(" orchestrator") >= 1);
    // What is submitted once the orchestrator is back runs beside what was there before.
    let more = eventually("the orchestrator is back", 60, async || {
        let job = json!({ "module": "probe", "job": "noop" });
        let request = platform.api.request(reqwest::Method::POST, "/api/v1/jobs").json(&job).send().await.ok()?;
        request.json::<Value>().await.ok()?["id"].as_str().map(str::to_owned)
    })
    .await;
    ids.push(more);
    all_completed(&platform, &ids).await;
    let lost = platform.count("SELECT count(*) FROM faena.job_attempt WHERE verdict = 'worker_lost'").await;
    assert!(lost > 0, "the killed workers were in the middle of something");
}

async fn a_killed_up_comes_back_with_its_jobs() {
    let mut platform = Platform::start(Options { slots: 10, ..Options::default() }).await;
    let ids = submit(&platform, 60, 200).await;
    until_done(&platform, 5).await;
    let children = platform.processes("");
    assert!(children.len() >= 4, "{children:?}");
    platform.kill_up_and_restart().await;
    all_completed(&platform, &ids).await;
    assert!(children.iter().all(|pid| !faena_tests::is_alive(*pid)), "nothing of the killed one is left");
    let everything = platform.processes("");
    let took = platform.stop();
    assert!(took < Duration::from_secs(15), "a clean stop took {took:?}");
    let deadline = Instant::now() + Duration::from_secs(5);
    while everything.iter().any(|pid| faena_tests::is_alive(*pid)) {
        assert!(Instant::now() < deadline, "a process is left behind");
        tokio::task::yield_now().await;
    }
}
