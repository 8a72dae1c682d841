//! A span, a metric and a trace context for every request.

use std::any::Any;
use std::time::Instant;

use axum::body::Body;
use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use faena_contract::ErrorCode;
use http::{HeaderValue, Method};
use tracing::Instrument;

use crate::error::ApiError;

const TRACEPARENT: &str = "traceparent";

/// Continues the caller's trace, or starts one, and says in the answer which.
pub(crate) async fn traced(request: Request, next: Next) -> Response {
    let method = known(request.method());
    let route = request.extensions().get::<MatchedPath>().map_or("-", |path| path.as_str()).to_owned();
    let span = tracing::info_span!(
        "http_request",
        http.method = method,
        http.route = route,
        http.status = tracing::field::Empty
    );
    faena_telemetry::set_parent(&span, request.headers().get(TRACEPARENT).and_then(|value| value.to_str().ok()));
    let started = Instant::now();
    let inner = span.clone();
    async move {
        let mut response = next.run(request).await;
        let status = response.status().as_u16();
        inner.record("http.status", status);
        let seconds = started.elapsed().as_secs_f64();
        metrics::histogram!("faena_http_request_seconds", "method" => method, "route" => route.clone()).record(seconds);
        metrics::counter!("faena_http_requests_total", "method" => method, "route" => route, "status" => status.to_string())
            .increment(1);
        tracing::debug!(http.status = status, duration_ms = seconds * 1000.0, "{method} answered {status}");
        let context = faena_telemetry::current_traceparent();
        if let Some(value) = context.and_then(|context| HeaderValue::from_str(&context).ok()) {
            response.headers_mut().insert(TRACEPARENT, value);
        }
        response
    }
    .instrument(span)
    .await
}

/// The method as a label: a client can send any word, and each would be a time series of its own.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        _ => "other",
    }
}

/// A handler that panics fails its request and nothing else.
pub(crate) fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response<Body> {
    let message =
        panic.downcast_ref::<&str>().map(|text| (*text).to_owned()).or_else(|| panic.downcast_ref::<String>().cloned());
    tracing::error!(panic = message.unwrap_or_default(), "a handler panicked");
    ApiError::new(
        ErrorCode::Internal,
        "Something failed inside Faena. The trace id leads to the log line that says what.",
    )
    .into_response()
}
