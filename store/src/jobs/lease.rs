//! Keeping leases alive.

use std::time::Duration;

use faena_contract::{JobId, LeaseId, WorkerId};
use sqlx::postgres::types::PgInterval;
use uuid::Uuid;

use crate::Worker;
use crate::error::StoreError;

/// Prolongs the leases that have not run out by `ttl` from now, by the database's clock. One that is not in the answer
/// is lost: nothing may be written under it any more.
pub async fn renew(
    worker: &Worker,
    me: WorkerId,
    ttl: Duration,
    leases: &[LeaseId],
) -> Result<Vec<LeaseId>, StoreError> {
    let renewed: Vec<Uuid> = sqlx::query_scalar("SELECT * FROM renew($1, $2, $3)")
        .bind(me.0)
        .bind(interval(ttl))
        .bind(uuids(leases))
        .fetch_all(&worker.0)
        .await
        .map_err(StoreError::from_sqlx("renew"))?;
    Ok(renewed.into_iter().map(LeaseId).collect())
}

/// The jobs under these leases that somebody asked to cancel.
pub async fn cancel_requests(worker: &Worker, me: WorkerId, leases: &[LeaseId]) -> Result<Vec<JobId>, StoreError> {
    let jobs: Vec<Uuid> = sqlx::query_scalar("SELECT * FROM cancel_requests($1, $2)")
        .bind(me.0)
        .bind(uuids(leases))
        .fetch_all(&worker.0)
        .await
        .map_err(StoreError::from_sqlx("read cancel requests"))?;
    Ok(jobs.into_iter().map(JobId).collect())
}

pub(super) fn uuids(leases: &[LeaseId]) -> Vec<Uuid> {
    leases.iter().map(|lease| lease.0).collect()
}

pub(super) fn interval(duration: Duration) -> PgInterval {
    PgInterval { months: 0, days: 0, microseconds: i64::try_from(duration.as_micros()).unwrap_or(i64::MAX) }
}
