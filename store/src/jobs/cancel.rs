//! Cancelling a job: at once when nobody runs it, by asking its worker otherwise.

use faena_contract::{JobId, JobState};
use sqlx::{FromRow, PgConnection};
use uuid::Uuid;

use crate::error::{StoreError, retrying};
use crate::{Api, Caller, audit};

/// What a request to cancel came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cancel {
    /// It is CANCELLED.
    Cancelled,
    /// It runs; its worker has been asked to stop it.
    Requested,
    /// It had ended before.
    AlreadyEnded(JobState),
    /// The organization has no such job.
    NotFound,
}

#[derive(FromRow)]
struct Row {
    lease: Option<Uuid>,
}

/// Cancels a job of the caller's organization. The row lock decides against a claim of the same moment: either the
/// claim finds nothing, or this finds the lease and asks.
pub async fn cancel(api: &Api, caller: &Caller, job: JobId) -> Result<Cancel, StoreError> {
    retrying(|| cancel_once(api, caller, job)).await
}

async fn cancel_once(api: &Api, caller: &Caller, job: JobId) -> Result<Cancel, StoreError> {
    let mut tx = api.begin(caller).await?;
    let live: Option<Row> = sqlx::query_as("SELECT lease FROM job_live WHERE id = $1 FOR UPDATE")
        .bind(job.0)
        .fetch_optional(&mut *tx)
        .await
        .map_err(StoreError::from_sqlx("lock the job"))?;
    let answer = match live {
        None => return ended(&mut tx, job).await,
        Some(Row { lease: None }) => {
            end(&mut tx, job).await?;
            Cancel::Cancelled
        }
        Some(Row { lease: Some(_) }) => {
            ask(&mut tx, job).await?;
            Cancel::Requested
        }
    };
    let kind = if answer == Cancel::Cancelled { "cancelled" } else { "cancel_requested" };
    note(&mut tx, caller, job, kind).await?;
    let entry = audit::Entry {
        action: "job.cancel",
        subject_kind: "job",
        subject: &job.to_string(),
        details: serde_json::json!({ "answer": kind }),
    };
    audit::record(&mut tx, caller, entry).await?;
    tx.commit().await.map_err(StoreError::from_sqlx("commit"))?;
    Ok(answer)
}

async fn ended(tx: &mut PgConnection, job: JobId) -> Result<Cancel, StoreError> {
    let state: Option<i16> = sqlx::query_scalar("SELECT state FROM job_outcome WHERE id = $1")
        .bind(job.0)
        .fetch_optional(tx)
        .await
        .map_err(StoreError::from_sqlx("read the outcome"))?;
    Ok(state.and_then(JobState::from_number).map_or(Cancel::NotFound, Cancel::AlreadyEnded))
}

async fn end(tx: &mut PgConnection, job: JobId) -> Result<(), StoreError> {
    sqlx::query(
        "WITH gone AS (
             DELETE FROM job_live WHERE id = $1 AND lease IS NULL
             RETURNING id, organization_id, version_id, attempts, dispatch, progress, started_at)
         INSERT INTO job_outcome (id, organization_id, state, version_id, attempts, dispatch, progress, started_at)
         SELECT id, organization_id, $2, version_id, attempts, dispatch, progress, started_at FROM gone",
    )
    .bind(job.0)
    .bind(JobState::Cancelled as i16)
    .execute(tx)
    .await
    .map_err(StoreError::from_sqlx("cancel"))?;
    Ok(())
}

async fn ask(tx: &mut PgConnection, job: JobId) -> Result<(), StoreError> {
    sqlx::query("UPDATE job_live SET cancel_requested = true WHERE id = $1")
        .bind(job.0)
        .execute(tx)
        .await
        .map_err(StoreError::from_sqlx("ask to cancel"))?;
    Ok(())
}

/// Keeps what a person did to a job in the job's own history.
pub(super) async fn note(tx: &mut PgConnection, caller: &Caller, job: JobId, kind: &str) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO job_event (job_id, id, organization_id, kind, actor) VALUES ($1, $2, $3, $4, $5)")
        .bind(job.0)
        .bind(Uuid::now_v7())
        .bind(caller.organization.0)
        .bind(kind)
        .bind(&caller.actor)
        .execute(tx)
        .await
        .map_err(StoreError::from_sqlx("note an event"))?;
    Ok(())
}
