//! Jobs that are stopped before their end.

use std::time::Duration;

use faena_contract::JobState;
use faena_queue::Event;
use faena_store::jobs::{self, Cancel};
use serde_json::json;

use super::site::{Site, eventually};

const LONG: i64 = 100_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_whose_lease_ran_out_leaves_nothing_behind() {
    let (site, worker) = Site::with_probe("fenced").await;
    worker.stop().await;
    let forgetful = site
        .worker(|config| {
            config.lease_ttl = Duration::from_millis(600);
            config.renew_every = Duration::from_secs(3_600);
            config.grace = Duration::from_secs(60);
        })
        .await;
    let job = site.submit("sleep", &[json!({ "ms": LONG })], 1).await[0];
    eventually("the job runs", async || (site.read(job).await.status == JobState::Running).then_some(())).await;
    // It ends long before job and grace do: the attempt was stopped when its lease ran out, and said nothing.
    forgetful.stop().await;
    assert!(site.attempts(job).await.is_empty());
    let left = site.read(job).await;
    assert_eq!((left.status, left.attempts), (JobState::Running, 1), "it is the reaper's now");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_running_job_is_cancelled_with_and_without_the_live_event() {
    let (site, worker) = Site::with_probe("cancelled").await;
    let jobs = site.submit("sleep", &[json!({ "ms": LONG }), json!({ "ms": LONG })], 3).await;
    for (job, is_told) in jobs.into_iter().zip([true, false]) {
        site.sleeping(job).await;
        let answer = jobs::cancel(&site.database.api, &site.caller, job).await.unwrap();
        assert_eq!(answer, Cancel::Requested);
        if is_told {
            site.events.publish(&Event::CancelRequested { job }).await.unwrap();
        }
        assert_eq!(site.outcome(job).await.status, JobState::Cancelled);
        assert_eq!(site.attempts(job).await[0].verdict, "cancelled");
    }
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_still_runs_at_the_end_of_the_grace_is_handed_back() {
    let (site, worker) = Site::with_probe("drained").await;
    worker.stop().await;
    let hurried = site.worker(|config| config.grace = Duration::from_millis(50)).await;
    let job = site.submit("sleep", &[json!({ "ms": LONG })], 1).await[0];
    site.sleeping(job).await;
    hurried.stop().await;
    let handed_back = site.read(job).await;
    assert_eq!((handed_back.status, handed_back.attempts), (JobState::Pending, 0), "the attempt does not count");
    assert_eq!(site.attempts(job).await[0].verdict, "handed_back");
}
