//! The reaper: what happens to jobs whose worker is gone.

use faena_contract::{ErrorCode, JobId};
use sqlx::FromRow;
use uuid::Uuid;

use crate::Dispatcher;
use crate::error::{StoreError, retrying};

/// What one round of the reaper did.
#[derive(Clone, Debug, Default)]
pub struct Reaped {
    /// Leases that had run out.
    pub leases: i64,
    /// Jobs that will run again.
    pub released: i64,
    /// Jobs that ended: no attempt was left, or somebody had asked to cancel.
    pub ended: Vec<JobId>,
}

#[derive(FromRow)]
struct Row {
    leases: i64,
    released: i64,
    ended: Option<Vec<Uuid>>,
}

/// Ends up to `limit` leases that ran out by the database's clock and releases their jobs.
pub async fn reap(dispatcher: &Dispatcher, limit: i64) -> Result<Reaped, StoreError> {
    let row: Row = retrying(|| async {
        sqlx::query_as(include_str!("../sql/reap.sql"))
            .bind(limit)
            .bind(ErrorCode::WorkerLost.as_str())
            .bind("The worker that ran the job stopped answering.")
            .fetch_one(&dispatcher.0)
            .await
            .map_err(StoreError::from_sqlx("reap"))
    })
    .await?;
    let ended = row.ended.unwrap_or_default().into_iter().map(JobId).collect();
    Ok(Reaped { leases: row.leases, released: row.released, ended })
}
