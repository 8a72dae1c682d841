//! How a job ends that has no result.

use std::fmt;
use std::time::Duration;

use crate::bindings;
use crate::bindings::faena::host::types;

/// How a job ends that has no result.
#[derive(Clone, Debug, PartialEq)]
pub enum JobError {
    /// The job failed for good.
    Fail(Failure),
    /// The attempt failed; another one is worth it, as long as the job has attempts left.
    Retry(Failure, Option<Duration>),
}

/// What went wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// Stable code for programs, in upper case, for example `PLAN_INVALID`.
    pub code: String,
    /// One sentence for people.
    pub message: String,
    /// More for programs; null if there is nothing more.
    pub details: serde_json::Value,
}

impl JobError {
    /// The job failed for good.
    pub fn fail(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Fail(Failure::new(code, message))
    }

    /// Try again when the job's retry policy says so.
    pub fn retry(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Retry(Failure::new(code, message), None)
    }

    /// Try again, but not before `delay`.
    pub fn retry_after(delay: Duration, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Retry(Failure::new(code, message), Some(delay))
    }

    /// The same error with details for programs.
    #[must_use]
    pub fn with_details(mut self, details: serde_json::Value) -> Self {
        let (Self::Fail(failure) | Self::Retry(failure, _)) = &mut self;
        failure.details = details;
        self
    }

    /// What went wrong.
    pub fn failure(&self) -> &Failure {
        let (Self::Fail(failure) | Self::Retry(failure, _)) = self;
        failure
    }
}

impl Failure {
    fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into(), details: serde_json::Value::Null }
    }

    fn details_text(&self) -> String {
        if self.details.is_null() { String::new() } else { self.details.to_string() }
    }
}

impl fmt::Display for JobError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let failure = self.failure();
        write!(f, "{}: {}", failure.code, failure.message)
    }
}

impl std::error::Error for JobError {}

impl From<JobError> for bindings::JobError {
    fn from(error: JobError) -> Self {
        match error {
            JobError::Fail(failure) => Self::Fail(types::Failure {
                details: failure.details_text(),
                code: failure.code,
                message: failure.message,
                ext: String::new(),
            }),
            JobError::Retry(failure, delay) => Self::Retry(types::Retry {
                details: failure.details_text(),
                code: failure.code,
                message: failure.message,
                after_ms: delay.map(|delay| i64::try_from(delay.as_millis()).unwrap_or(i64::MAX)),
                ext: String::new(),
            }),
        }
    }
}
