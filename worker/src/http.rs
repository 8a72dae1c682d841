//! How the worker is: `/health/live`, `/health/ready`, `/metrics`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use faena_contract::api::Health;
use faena_queue::Link;
use faena_store::Worker;
use faena_telemetry::Metrics;
use metrics::gauge;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tracing::error;

use crate::claimer::float;
use crate::metric;

const DATABASE_ANSWERS_WITHIN: Duration = Duration::from_secs(2);
/// The consumer asks Redis something at least every second.
const REDIS_ANSWERED_WITHIN: Duration = Duration::from_secs(3);

/// What the answers are made from.
pub(crate) struct Status {
    pub(crate) store: Worker,
    pub(crate) link: Link,
    pub(crate) slots: Arc<Semaphore>,
    pub(crate) metrics: Metrics,
    pub(crate) stopping: CancellationToken,
}

/// Serves until it is dropped.
pub(crate) async fn serve(listener: TcpListener, status: Status) {
    if let Err(error) = axum::serve(listener, router(status)).await {
        error!(%error, "health and metrics are no longer served: {error}");
    }
}

fn router(status: Status) -> Router {
    Router::new()
        .route("/health/live", get(live))
        .route("/health/ready", get(ready))
        .route("/metrics", get(metrics))
        .with_state(Arc::new(status))
}

async fn live() -> Json<Health> {
    Json(Health { status: "ready".to_owned(), checks: BTreeMap::new() })
}

async fn ready(State(status): State<Arc<Status>>) -> Response {
    let checks = [
        ("database", status.database().await),
        ("redis", status.redis()),
        ("worker", if status.stopping.is_cancelled() { "it is stopping" } else { "ok" }),
    ];
    let is_ready = checks.iter().all(|(_, found)| *found == "ok");
    let (code, word) =
        if is_ready { (StatusCode::OK, "ready") } else { (StatusCode::SERVICE_UNAVAILABLE, "unavailable") };
    let checks = checks.map(|(part, found)| (part.to_owned(), found.to_owned())).into();
    (code, Json(Health { status: word.to_owned(), checks })).into_response()
}

async fn metrics(State(status): State<Arc<Status>>) -> Response {
    gauge!(metric::SLOTS_FREE).set(float(status.slots.available_permits()));
    let kind = [("content-type", "text/plain; version=0.0.4; charset=utf-8")];
    (kind, status.metrics.render()).into_response()
}

impl Status {
    async fn database(&self) -> &'static str {
        match timeout(DATABASE_ANSWERS_WITHIN, self.store.ping()).await {
            Ok(Ok(())) => "ok",
            Ok(Err(_)) => "it does not answer",
            Err(_) => "it does not answer in time",
        }
    }

    fn redis(&self) -> &'static str {
        if self.link.health().is_fresh(REDIS_ANSWERED_WITHIN) { "ok" } else { "it does not answer" }
    }
}
