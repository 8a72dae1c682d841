//! Running an ended job again, because a person asked.

use faena_contract::{JobId, JobState};

use super::cancel::note;
use crate::error::{StoreError, retrying};
use crate::{Api, Caller, audit};

/// What a request to run a job again came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// It is PENDING, with all of its attempts before it.
    Pending,
    /// Only FAILED and CANCELLED jobs run again; this one is in another state.
    NotEnded(JobState),
    /// A living job of the module has its unique key now.
    KeyTaken,
    /// The organization has no such job.
    NotFound,
}

/// Deletes the outcome and puts the job back, in one commit. The history of attempts stays; dispatch numbers go on, so
/// that an envelope of the former life claims nothing.
pub async fn retry(api: &Api, caller: &Caller, job: JobId) -> Result<Retry, StoreError> {
    retrying(|| retry_once(api, caller, job)).await
}

async fn retry_once(api: &Api, caller: &Caller, job: JobId) -> Result<Retry, StoreError> {
    let mut tx = api.begin(caller).await?;
    let state: Option<i16> = sqlx::query_scalar(
        "SELECT job_state(o.state, l.wait_reason, l.lease) FROM job j
         LEFT JOIN job_outcome o ON o.id = j.id LEFT JOIN job_live l ON l.id = j.id WHERE j.id = $1",
    )
    .bind(job.0)
    .fetch_optional(&mut *tx)
    .await
    .map_err(StoreError::from_sqlx("read the state"))?;
    let Some(state) = state.and_then(JobState::from_number) else { return Ok(Retry::NotFound) };
    if !matches!(state, JobState::Failed | JobState::Cancelled) {
        return Ok(Retry::NotEnded(state));
    }
    let revived = sqlx::query(
        "WITH ended AS (DELETE FROM job_outcome WHERE id = $1 AND state IN (5, 6) RETURNING id, dispatch)
         INSERT INTO job_live (id, organization_id, module_id, priority, run_at, max_attempts, dispatch, unique_key)
         SELECT j.id, j.organization_id, j.module_id, j.priority, clock_timestamp(), j.max_attempts, ended.dispatch + 1, j.unique_key
         FROM ended JOIN job j ON j.id = ended.id
         ON CONFLICT (organization_id, module_id, unique_key) WHERE unique_key IS NOT NULL DO NOTHING",
    )
    .bind(job.0)
    .execute(&mut *tx)
    .await
    .map_err(StoreError::from_sqlx("retry"))?;
    if revived.rows_affected() == 0 {
        return Ok(Retry::KeyTaken);
    }
    note(&mut tx, caller, job, "retried").await?;
    let entry = audit::Entry {
        action: "job.retry",
        subject_kind: "job",
        subject: &job.to_string(),
        details: serde_json::json!({ "from": state }),
    };
    audit::record(&mut tx, caller, entry).await?;
    tx.commit().await.map_err(StoreError::from_sqlx("commit"))?;
    Ok(Retry::Pending)
}
