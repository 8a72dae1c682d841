//! How a job ends, and what its readers see of it.

use std::sync::Arc;
use std::time::Duration;

use faena_contract::LogLevel;
use faena_host::{Call, CallError, Progress};
use serde_json::{Value, json};

use crate::probe::{self, OnLog, Recorder, call, error_text, host, module, run};

#[tokio::test]
async fn a_result_comes_back_with_what_it_cost() {
    let end = run("echo", r#"{"ñ": [1, 2.50]}"#).await;

    assert_eq!(end.result.unwrap(), r#"{"ñ": [1, 2.50]}"#);
    assert!(end.usage.cpu > Duration::ZERO && end.usage.peak_memory_bytes > 0, "{:?}", end.usage);
    assert_eq!(run("noop", "null").await.result.unwrap(), "null");
}

#[tokio::test]
async fn a_failure_keeps_the_words_of_the_module() {
    let payload = r#"{"code":"PLAN_INVALID","message":"no \u0000 \u001b[31m plan","details":{"at":"/plan\u0000"}}"#;
    let error = run("fail", payload).await.result.unwrap_err().job_error().unwrap();

    assert_eq!(error.code, "PLAN_INVALID");
    assert_eq!(error.message, "no \\u{0} \\u{1b}[31m plan");
    assert_eq!(error.details, json!({ "at": "/plan\u{fffd}" }));
}

#[tokio::test]
async fn a_module_cannot_give_a_code_of_the_platform() {
    let end = run("fail", r#"{"code":"FAE-0601","message":"the database is gone"}"#).await;
    assert_eq!(error_text(end), "MODULE_ERROR: the database is gone");
}

#[tokio::test]
async fn a_retry_may_name_its_delay() {
    let delay = |end: faena_host::CallEnd| match end.result {
        Err(CallError::Retry(error, delay)) => (error.code, delay),
        other => panic!("{other:?}"),
    };
    assert_eq!(
        delay(run("retry", r#"{"after_ms":1500}"#).await),
        ("TRY_AGAIN".to_owned(), Some(Duration::from_millis(1500)))
    );
    assert_eq!(delay(run("retry", "{}").await), ("TRY_AGAIN".to_owned(), None));
}

#[tokio::test]
async fn a_job_knows_its_attempt() {
    let payload = r#"{"succeed_at_attempt":3}"#;
    assert_eq!(error_text(run("flaky", payload).await), "NOT_YET: attempt 1 of 3");

    let third = Call { context: probe::context(3), ..call("flaky", payload) };
    assert_eq!(host().run(&*module().await, third).await.result.unwrap(), r#"{"attempt":3}"#);
}

#[tokio::test]
async fn a_panic_reads_as_a_panic() {
    let recorder = Arc::new(Recorder::default());
    let panicking = Call { sink: recorder.clone(), ..call("panic", r#"{"message":"no such plan"}"#) };
    let end = host().run(&*module().await, panicking).await;

    let text = error_text(end);
    assert!(text.starts_with("FAE-0501: panicked at tests/modules/probe/src/endings.rs:"), "{text}");
    assert!(text.ends_with(": no such plan"), "{text}");
    let lines = recorder.lines.lock().unwrap();
    assert_eq!((lines.len(), lines[0].level), (1, LogLevel::Error));
    assert!(lines[0].message.starts_with("panicked at "), "{}", lines[0].message);
}

#[tokio::test]
async fn an_index_out_of_bounds_names_the_place_and_the_functions() {
    let error = run("index", "null").await.result.unwrap_err();
    let CallError::Trapped { message, backtrace } = &error else { panic!("{error:?}") };

    assert!(message.starts_with("panicked at tests/modules/probe/src/endings.rs:"), "{message}");
    assert!(message.ends_with(": index out of bounds: the len is 3 but the index is 11"), "{message}");
    assert_eq!(backtrace[0], "probe::endings::index", "{backtrace:?}");
    assert_eq!(backtrace.last().unwrap(), "run");
    assert!(error.job_error().unwrap().details["backtrace"].is_array());
}

#[tokio::test]
async fn what_is_not_json_is_no_result() {
    let text = error_text(run("garbage", "null").await);
    assert!(text.starts_with("FAE-0505: the module returned something that is not JSON: "), "{text}");
}

#[tokio::test]
async fn a_job_that_does_not_exist_is_said_so() {
    let text = error_text(run("ecco", "null").await);
    assert!(text.starts_with("JOB_UNKNOWN: there is no job `ecco`; there is noop, echo, "), "{text}");
}

#[tokio::test]
async fn progress_and_context_arrive() {
    let recorder = Arc::new(Recorder::default());
    let end = host().run(&*module().await, Call { sink: recorder.clone(), ..call("progress", "null") }).await;

    let said: Value = serde_json::from_str(&end.result.unwrap()).unwrap();
    assert_eq!(said, json!({ "attempt": 1, "job_id": "job-1", "organization_id": "organization-1" }));
    let last = Progress { done: 3, total: 3, message: "part 3".to_owned() };
    assert_eq!(recorder.progress.lock().unwrap().last(), Some(&last));
}

#[tokio::test]
async fn a_log_line_keeps_its_text_but_no_nul() {
    let recorder = Arc::new(Recorder::default());
    let logging = Call { sink: recorder.clone(), ..call("log", r#"{"message":"a\u0000b\u001b\n"}"#) };
    host().run(&*module().await, logging).await.result.unwrap();

    let lines = recorder.lines.lock().unwrap();
    assert_eq!(lines.iter().map(|line| line.level).collect::<Vec<_>>(), LogLevel::ALL);
    assert!(lines.iter().all(|line| line.message == "a\u{fffd}b\u{1b}\n"), "{lines:?}");
}

#[tokio::test]
async fn clock_and_random_work() {
    let clock: Value = serde_json::from_str(&run("clock", "null").await.result.unwrap()).unwrap();
    let now = chrono::Utc::now().timestamp_millis();
    assert!((now - 60_000..=now).contains(&clock["now_ms"].as_i64().unwrap()), "{clock}");
    assert!(clock["slept_us"].as_u64().unwrap() >= 20_000, "{clock}");

    let random: Value = serde_json::from_str(&run("random", "null").await.result.unwrap()).unwrap();
    assert_eq!(random["bytes"], 70_000);
    let small: Vec<_> = random["small"].as_array().unwrap().iter().map(|number| number.as_u64().unwrap()).collect();
    assert!(small.iter().all(|number| *number < 10) && small.iter().any(|number| *number != small[0]), "{small:?}");
}

#[tokio::test]
async fn a_host_function_that_panics_fails_its_job_only() {
    let panicking = Call { sink: Arc::new(OnLog(|| panic!("a bug of the sink"))), ..call("log", r#"{"message":""}"#) };
    let end = host().run(&*module().await, panicking).await;

    assert_eq!(error_text(end), "FAE-0509: a function of the host panicked");
    assert_eq!(run("echo", "1").await.result.unwrap(), "1");
}
