//! `/health/...` and `/metrics`.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::extract::State;
use faena_contract::api::Health;
use http::StatusCode;
use http::header::CONTENT_TYPE;
use tokio::time::timeout;

use crate::app::SharedApp;

const PATIENCE: Duration = Duration::from_secs(1);

/// The process answers.
#[utoipa::path(get, path = "/health/live", tag = "health", security(()), responses((status = 200)))]
pub(crate) async fn live() -> &'static str {
    "ok"
}

/// Ready with PostgreSQL alone; without Redis jobs are accepted and wait, which is `degraded`.
#[utoipa::path(get, path = "/health/ready", tag = "health", security(()),
    responses((status = 200, body = Health), (status = 503, body = Health)))]
pub(crate) async fn ready(State(app): State<SharedApp>) -> (StatusCode, axum::Json<Health>) {
    let database = timeout(PATIENCE, app.api.ping()).await.is_ok_and(|answer| answer.is_ok());
    let redis = timeout(PATIENCE, app.producer.ping()).await.is_ok_and(|answer| answer.is_ok());
    metrics::gauge!("faena_ready", "part" => "postgresql").set(f64::from(u8::from(database)));
    metrics::gauge!("faena_ready", "part" => "redis").set(f64::from(u8::from(redis)));
    let word = |ok: bool| if ok { "ok" } else { "no answer" }.to_owned();
    let checks = BTreeMap::from([("postgresql".to_owned(), word(database)), ("redis".to_owned(), word(redis))]);
    let (code, status) = match (database, redis) {
        (true, true) => (StatusCode::OK, "ready"),
        (true, false) => (StatusCode::OK, "degraded"),
        (false, _) => (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
    };
    (code, axum::Json(Health { status: status.to_owned(), checks }))
}

/// Metrics in Prometheus' text form.
pub(crate) async fn metrics(State(app): State<SharedApp>) -> ([(http::HeaderName, &'static str); 1], String) {
    ([(CONTENT_TYPE, "text/plain; version=0.0.4")], app.metrics.render())
}
