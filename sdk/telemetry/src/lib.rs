//! Logs, trace context and metrics, set up the same way in every process. Any crate of the platform may depend on it; it
//! depends on none of them.
//!
//! Start reading at [`init`]. `json` is the form of a log line, `context` carries a trace from one process to the next
//! (in HTTP headers and in job envelopes), `prometheus` is what `/metrics` answers.
//!
//! Invariant: a trace id exists whether or not logs are shown or traces are exported, so that a caller's trace can be
//! followed from the request through the queue into the worker's log.

mod context;
mod json;
mod prometheus;
mod setup;

pub use context::{current_trace_id, current_traceparent, set_parent, trace_id_of};
pub use prometheus::{Metrics, metrics_recorder};
pub use setup::{Guard, LogFormat, TelemetryConfig, TelemetryError, init};
