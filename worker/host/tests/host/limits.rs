//! Each limit, and what a person reads when a job goes beyond it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use faena_contract::LogLevel;
use faena_host::{Call, CallError, Limits};

use crate::probe::{Recorder, call, error_text, host, module, run, run_with};

#[tokio::test]
async fn memory() {
    let end = run_with("eat_memory", "null", Limits { memory_bytes: 16 << 20, ..Limits::default() }).await;

    assert!((8 << 20..=16 << 20).contains(&end.usage.peak_memory_bytes), "{:?}", end.usage);
    assert_eq!(error_text(end), "FAE-0504: the module wanted more than its memory limit of 16 MiB");
    // Not even enough to start with.
    let end = run_with("noop", "null", Limits { memory_bytes: 65_536, ..Limits::default() }).await;
    assert_eq!(error_text(end), "FAE-0504: the module wanted more than its memory limit of 65536 bytes");
}

#[tokio::test]
async fn the_most_memory_that_a_manifest_may_ask_for() {
    let largest = Limits { memory_bytes: faena_contract::limits::MEMORY_BYTES, ..Limits::default() };
    let end = run_with("eat_memory", "null", largest).await;
    assert!(end.usage.peak_memory_bytes > 384 << 20, "{:?}", end.usage);
    assert_eq!(error_text(end), "FAE-0504: the module wanted more than its memory limit of 512 MiB");
}

#[tokio::test]
async fn time_on_the_wall_counts_waiting() {
    let limits = Limits { wall: Duration::from_millis(50), ..Limits::default() };
    let end = run_with("sleep", r#"{"ms":60000}"#, limits.clone()).await;
    assert!(end.usage.cpu < Duration::from_millis(40), "{:?}", end.usage);
    assert_eq!(error_text(end), "FAE-0502: the attempt took longer than its time-out of 50 ms");

    let end = run_with("spin", "null", limits).await;
    assert_eq!(end.result, Err(CallError::TimedOut(Duration::from_millis(50))));
}

#[tokio::test]
async fn cpu_time_does_not_count_waiting() {
    let limits = Limits { cpu: Duration::from_millis(100), ..Limits::default() };
    assert!(run_with("sleep", r#"{"ms":150}"#, limits.clone()).await.result.is_ok());

    let end = run_with("spin", "null", limits.clone()).await;
    assert!((100..1000).contains(&end.usage.cpu.as_millis()), "{:?}", end.usage);
    assert_eq!(error_text(end), "FAE-0503: the attempt used more than 100 ms of CPU time");
    assert!(run_with("burn", r#"{"ms":20}"#, limits).await.result.is_ok());
}

#[tokio::test]
async fn stack() {
    let error = run("recurse", "null").await.result.unwrap_err();
    let CallError::StackExceeded { backtrace } = &error else { panic!("{error:?}") };
    assert!(backtrace.iter().any(|name| name.ends_with("hostile::deeper")), "{backtrace:?}");
    assert_eq!(error.job_error().unwrap().code, "FAE-0510");
}

#[tokio::test]
async fn output() {
    let end = run_with("echo", "[1,2,3]", Limits { output_bytes: 4, ..Limits::default() }).await;
    assert_eq!(error_text(end), "FAE-0506: the module returned 7 bytes, the limit is 4");
    // So much that the host does not even copy it.
    let roomy = Limits { memory_bytes: 256 << 20, ..Limits::default() };
    let end = run_with("flood_output", r#"{"bytes":20000000}"#, roomy).await;
    assert_eq!(error_text(end), "FAE-0506: the module handed over far more than its limit of 1048576 bytes");
}

#[tokio::test]
async fn log_lines() {
    let recorder = Arc::new(Recorder::default());
    let limits = Limits { log_lines: 100, ..Limits::default() };
    let end = host().run(&*module().await, Call { limits, sink: recorder.clone(), ..call("flood_logs", "null") }).await;

    assert_eq!(end.result.unwrap(), "null");
    let lines = recorder.lines.lock().unwrap();
    assert_eq!(lines.len(), 101);
    assert!(lines[0].message.ends_with("é… (31808 bytes cut)"), "{}", lines[0].message);
    assert_eq!(lines[99].message, "line 98");
    assert_eq!(lines[100].message, "19901 more lines were dropped: the log of the attempt is full");
    assert_eq!(lines[100].level, LogLevel::Warn);
}

#[tokio::test]
async fn log_bytes() {
    let recorder = Arc::new(Recorder::default());
    let limits = Limits { log_bytes: 9_000, ..Limits::default() };
    host().run(&*module().await, Call { limits, sink: recorder.clone(), ..call("flood_logs", "null") }).await;

    let lines = recorder.lines.lock().unwrap();
    let bytes: usize = lines[..lines.len() - 1].iter().map(|line| line.message.len()).sum();
    assert!((8_900..=9_000).contains(&bytes), "{bytes}");
}

#[tokio::test]
async fn a_limit_is_over_soon() {
    let start = Instant::now();
    run_with("spin", "null", Limits { wall: Duration::from_millis(100), ..Limits::default() }).await;
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
}
