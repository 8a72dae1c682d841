//! W3C trace context: how a trace goes from one process to the next.

use std::collections::HashMap;

use opentelemetry::Context;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::TraceContextExt;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing_opentelemetry::OpenTelemetrySpanExt;

const TRACEPARENT: &str = "traceparent";

/// The context of the span that the calling code is in, as the value of a `traceparent` header; none outside of any span.
pub fn current_traceparent() -> Option<String> {
    // The thread's context, not that of the innermost span: that one may be too detailed to be traced.
    let mut carrier = HashMap::new();
    TraceContextPropagator::new().inject_context(&Context::current(), &mut carrier);
    carrier.remove(TRACEPARENT)
}

/// The id of the trace that the calling code is part of.
pub fn current_trace_id() -> Option<String> {
    trace_id(&Context::current())
}

/// The trace id inside a `traceparent`; none if that is not a valid one.
pub fn trace_id_of(traceparent: &str) -> Option<String> {
    trace_id(&extract(traceparent))
}

/// Makes `span` a child of the span that a caller sent. It has to be called before the span is entered for the first
/// time. Without a valid `traceparent` the span keeps the parent it has, or starts a trace of its own.
pub fn set_parent(span: &tracing::Span, traceparent: Option<&str>) {
    let parent = traceparent.map(extract).filter(|parent| parent.span().span_context().is_valid());
    if let Some(parent) = parent {
        // A span that is filtered out or already running keeps its parent; nothing else can be done about it here.
        let _ = span.set_parent(parent);
    }
}

fn extract(traceparent: &str) -> Context {
    let carrier = HashMap::from([(TRACEPARENT.to_owned(), traceparent.to_owned())]);
    TraceContextPropagator::new().extract_with_context(&Context::new(), &carrier)
}

fn trace_id(context: &Context) -> Option<String> {
    let span = context.span();
    let context = span.span_context();
    context.is_valid().then(|| context.trace_id().to_string())
}

#[cfg(test)]
mod tests {
    use opentelemetry_sdk::trace::SdkTracerProvider;

    use super::*;
    use crate::{LogFormat, TelemetryConfig};

    const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    fn traced<T>(code: impl FnOnce() -> T) -> T {
        let config = TelemetryConfig { service: "test", format: LogFormat::Json, filter: "off".into() };
        let provider = SdkTracerProvider::builder().build();
        let subscriber = crate::setup::subscriber(&config, &provider, std::io::sink).unwrap();
        tracing::subscriber::with_default(subscriber, code)
    }

    #[test]
    fn a_trace_goes_through_two_processes() {
        let sent = traced(|| {
            let request = tracing::info_span!("request");
            set_parent(&request, Some(PARENT));
            request.in_scope(|| current_traceparent().unwrap())
        });
        assert_ne!(sent, PARENT, "the request's own span is the parent of what follows");
        assert_eq!(trace_id_of(&sent), trace_id_of(PARENT));
        let received = traced(|| {
            let job = tracing::info_span!("job");
            set_parent(&job, Some(&sent));
            job.in_scope(current_trace_id)
        });
        assert_eq!(received.as_deref(), Some("4bf92f3577b34da6a3ce929d0e0e4736"));
    }

    #[test]
    fn a_caller_that_does_not_sample_keeps_its_trace() {
        let unsampled = PARENT.replace("-01", "-00");
        let sent = traced(|| {
            let span = tracing::info_span!("request");
            set_parent(&span, Some(&unsampled));
            span.in_scope(|| current_traceparent().unwrap())
        });
        assert_eq!(trace_id_of(&sent), trace_id_of(PARENT));
        assert!(sent.ends_with("-00"), "{sent}");
    }

    #[test]
    fn without_a_valid_parent_a_trace_begins() {
        for wrong in [None, Some(""), Some("nonsense"), Some("00-00000000000000000000000000000000-00f067aa0ba902b7-01")]
        {
            let id = traced(|| {
                let span = tracing::info_span!("request");
                set_parent(&span, wrong);
                span.in_scope(current_trace_id)
            });
            assert_eq!(id.map(|id| id.len()), Some(32), "{wrong:?}");
        }
        assert_eq!(trace_id_of("nonsense"), None);
    }

    #[test]
    fn outside_of_any_span_there_is_no_trace() {
        assert_eq!(traced(current_traceparent), None);
        assert_eq!(current_trace_id(), None);
        set_parent(&tracing::Span::none(), Some(PARENT));
    }
}
