//! One job, whole.

use chrono::{DateTime, Utc};
use faena_contract::JobId;
use faena_contract::api::{Attempt, Job};
use sqlx::{AssertSqlSafe, FromRow};
use uuid::Uuid;

use super::row::{COLUMNS, JOINS, JobRow, error};
use crate::error::StoreError;
use crate::{Api, Caller};

/// A job of the caller's organization with payload and result. While it runs again, its error is that of the last
/// attempt.
pub async fn read(api: &Api, caller: &Caller, job: JobId) -> Result<Option<Job>, StoreError> {
    let mut tx = api.begin(caller).await?;
    let statement = format!(
        "SELECT {COLUMNS}, j.payload, o.result FROM job j
         LEFT JOIN job_live l ON l.id = j.id LEFT JOIN job_outcome o ON o.id = j.id {JOINS} WHERE j.id = $1"
    );
    let row: Option<JobRow> = sqlx::query_as(AssertSqlSafe(statement))
        .bind(job.0)
        .fetch_optional(&mut *tx)
        .await
        .map_err(StoreError::from_sqlx("read a job"))?;
    let Some(mut found) = row.map(JobRow::into_job).transpose()? else { return Ok(None) };
    if !found.status.is_final() && found.attempts > 0 {
        let last = attempts_in(&mut tx, job).await?;
        found.error = last.into_iter().next_back().and_then(|attempt| attempt.error);
    }
    Ok(Some(found))
}

#[derive(FromRow)]
struct Row {
    dispatch: i32,
    verdict: String,
    error_code: Option<String>,
    error_message: Option<String>,
    error_details: Option<String>,
    worker: Uuid,
    started_at: DateTime<Utc>,
    finished_at: DateTime<Utc>,
    cpu_us: i64,
    memory_bytes: i64,
}

/// The attempts of a job, oldest first.
pub async fn attempts(api: &Api, caller: &Caller, job: JobId) -> Result<Vec<Attempt>, StoreError> {
    let mut tx = api.begin(caller).await?;
    attempts_in(&mut tx, job).await
}

async fn attempts_in(tx: &mut sqlx::PgConnection, job: JobId) -> Result<Vec<Attempt>, StoreError> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT dispatch, verdict, error_code, error_message, error_details, worker, started_at, finished_at, cpu_us, memory_bytes
         FROM job_attempt WHERE job_id = $1 ORDER BY dispatch",
    )
    .bind(job.0)
    .fetch_all(tx)
    .await
    .map_err(StoreError::from_sqlx("read attempts"))?;
    Ok(rows.into_iter().map(attempt).collect())
}

#[expect(clippy::cast_precision_loss, reason = "microseconds of CPU time stay far below 2^52")]
fn attempt(row: Row) -> Attempt {
    Attempt {
        dispatch: row.dispatch,
        verdict: row.verdict,
        error: error(row.error_code, row.error_message, row.error_details),
        worker: row.worker,
        started_at: row.started_at,
        finished_at: row.finished_at,
        cpu_ms: row.cpu_us as f64 / 1000.0,
        memory_bytes: row.memory_bytes,
    }
}
