//! How an attempt ends (a [`Verdict`], a value in the worker) and what a person reads when it was not well.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::ErrorCode;

/// How one attempt ended. Decided once, in the worker's `classify`, and then recorded.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// The module returned a result, as JSON text.
    Done(String),
    /// The attempt failed and another one is worth it after this delay.
    RetryAfter(Duration, JobError),
    /// The attempt failed for good.
    Failed(JobError),
    /// Somebody asked to cancel the job while it ran.
    Cancelled,
    /// The worker could not run the job at all and hands it back uncounted (it is stopping, for instance).
    HandedBack,
}

/// The error of a job as the API shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct JobError {
    /// A code of the platform (`FAE-0502`) or one of the module's own (`PLAN_INVALID`).
    pub code: String,
    /// What happened, in a sentence.
    pub message: String,
    /// More, for programs: paths, limits, the module's backtrace.
    #[serde(default, skip_serializing_if = "serde_json::Value::is_null")]
    #[schema(value_type = Object)]
    pub details: serde_json::Value,
}

impl JobError {
    /// An error of the platform.
    pub fn platform(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code: code.as_str().to_owned(), message: message.into(), details: serde_json::Value::Null }
    }

    /// The same error with details for programs.
    #[must_use]
    pub fn with_details(mut self, details: serde_json::Value) -> Self {
        self.details = details;
        self
    }
}

/// How loud a log line of a module is. Stored as the number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[repr(i16)]
pub enum LogLevel {
    /// For the module's author.
    Debug = 1,
    /// For the operator.
    Info = 2,
    /// Something to look at.
    Warn = 3,
    /// Something failed.
    Error = 4,
}

impl LogLevel {
    /// Every level, quietest first.
    pub const ALL: [Self; 4] = [Self::Debug, Self::Info, Self::Warn, Self::Error];

    /// The name used in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }

    /// The level stored as `number`.
    pub fn from_number(number: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|level| *level as i16 == number)
    }
}
