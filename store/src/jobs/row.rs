//! A job as it is read for people.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use faena_contract::api::Job;
use faena_contract::{JobError, JobState, WaitReason};
use serde_json::value::RawValue;
use sqlx::FromRow;
use uuid::Uuid;

use crate::error::StoreError;

/// Columns of [`JobRow`] without payload and result, and the joins that they come from. `j` is the job, `l` its live
/// row, `o` its outcome.
pub(super) const COLUMNS: &str = "j.id, m.name AS module, v.version, j.job, job_state(o.state, l.wait_reason, l.lease) AS state,
    l.wait_reason, COALESCE(o.attempts, l.attempts) AS attempts, j.max_attempts, j.priority, j.tags, j.unique_key, j.timeout_ms,
    COALESCE(o.progress, l.progress) AS progress, o.error_code, o.error_message, o.error_details,
    COALESCE(l.cancel_requested, false) AS cancel_requested, j.created_at,
    CASE WHEN l.run_at < 'infinity' THEN l.run_at END AS run_at, COALESCE(o.started_at, l.started_at) AS started_at,
    o.finished_at, j.traceparent";

/// What follows the driving tables in FROM.
pub(super) const JOINS: &str = " JOIN module m ON m.id = j.module_id
    LEFT JOIN module_version v ON v.id = COALESCE(o.version_id, l.version_id)";

#[derive(FromRow)]
pub(super) struct JobRow {
    id: Uuid,
    module: String,
    version: Option<String>,
    job: String,
    state: i16,
    wait_reason: Option<i16>,
    attempts: Option<i16>,
    max_attempts: i16,
    priority: i16,
    tags: Option<String>,
    unique_key: Option<String>,
    timeout_ms: i32,
    progress: Option<String>,
    error_code: Option<String>,
    error_message: Option<String>,
    error_details: Option<String>,
    cancel_requested: bool,
    created_at: DateTime<Utc>,
    run_at: Option<DateTime<Utc>>,
    started_at: Option<DateTime<Utc>>,
    finished_at: Option<DateTime<Utc>>,
    traceparent: Option<String>,
    #[sqlx(default)]
    payload: Option<String>,
    #[sqlx(default)]
    result: Option<String>,
}

impl JobRow {
    pub(super) fn into_job(self) -> Result<Job, StoreError> {
        let status = JobState::from_number(self.state)
            .ok_or_else(|| StoreError::Corrupt { what: "job state", value: self.state.to_string() })?;
        Ok(Job {
            id: self.id,
            module: self.module,
            version: self.version,
            job: self.job,
            status,
            waiting: self.wait_reason.and_then(WaitReason::from_number),
            attempts: self.attempts.unwrap_or(0),
            max_attempts: self.max_attempts,
            priority: self.priority,
            tags: self.tags.and_then(|tags| serde_json::from_str(&tags).ok()).unwrap_or_default(),
            unique_key: self.unique_key,
            timeout_s: f64::from(self.timeout_ms) / 1000.0,
            progress: self.progress.and_then(|progress| serde_json::from_str(&progress).ok()),
            payload: self.payload.map(|text| raw("job.payload", text)).transpose()?,
            result: self.result.map(|text| raw("job_outcome.result", text)).transpose()?,
            error: error(self.error_code, self.error_message, self.error_details),
            cancel_requested: self.cancel_requested && !status.is_final(),
            created_at: self.created_at,
            run_at: self.run_at.filter(|_| status == JobState::Pending),
            started_at: self.started_at,
            finished_at: self.finished_at,
            trace_id: self.traceparent.and_then(|text| text.split('-').nth(1).map(str::to_owned)),
        })
    }
}

fn raw(what: &'static str, text: String) -> Result<Arc<RawValue>, StoreError> {
    RawValue::from_string(text).map(Into::into).map_err(|error| StoreError::Corrupt { what, value: error.to_string() })
}

/// The error in three columns, if there is one.
pub(super) fn error(code: Option<String>, message: Option<String>, details: Option<String>) -> Option<JobError> {
    Some(JobError {
        code: code?,
        message: message.unwrap_or_default(),
        details: details.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default(),
    })
}
