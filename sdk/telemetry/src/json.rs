//! The form of a log line for machines: one JSON object.
//!
//! `{"timestamp", "level", "service", "target", "message", "trace_id", "span", "fields"}`, where `fields` holds those of the
//! spans around (inner ones win) and of the event itself (which wins over all).

use std::fmt;

use serde::Serialize;
use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, FormattedFields};
use tracing_subscriber::registry::LookupSpan;

use crate::context::current_trace_id;

/// Formats events as JSON lines.
pub(crate) struct JsonLines {
    pub(crate) service: &'static str,
}

#[derive(Serialize)]
struct Line<'a> {
    timestamp: String,
    level: &'a str,
    service: &'a str,
    target: &'a str,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    span: Option<&'a str>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    fields: Map<String, Value>,
}

impl<S, N> FormatEvent<S, N> for JsonLines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, ctx: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let mut fields = Fields { message: String::new(), map: span_fields(ctx) };
        event.record(&mut fields);
        // What comes through the `log` crate has its origin in fields.
        let target = fields.map.remove("log.target");
        for name in ["log.module_path", "log.file", "log.line"] {
            fields.map.remove(name);
        }
        let metadata = event.metadata();
        let line = Line {
            timestamp: now(),
            level: metadata.level().as_str(),
            service: self.service,
            target: target.as_ref().and_then(Value::as_str).unwrap_or(metadata.target()),
            message: fields.message,
            trace_id: current_trace_id(),
            span: ctx.lookup_current().map(|span| span.name()),
            fields: fields.map,
        };
        // serde_json escapes line breaks, so that a line stays a line.
        writeln!(writer, "{}", serde_json::to_string(&line).map_err(|_| fmt::Error)?)
    }
}

fn now() -> String {
    let mut text = String::new();
    // Writing into a string does not fail.
    let _ = SystemTime.format_time(&mut Writer::new(&mut text));
    text
}

/// The fields of the spans around the event, from the outermost in.
fn span_fields<S, N>(ctx: &FmtContext<'_, S, N>) -> Map<String, Value>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    let mut fields = Map::new();
    for span in ctx.event_scope().into_iter().flat_map(|scope| scope.from_root()) {
        let extensions = span.extensions();
        let formatted = extensions.get::<FormattedFields<N>>();
        if let Some(Ok(own)) = formatted.map(|own| serde_json::from_str::<Map<String, Value>>(own)) {
            fields.extend(own);
        }
    }
    fields
}

/// Collects an event's fields, the message apart.
struct Fields {
    message: String,
    map: Map<String, Value>,
}

impl Fields {
    fn insert(&mut self, field: &Field, value: impl Into<Value>) {
        self.map.insert(field.name().to_owned(), value.into());
    }
}

impl Visit for Fields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.insert(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.insert(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.insert(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.insert(field, value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "message" => value.clone_into(&mut self.message),
            _ => self.insert(field, value),
        }
    }

    /// An error with all its causes, since the outermost one seldom tells enough.
    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        let causes = std::iter::successors(Some(value), |error| error.source());
        let texts: Vec<_> = causes.map(ToString::to_string).collect();
        self.insert(field, texts.join(": "));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.record_str(field, &format!("{value:?}"));
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use opentelemetry_sdk::trace::SdkTracerProvider;

    use super::*;
    use crate::{LogFormat, TelemetryConfig, set_parent};

    const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[derive(Clone, Default)]
    struct Buffer(Arc<Mutex<Vec<u8>>>);

    impl Write for Buffer {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn lines_of(filter: &str, code: impl FnOnce()) -> Vec<Value> {
        let (buffer, provider) = (Buffer::default(), SdkTracerProvider::builder().build());
        let config = TelemetryConfig { service: "test", format: LogFormat::Json, filter: filter.into() };
        let writer = buffer.clone();
        let subscriber = crate::setup::subscriber(&config, &provider, move || writer.clone()).unwrap();
        tracing::subscriber::with_default(subscriber, code);
        let text = String::from_utf8(buffer.0.lock().unwrap().clone()).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn a_line_has_the_fields_of_its_spans_and_the_trace_id() {
        let lines = lines_of("info", || {
            let outer = tracing::info_span!("run_job", job.id = "j-1", attempt = 1);
            set_parent(&outer, Some(PARENT));
            let _outer = outer.enter();
            let _inner = tracing::info_span!("step", attempt = 2, late = tracing::field::Empty).entered();
            tracing::Span::current().record("late", true);
            tracing::info!(duration_ms = 12, "the job took {} ms\nand ended", 12);
        });
        let line = &lines[0];
        assert_eq!(line["level"], "INFO");
        assert_eq!(line["service"], "test");
        assert_eq!(line["target"], "faena_telemetry::json::tests");
        assert_eq!(line["message"], "the job took 12 ms\nand ended");
        assert_eq!(line["trace_id"], "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(line["span"], "step");
        let expected = serde_json::json!({"job.id": "j-1", "attempt": 2, "late": true, "duration_ms": 12});
        assert_eq!(line["fields"], expected);
        assert!(line["timestamp"].as_str().unwrap().ends_with('Z'));
    }

    #[test]
    fn spans_that_are_not_logged_still_carry_the_trace() {
        let lines = lines_of("warn", || {
            let span = tracing::info_span!("request");
            set_parent(&span, Some(PARENT));
            span.in_scope(|| {
                tracing::info!("not shown");
                tracing::debug_span!("detail").in_scope(|| tracing::warn!("shown"));
            });
        });
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0]["trace_id"], "4bf92f3577b34da6a3ce929d0e0e4736");
    }

    #[test]
    fn an_error_is_logged_with_its_causes() {
        let error = crate::TelemetryError::InvalidFilter {
            filter: "x".into(),
            source: tracing_subscriber::EnvFilter::builder().parse("a=loud").unwrap_err(),
        };
        let lines = lines_of("info", || {
            tracing::error!(error = &error as &dyn std::error::Error, "failed");
        });
        let text = lines[0]["fields"]["error"].as_str().unwrap();
        assert!(text.starts_with("the log filter \"x\" is wrong: "), "{text}");
        assert!(lines[0].get("trace_id").is_none());
    }
}
