//! Taking jobs under a lease.

use std::time::Duration;

use faena_contract::{Envelope, JobId, LeaseId, ModuleId, OrganizationId, VersionId, WorkerId};
use sqlx::FromRow;
use uuid::Uuid;

use super::lease::interval;
use crate::Worker;
use crate::error::{StoreError, retrying};

/// A job that this worker holds now, with all that is needed to run it.
#[derive(Clone, Debug)]
pub struct ClaimedJob {
    /// The job.
    pub id: JobId,
    /// The fence for everything written about it.
    pub lease: LeaseId,
    /// Number of the send that led here.
    pub dispatch: i32,
    /// Its organization.
    pub organization: OrganizationId,
    /// Its module.
    pub module: ModuleId,
    /// The version that it is pinned to.
    pub version: VersionId,
    /// Name of the job in the module.
    pub job: String,
    /// JSON text.
    pub payload: String,
    /// Longest time of this attempt.
    pub timeout: Duration,
    /// Number of this attempt, from 1.
    pub attempt: i16,
    /// Attempts before it fails for good.
    pub max_attempts: i16,
    /// W3C trace context of the request that submitted it.
    pub traceparent: Option<String>,
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    dispatch: i32,
    organization_id: Uuid,
    module_id: Uuid,
    version_id: Uuid,
    job: String,
    payload: String,
    timeout_ms: i32,
    attempts: i16,
    max_attempts: i16,
    traceparent: Option<String>,
}

/// Claims what these envelopes still stand for, all under `lease`. An envelope that was overtaken yields nothing; a
/// job whose module is switched off is parked.
pub async fn claim(
    worker: &Worker,
    me: WorkerId,
    lease: LeaseId,
    ttl: Duration,
    envelopes: &[Envelope],
) -> Result<Vec<ClaimedJob>, StoreError> {
    let mut sorted: Vec<_> = envelopes.iter().map(|envelope| (envelope.job.0, envelope.dispatch)).collect();
    sorted.sort_unstable();
    sorted.dedup();
    let (ids, dispatches): (Vec<_>, Vec<_>) = sorted.into_iter().unzip();
    let rows: Vec<Row> = retrying(|| async {
        sqlx::query_as("SELECT * FROM claim($1, $2, $3, $4, $5)")
            .bind(me.0)
            .bind(lease.0)
            .bind(interval(ttl))
            .bind(&ids)
            .bind(&dispatches)
            .fetch_all(&worker.0)
            .await
            .map_err(StoreError::from_sqlx("claim"))
    })
    .await?;
    Ok(rows.into_iter().map(|row| claimed(row, lease)).collect())
}

fn claimed(row: Row, lease: LeaseId) -> ClaimedJob {
    ClaimedJob {
        id: JobId(row.id),
        lease,
        dispatch: row.dispatch,
        organization: OrganizationId(row.organization_id),
        module: ModuleId(row.module_id),
        version: VersionId(row.version_id),
        job: row.job,
        payload: row.payload,
        timeout: Duration::from_millis(row.timeout_ms.unsigned_abs().into()),
        attempt: row.attempts,
        max_attempts: row.max_attempts,
        traceparent: row.traceparent,
    }
}
