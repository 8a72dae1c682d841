//! Jobs that run to their end.

use faena_contract::{JobId, JobState, api};
use serde_json::{Value, json};

use super::site::{Site, eventually};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_hundred_jobs_share_their_claims_and_records() {
    let (site, worker) = Site::with_probe("batches").await;
    let payloads: Vec<Value> = (0..300).map(|number| json!({ "number": number })).collect();
    let jobs = site.submit("echo", &payloads, 3).await;
    for (job, payload) in jobs.iter().zip(&payloads) {
        let job = site.outcome(*job).await;
        assert_eq!((job.status, job.attempts), (JobState::Completed, 1));
        assert_eq!(job.result.unwrap().get(), payload.to_string());
        assert_eq!(job.version.as_deref(), Some("0.1.0"));
    }

    let (status, metrics) = worker.get("/metrics").await;
    assert_eq!(status, 200);
    for name in ["faena_claim_batch_size", "faena_finish_batch_size"] {
        let (statements, rows) = (sample(&metrics, &format!("{name}_count")), sample(&metrics, &format!("{name}_sum")));
        assert!(rows >= 300.0 && statements * 2.0 < rows, "{name}: {rows} in {statements} statements");
    }
    eventually("all slots are free", async || {
        let (_, metrics) = worker.get("/metrics").await;
        (sample(&metrics, "faena_worker_slots_free") >= 128.0).then_some(())
    })
    .await;
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jobs_end_as_their_modules_say() {
    let (site, worker) = Site::with_probe("endings").await;
    let (status, body) = worker.get("/health/ready").await;
    assert_eq!(
        (status, body.as_str()),
        (200, r#"{"status":"ready","checks":{"database":"ok","redis":"ok","worker":"ok"}}"#)
    );

    let failed = run(&site, "fail", json!({ "code": "PLAN_INVALID", "message": "no such plan" })).await;
    assert_eq!((failed.status, failed.attempts), (JobState::Failed, 1));
    assert_eq!(failed.error.unwrap().code, "PLAN_INVALID");

    let tired = run(&site, "retry", json!({ "after_ms": 0 })).await;
    assert_eq!((tired.status, tired.attempts, tired.error.unwrap().code.as_str()), (JobState::Failed, 2, "TRY_AGAIN"));
    let verdicts: Vec<_> = site.attempts(JobId(tired.id)).await.into_iter().map(|attempt| attempt.verdict).collect();
    assert_eq!(verdicts, ["retry", "failed"]);

    let wordy = run(&site, "log", json!({ "message": "hola" })).await;
    assert_eq!(site.log(JobId(wordy.id)).await, ["hola"; 4], "all lines are there when the job has ended");

    let steady = run(&site, "progress", json!({})).await;
    let progress = steady.progress.unwrap();
    assert_eq!((progress.done, progress.total, progress.message.as_str()), (3, 3, "part 3"));

    let unknown = run(&site, "clock", json!({})).await;
    assert_eq!(unknown.error.unwrap().message, "version 0.1.0 of module probe has no job `clock`");
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_component_that_cannot_be_compiled_is_not_installed() {
    let site = Site::start("unusable").await;
    let worker = site.worker(|_| {}).await;
    site.publish("broken", b"not a component").await;
    let job = site.install("broken").await;
    assert_eq!(job.status, JobState::Failed);
    let error = job.error.unwrap();
    assert_eq!(error.code, "FAE-0508");
    assert!(error.message.starts_with("module broken 0.1.0 cannot be installed: "), "{}", error.message);
    worker.stop().await;
}

async fn run(site: &Site, job: &str, payload: Value) -> api::Job {
    let jobs = site.submit(job, &[payload], 2).await;
    site.outcome(jobs[0]).await
}

/// The value of a metric without labels.
fn sample(metrics: &str, name: &str) -> f64 {
    let line = metrics.lines().find(|line| line.split(' ').next() == Some(name));
    line.and_then(|line| line.split(' ').nth(1)).map_or(0.0, |value| value.parse().unwrap())
}
