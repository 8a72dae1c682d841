//! Jobs that use the host as it is meant.

use std::time::Duration;

use faena_sdk::{Context, JobError};
use serde::Deserialize;
use serde_json::{Value, json};

/// A length of time.
#[derive(Deserialize)]
pub(crate) struct Time {
    pub(crate) ms: u64,
}

/// A line for the log.
#[derive(Deserialize)]
pub(crate) struct Line {
    message: String,
}

pub(crate) fn noop(_: &Context, _: &str) -> Result<String, JobError> {
    Ok("null".to_owned())
}

pub(crate) fn echo(_: &Context, payload: &str) -> Result<String, JobError> {
    Ok(payload.to_owned())
}

pub(crate) fn sleep(_: &Context, time: Time) -> Result<Value, JobError> {
    faena_sdk::info!("sleeping");
    faena_sdk::clock::sleep(Duration::from_millis(time.ms));
    Ok(json!({ "slept_ms": time.ms }))
}

pub(crate) fn progress(context: &Context, _: &str) -> Result<String, JobError> {
    for done in 1..=3 {
        faena_sdk::progress::report(done, 3, &format!("part {done}"));
    }
    Ok(json!({ "attempt": context.attempt, "job_id": context.job_id, "organization_id": context.organization_id })
        .to_string())
}

pub(crate) fn random(_: &Context, _: &str) -> Result<String, JobError> {
    let bytes = faena_sdk::random::bytes(70_000);
    let small: Vec<u32> = (0..100).map(|_| faena_sdk::random::uint(10)).collect();
    Ok(json!({ "bytes": bytes.len(), "first": bytes.iter().take(16).collect::<Vec<_>>(), "small": small }).to_string())
}

pub(crate) fn clock(_: &Context, _: &str) -> Result<String, JobError> {
    let start = faena_sdk::clock::monotonic();
    faena_sdk::clock::sleep(Duration::from_millis(20));
    let slept = faena_sdk::clock::monotonic() - start;
    Ok(json!({ "now_ms": faena_sdk::clock::now().as_millis() as u64, "slept_us": slept.as_micros() as u64 })
        .to_string())
}

pub(crate) fn log(_: &Context, line: Line) -> Result<(), JobError> {
    faena_sdk::debug!("{}", line.message);
    faena_sdk::info!("{}", line.message);
    faena_sdk::warn!("{}", line.message);
    faena_sdk::error!("{}", line.message);
    Ok(())
}
