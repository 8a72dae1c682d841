//! Many calls at once, and how one is stopped.

use std::sync::Arc;
use std::time::{Duration, Instant};

use faena_host::{Call, CallError};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::probe::{OnLog, call, host, module, run};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn waiting_calls_hold_no_thread() {
    let module = module().await;
    let start = Instant::now();
    let mut calls = JoinSet::new();
    for _ in 0..200 {
        let module = Arc::clone(&module);
        calls.spawn(async move { host().run(&module, call("sleep", r#"{"ms":200}"#)).await.result.is_ok() });
    }

    assert!(calls.join_all().await.into_iter().all(|ok| ok));
    // One after the other, on two threads, they would take 20 s.
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn spinning_calls_do_not_stop_the_others() {
    let module = module().await;
    let stop = CancellationToken::new();
    let mut spinning = JoinSet::new();
    for _ in 0..4 {
        let (module, cancel) = (Arc::clone(&module), stop.clone());
        spinning.spawn(async move { host().run(&module, Call { cancel, ..call("spin", "null") }).await.result });
    }

    let start = Instant::now();
    for _ in 0..20 {
        assert!(run("sleep", r#"{"ms":5}"#).await.result.is_ok());
    }
    // Two spinning calls on each thread, 10 ms each at a time: about 50 ms a call.
    assert!(start.elapsed() < Duration::from_secs(6), "{:?}", start.elapsed());
    eprintln!("20 short calls beside 4 spinning ones: {:?}", start.elapsed());

    stop.cancel();
    for result in spinning.join_all().await {
        assert_eq!(result, Err(CallError::Cancelled));
    }
}

#[tokio::test]
async fn a_call_is_cancelled_while_it_sleeps_and_while_it_spins() {
    for (job, payload) in [("sleep", r#"{"ms":60000}"#), ("spin", "null")] {
        let cancel = CancellationToken::new();
        let when_under_way = cancel.clone();
        let sink = Arc::new(OnLog(move || when_under_way.cancel()));
        let end = host().run(&*module().await, Call { cancel, sink, ..call(job, payload) }).await;

        assert_eq!(end.result, Err(CallError::Cancelled), "{job}");
        assert!(end.usage.wall < Duration::from_secs(2), "{:?}", end.usage);
    }
}

#[tokio::test]
async fn a_call_that_was_cancelled_before_does_not_start() {
    let cancel = CancellationToken::new();
    cancel.cancel();
    let end = host().run(&*module().await, Call { cancel, ..call("echo", "1") }).await;

    assert_eq!(end.result, Err(CallError::Cancelled));
    assert_eq!(end.usage.cpu, Duration::ZERO);
    assert_eq!(CallError::Cancelled.job_error(), None);
}

#[tokio::test]
async fn instances_share_nothing() {
    let first = run("random", "null").await.result.unwrap();
    let second = run("random", "null").await.result.unwrap();
    assert_ne!(first, second);
}
