//! Jobs: submitting them, and what became of them.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{JobError, JobState, LogLevel, WaitReason};

/// `POST /jobs`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewJob {
    /// Name of the module.
    pub module: String,
    /// Name of the job in the module.
    pub job: String,
    /// What the job works on, `{}` when absent; checked against the job's schema.
    #[serde(default = "empty_object")]
    #[schema(value_type = Object)]
    pub payload: Arc<RawValue>,
    /// Not before this time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_at: Option<DateTime<Utc>>,
    /// Longest time of one attempt, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_s: Option<f64>,
    /// Attempts before it fails for good, 1 to 50.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_attempts: Option<i16>,
    /// -100 to 100; higher runs first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<i16>,
    /// Up to 16 words to find the job by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// While a job with this key is alive, submitting it again returns that job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unique_key: Option<String>,
}

fn empty_object() -> Arc<RawValue> {
    RawValue::from_string("{}".to_owned()).unwrap_or_else(|_| unreachable!("`{{}}` is JSON")).into()
}

/// `POST /jobs/batch`.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewBatch {
    /// 1 to 10,000 jobs; all are accepted or none.
    pub jobs: Vec<NewJob>,
}

/// The answer to `POST /jobs/batch`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AcceptedBatch {
    /// One item a job, in the order of the request.
    pub jobs: Vec<AcceptedJob>,
}

/// One accepted job of a batch.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AcceptedJob {
    /// Its id.
    pub id: Uuid,
    /// False when a living job with the same `unique_key` was found instead.
    pub created: bool,
}

/// A job.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Job {
    /// Id.
    pub id: Uuid,
    /// Name of the module.
    pub module: String,
    /// Version that runs or ran it; absent until it first starts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Name of the job in the module.
    pub job: String,
    /// Where it is in its life.
    #[schema(value_type = String)]
    pub status: JobState,
    /// What it waits for while WAITING.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub waiting: Option<WaitReason>,
    /// Attempts so far.
    pub attempts: i16,
    /// Attempts before it fails for good.
    pub max_attempts: i16,
    /// Higher runs first.
    pub priority: i16,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// The key that makes it unique while it lives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unique_key: Option<String>,
    /// Longest time of one attempt, in seconds.
    pub timeout_s: f64,
    /// How far it says it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress: Option<Progress>,
    /// What it works on; left out of lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub payload: Option<Arc<RawValue>>,
    /// What it returned; left out of lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub result: Option<Arc<RawValue>>,
    /// Why it failed, or why the last attempt did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<JobErrorView>,
    /// True when somebody asked to cancel it and it has not ended yet.
    pub cancel_requested: bool,
    /// When it was accepted.
    pub created_at: DateTime<Utc>,
    /// Not before this time; when it is pending.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_at: Option<DateTime<Utc>>,
    /// When its last attempt started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<DateTime<Utc>>,
    /// W3C trace id of the request that submitted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<String>,
}

/// How far a job says it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Progress {
    /// Steps done.
    pub done: u32,
    /// Steps in all, 0 when not known.
    pub total: u32,
    /// What it is doing.
    pub message: String,
}

/// A job's error.
pub type JobErrorView = JobError;

/// One attempt of a job.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Attempt {
    /// Number of the send that led to it.
    pub dispatch: i32,
    /// How it ended: done, retry, failed, cancelled, worker_lost or handed_back.
    pub verdict: String,
    /// Its error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<JobErrorView>,
    /// The worker that ran it.
    pub worker: Uuid,
    /// When it started.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub finished_at: DateTime<Utc>,
    /// CPU time that it used, in milliseconds.
    pub cpu_ms: f64,
    /// Most memory that it held, in bytes.
    pub memory_bytes: i64,
}

/// One log line of a job.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct LogLine {
    /// Rises over all attempts of the job; the cursor of the list.
    pub seq: i64,
    /// When it was written.
    pub at: DateTime<Utc>,
    /// debug, info, warn or error.
    #[schema(value_type = String)]
    pub level: LogLevel,
    /// The text.
    pub message: String,
}
