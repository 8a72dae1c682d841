//! Log lines and progress of a job.

use chrono::{DateTime, Utc};
use faena_contract::api::{LogLine, Progress};
use faena_contract::{JobId, LeaseId, LogLevel};
use sqlx::FromRow;

use crate::error::StoreError;
use crate::{Api, Caller, Worker};

/// A log line to keep.
#[derive(Clone, Debug)]
pub struct NewLogLine {
    /// The lease that the job runs under; without it the line is dropped.
    pub lease: LeaseId,
    /// The job.
    pub job: JobId,
    /// Number of the send that led to the attempt.
    pub dispatch: i32,
    /// Number of the line in the attempt.
    pub number: u32,
    /// When.
    pub at: DateTime<Utc>,
    /// How loud.
    pub level: LogLevel,
    /// The text.
    pub message: String,
}

/// A progress to keep.
#[derive(Clone, Debug)]
pub struct NewProgress {
    /// The lease that the job runs under.
    pub lease: LeaseId,
    /// The job.
    pub job: JobId,
    /// How far it is.
    pub progress: Progress,
}

/// Appends lines of jobs that this worker still holds.
pub async fn append_logs(worker: &Worker, lines: &[NewLogLine]) -> Result<(), StoreError> {
    sqlx::query("SELECT append_logs($1, $2, $3, $4, $5, $6)")
        .bind(lines.iter().map(|line| line.lease.0).collect::<Vec<_>>())
        .bind(lines.iter().map(|line| line.job.0).collect::<Vec<_>>())
        .bind(lines.iter().map(|line| (i64::from(line.dispatch) << 32) | i64::from(line.number)).collect::<Vec<_>>())
        .bind(lines.iter().map(|line| line.at).collect::<Vec<_>>())
        .bind(lines.iter().map(|line| line.level as i16).collect::<Vec<_>>())
        .bind(lines.iter().map(|line| line.message.as_str()).collect::<Vec<_>>())
        .execute(&worker.0)
        .await
        .map_err(StoreError::from_sqlx("append logs"))?;
    Ok(())
}

/// Keeps the last progress of jobs that this worker still holds; at most one entry a job.
pub async fn report_progress(worker: &Worker, reports: &[NewProgress]) -> Result<(), StoreError> {
    sqlx::query("SELECT report_progress($1, $2, $3)")
        .bind(reports.iter().map(|report| report.lease.0).collect::<Vec<_>>())
        .bind(reports.iter().map(|report| report.job.0).collect::<Vec<_>>())
        .bind(reports.iter().map(|report| serde_json::json!(report.progress).to_string()).collect::<Vec<_>>())
        .execute(&worker.0)
        .await
        .map_err(StoreError::from_sqlx("report progress"))?;
    Ok(())
}

#[derive(FromRow)]
struct Row {
    seq: i64,
    at: DateTime<Utc>,
    level: i16,
    message: String,
}

/// The lines of a job after `after`, oldest first.
pub async fn logs(api: &Api, caller: &Caller, job: JobId, after: i64, limit: i64) -> Result<Vec<LogLine>, StoreError> {
    let mut tx = api.begin(caller).await?;
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT seq, at, level, message FROM job_log WHERE job_id = $1 AND seq > $2 ORDER BY seq LIMIT $3",
    )
    .bind(job.0)
    .bind(after)
    .bind(limit)
    .fetch_all(&mut *tx)
    .await
    .map_err(StoreError::from_sqlx("read logs"))?;
    Ok(rows.into_iter().map(line).collect())
}

fn line(row: Row) -> LogLine {
    LogLine {
        seq: row.seq,
        at: row.at,
        level: LogLevel::from_number(row.level).unwrap_or(LogLevel::Info),
        message: row.message,
    }
}
