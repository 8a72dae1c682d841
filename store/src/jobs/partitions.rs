//! Partitions of the months to come.

use crate::Dispatcher;
use crate::error::StoreError;

/// Makes the partitions of this month and the next `months`; returns how many were new.
pub async fn ensure_partitions(dispatcher: &Dispatcher, months: i32) -> Result<i32, StoreError> {
    sqlx::query_scalar("SELECT ensure_partitions($1)")
        .bind(months)
        .fetch_one(&dispatcher.0)
        .await
        .map_err(StoreError::from_sqlx("make partitions"))
}
