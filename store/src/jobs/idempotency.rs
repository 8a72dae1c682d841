//! Idempotency keys do not live for ever.

use crate::Dispatcher;
use crate::error::StoreError;

/// Forgets keys that are older than a day, at most `limit`; returns how many.
pub async fn forget_idempotency_keys(dispatcher: &Dispatcher, limit: i64) -> Result<u64, StoreError> {
    let forgotten = sqlx::query(
        "DELETE FROM idempotency_key k USING (
             SELECT organization_id, key FROM idempotency_key
             WHERE created_at < now() - interval '1 day' ORDER BY created_at LIMIT $1) old
         WHERE k.organization_id = old.organization_id AND k.key = old.key",
    )
    .bind(limit)
    .execute(&dispatcher.0)
    .await
    .map_err(StoreError::from_sqlx("forget idempotency keys"))?;
    Ok(forgotten.rows_affected())
}
