//! Admission: which jobs are sent to the queue next.

use std::time::Duration;

use chrono::{DateTime, Utc};
use faena_contract::{Envelope, JobId};
use sqlx::FromRow;
use uuid::Uuid;

use super::lease::interval;
use crate::Dispatcher;
use crate::error::StoreError;

/// What one round of admission did.
#[derive(Clone, Debug, Default)]
pub struct Admitted {
    /// The jobs to relay, in their order.
    pub envelopes: Vec<Envelope>,
    /// When the next job that is not due yet becomes due, if there is one.
    pub next_due: Option<DateTime<Utc>>,
    /// True when another orchestrator was at it.
    pub busy: bool,
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    dispatch: i32,
    sent_at_ms: i64,
    traceparent: Option<String>,
}

/// Marks the next due jobs, at most `limit`, as sent; the caller relays them after this returned. One orchestrator at
/// a time: a second one is told that the first is busy. A job that was sent longer ago than `grace`, before the oldest
/// envelope that is still in the queue, and was never claimed, goes out again.
pub async fn admit(
    dispatcher: &Dispatcher,
    limit: i64,
    grace: Duration,
    oldest_sent_at_ms: Option<i64>,
) -> Result<Admitted, StoreError> {
    let mut tx = dispatcher.0.begin().await.map_err(StoreError::from_sqlx("begin"))?;
    let mine: bool = sqlx::query_scalar("SELECT pg_try_advisory_xact_lock(7340013)")
        .fetch_one(&mut *tx)
        .await
        .map_err(StoreError::from_sqlx("lock admission"))?;
    if !mine {
        return Ok(Admitted { busy: true, ..Admitted::default() });
    }
    let rows: Vec<Row> = sqlx::query_as(include_str!("../sql/admit.sql"))
        .bind(limit)
        .bind(interval(grace))
        .bind(oldest_sent_at_ms)
        .fetch_all(&mut *tx)
        .await
        .map_err(StoreError::from_sqlx("admit"))?;
    let next_due: Option<DateTime<Utc>> = sqlx::query_scalar(include_str!("../sql/next_due.sql"))
        .fetch_one(&mut *tx)
        .await
        .map_err(StoreError::from_sqlx("next due"))?;
    tx.commit().await.map_err(StoreError::from_sqlx("commit"))?;
    Ok(Admitted { envelopes: rows.into_iter().map(envelope).collect(), next_due, busy: false })
}

fn envelope(row: Row) -> Envelope {
    Envelope { job: JobId(row.id), dispatch: row.dispatch, sent_at_ms: row.sent_at_ms, traceparent: row.traceparent }
}
