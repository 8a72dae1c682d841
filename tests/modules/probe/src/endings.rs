//! Jobs that end in a certain way.

use std::time::Duration;

use faena_sdk::{Context, JobError};
use serde::Deserialize;
use serde_json::{Value, json};

/// The error to end with.
#[derive(Deserialize)]
pub(crate) struct Error {
    code: String,
    message: String,
    #[serde(default)]
    details: Value,
}

/// When to try again.
#[derive(Deserialize)]
pub(crate) struct Delay {
    after_ms: Option<u64>,
}

/// When to stop failing.
#[derive(Deserialize)]
pub(crate) struct Patience {
    succeed_at_attempt: u32,
}

/// What to say.
#[derive(Deserialize)]
pub(crate) struct Message {
    message: String,
}

pub(crate) fn fail(_: &Context, error: Error) -> Result<(), JobError> {
    Err(JobError::fail(error.code, error.message).with_details(error.details))
}

pub(crate) fn retry(_: &Context, delay: Delay) -> Result<(), JobError> {
    let (code, message) = ("TRY_AGAIN", "not now");
    Err(match delay.after_ms {
        Some(ms) => JobError::retry_after(Duration::from_millis(ms), code, message),
        None => JobError::retry(code, message),
    })
}

pub(crate) fn flaky(context: &Context, patience: Patience) -> Result<Value, JobError> {
    if context.attempt < patience.succeed_at_attempt {
        let message = format!("attempt {} of {}", context.attempt, patience.succeed_at_attempt);
        return Err(JobError::retry("NOT_YET", message));
    }
    Ok(json!({ "attempt": context.attempt }))
}

#[expect(clippy::panic, reason = "what the job is for")]
pub(crate) fn panic(_: &Context, message: Message) -> Result<(), JobError> {
    panic!("{}", message.message)
}

#[expect(clippy::indexing_slicing, reason = "what the job is for")]
pub(crate) fn index(_: &Context, payload: &str) -> Result<String, JobError> {
    let numbers = [1, 2, 3];
    Ok(numbers[payload.len() + 7].to_string())
}

/// Returns text that is no JSON.
pub(crate) fn garbage(_: &Context, _: &str) -> Result<String, JobError> {
    Ok("<html>".to_owned())
}
