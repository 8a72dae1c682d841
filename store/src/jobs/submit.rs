//! Accepting jobs: one statement, one commit, one round trip.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use faena_contract::{JobId, ModuleId};
use serde_json::value::RawValue;
use sqlx::{FromRow, PgExecutor};
use uuid::Uuid;

use crate::error::{StoreError, retrying};
use crate::{Api, Caller};

/// One job to accept, already checked.
#[derive(Clone, Debug)]
pub struct SubmitJob {
    /// Its id, made by the caller.
    pub id: JobId,
    /// The module.
    pub module: ModuleId,
    /// Name of the job in the module.
    pub job: String,
    /// The payload, to the letter.
    pub payload: Arc<RawValue>,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// Higher runs first.
    pub priority: i16,
    /// Not before this time; a past one means now.
    pub run_at: DateTime<Utc>,
    /// Longest time of one attempt.
    pub timeout_ms: i32,
    /// Attempts before it fails for good.
    pub max_attempts: i16,
    /// Unique among the living jobs of the module.
    pub unique_key: Option<String>,
}

/// A key under which a repeated request gets the first answer.
#[derive(Clone, Debug)]
pub struct Idempotency {
    /// The caller's key.
    pub key: String,
    /// SHA-256 of the request, to notice another request under the same key.
    pub request_hash: [u8; 32],
}

/// One request: all of its jobs are accepted or none.
#[derive(Clone, Debug)]
pub struct Submission<'a> {
    /// Who asks.
    pub caller: &'a Caller,
    /// The key of the request.
    pub idempotency: Option<Idempotency>,
    /// W3C trace context of the request.
    pub traceparent: Option<String>,
    /// Whether due jobs count as sent at once, because nothing waits before them. The caller then relays them.
    pub send_now: bool,
    /// The jobs.
    pub jobs: &'a [SubmitJob],
}

/// The answer for one job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The job: the new one, or the living one with the same unique key.
    pub id: JobId,
    /// Whether it is new.
    pub created: bool,
    /// When it was sent, in milliseconds since the epoch, if it was. The dispatch number is then 1.
    pub sent_at_ms: Option<i64>,
}

#[derive(FromRow)]
struct Row {
    ordinal: i32,
    id: Option<Uuid>,
    created: bool,
    sent_at_ms: Option<i64>,
}

/// Accepts the jobs. The answers are in the order of the jobs.
pub async fn submit(api: &Api, submission: &Submission<'_>) -> Result<Vec<Accepted>, StoreError> {
    retrying(|| submit_in(&api.0, submission)).await
}

/// The same inside the transaction of another change.
pub(crate) async fn submit_in(
    executor: impl PgExecutor<'_>,
    submission: &Submission<'_>,
) -> Result<Vec<Accepted>, StoreError> {
    let Submission { caller, idempotency, traceparent, send_now, jobs } = submission;
    let tags = |job: &SubmitJob| (!job.tags.is_empty()).then(|| serde_json::json!(job.tags).to_string());
    let mut rows: Vec<Row> = sqlx::query_as(
        "SELECT ordinal, id, created, sent_at_ms
         FROM submit($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)",
    )
    .bind(caller.organization.0)
    .bind(caller.user.0)
    .bind(caller.token.map(|token| token.0))
    .bind(&caller.actor)
    .bind(&caller.ip)
    .bind(Uuid::now_v7())
    .bind(idempotency.as_ref().map(|idempotency| &idempotency.key))
    .bind(idempotency.as_ref().map(|idempotency| idempotency.request_hash.as_slice()))
    .bind(traceparent)
    .bind(send_now)
    .bind(jobs.iter().map(|job| job.id.0).collect::<Vec<_>>())
    .bind(jobs.iter().map(|job| job.module.0).collect::<Vec<_>>())
    .bind(jobs.iter().map(|job| job.job.as_str()).collect::<Vec<_>>())
    .bind(jobs.iter().map(|job| job.payload.get()).collect::<Vec<_>>())
    .bind(jobs.iter().map(tags).collect::<Vec<_>>())
    .bind(jobs.iter().map(|job| job.priority).collect::<Vec<_>>())
    .bind(jobs.iter().map(|job| job.run_at).collect::<Vec<_>>())
    .bind(jobs.iter().map(|job| job.timeout_ms).collect::<Vec<_>>())
    .bind(jobs.iter().map(|job| job.max_attempts).collect::<Vec<_>>())
    .bind(jobs.iter().map(|job| job.unique_key.as_deref()).collect::<Vec<_>>())
    .fetch_all(executor)
    .await
    .map_err(StoreError::from_sqlx("submit"))?;
    rows.sort_unstable_by_key(|row| row.ordinal);
    rows.into_iter().map(accepted).collect()
}

fn accepted(row: Row) -> Result<Accepted, StoreError> {
    let id = row.id.ok_or(StoreError::Corrupt { what: "submit.id", value: "NULL".to_owned() })?;
    Ok(Accepted { id: JobId(id), created: row.created, sent_at_ms: row.sent_at_ms })
}
