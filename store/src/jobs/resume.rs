//! Putting parked jobs back.

use crate::Dispatcher;
use crate::error::{StoreError, retrying};

/// Puts back up to `limit` jobs that were parked for a module or activation that is on again; returns how many.
pub async fn resume(dispatcher: &Dispatcher, limit: i64) -> Result<i64, StoreError> {
    retrying(|| async {
        sqlx::query_scalar(include_str!("../sql/resume.sql"))
            .bind(limit)
            .fetch_one(&dispatcher.0)
            .await
            .map_err(StoreError::from_sqlx("resume"))
    })
    .await
}
