//! Recording how attempts ended.

use std::time::Duration;

use faena_contract::{JobError, JobId, JobState, LeaseId, Verdict, WorkerId};
use sqlx::FromRow;
use uuid::Uuid;

use super::lease::uuids;
use crate::Worker;
use crate::error::{StoreError, retrying};

/// An attempt that ended.
#[derive(Clone, Debug)]
pub struct Finished {
    /// The job.
    pub id: JobId,
    /// The lease that it ran under.
    pub lease: LeaseId,
    /// How it ended.
    pub verdict: Verdict,
    /// CPU time that it used.
    pub cpu: Duration,
    /// Most memory that it held, in bytes.
    pub memory_bytes: u64,
}

/// What became of a [`Finished`] that was recorded. One that is not in the answer was lost, or recorded before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// The job.
    pub id: JobId,
    /// True when the job has its outcome now, false when it will run again.
    pub ended: bool,
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    ended: bool,
}

/// The columns of one verdict.
struct Columns<'a> {
    state: Option<i16>,
    verdict: &'static str,
    delay_ms: i64,
    error: Option<&'a JobError>,
    result: Option<&'a str>,
}

/// Records the attempts in one commit and deletes the leases that have no job left. Safe to repeat when the answer of
/// a commit was lost: a job that no longer carries its lease is left alone.
pub async fn finish(
    worker: &Worker,
    me: WorkerId,
    ended_leases: &[LeaseId],
    finished: &[Finished],
) -> Result<Vec<Recorded>, StoreError> {
    let mut sorted: Vec<&Finished> = finished.iter().collect();
    sorted.sort_unstable_by_key(|finished| finished.id);
    let rows: Vec<Row> = retrying(|| finish_sorted(worker, me, ended_leases, &sorted)).await?;
    Ok(rows.into_iter().map(|row| Recorded { id: JobId(row.id), ended: row.ended }).collect())
}

async fn finish_sorted(
    worker: &Worker,
    me: WorkerId,
    ended_leases: &[LeaseId],
    sorted: &[&Finished],
) -> Result<Vec<Row>, StoreError> {
    let columns: Vec<Columns<'_>> = sorted.iter().map(|finished| columns(&finished.verdict)).collect();
    let details = |error: &JobError| (!error.details.is_null()).then(|| error.details.to_string());
    sqlx::query_as("SELECT id, ended FROM finish($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)")
        .bind(me.0)
        .bind(uuids(ended_leases))
        .bind(sorted.iter().map(|finished| finished.id.0).collect::<Vec<_>>())
        .bind(sorted.iter().map(|finished| finished.lease.0).collect::<Vec<_>>())
        .bind(columns.iter().map(|column| column.state).collect::<Vec<_>>())
        .bind(columns.iter().map(|column| column.verdict).collect::<Vec<_>>())
        .bind(columns.iter().map(|column| column.delay_ms).collect::<Vec<_>>())
        .bind(columns.iter().map(|column| column.error.map(|error| error.code.as_str())).collect::<Vec<_>>())
        .bind(columns.iter().map(|column| column.error.map(|error| error.message.as_str())).collect::<Vec<_>>())
        .bind(columns.iter().map(|column| column.error.and_then(details)).collect::<Vec<_>>())
        .bind(columns.iter().map(|column| column.result).collect::<Vec<_>>())
        .bind(sorted.iter().map(|finished| whole(finished.cpu.as_micros())).collect::<Vec<_>>())
        .bind(sorted.iter().map(|finished| whole(finished.memory_bytes.into())).collect::<Vec<_>>())
        .fetch_all(&worker.0)
        .await
        .map_err(StoreError::from_sqlx("finish"))
}

fn columns(verdict: &Verdict) -> Columns<'_> {
    let none = Columns { state: None, verdict: "", delay_ms: 0, error: None, result: None };
    match verdict {
        Verdict::Done(result) => {
            Columns { state: Some(JobState::Completed as i16), verdict: "done", result: Some(result), ..none }
        }
        Verdict::RetryAfter(delay, error) => {
            Columns { verdict: "retry", delay_ms: whole(delay.as_millis()), error: Some(error), ..none }
        }
        Verdict::Failed(error) => {
            Columns { state: Some(JobState::Failed as i16), verdict: "failed", error: Some(error), ..none }
        }
        Verdict::Cancelled => Columns { state: Some(JobState::Cancelled as i16), verdict: "cancelled", ..none },
        Verdict::HandedBack => Columns { verdict: "handed_back", ..none },
    }
}

fn whole(number: u128) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
