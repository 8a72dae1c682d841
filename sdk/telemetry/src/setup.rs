//! Puts the pieces together, once per process.

use std::io::{IsTerminal, stderr};

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::filter::{EnvFilter, LevelFilter, filter_fn};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::JsonFields;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer, Registry};

use crate::json::JsonLines;

/// How a process logs.
#[derive(Clone, Debug)]
pub struct TelemetryConfig {
    /// Which process this is ("orchestrator", "worker", ...): a field of every JSON line.
    pub service: &'static str,
    /// The form of the lines.
    pub format: LogFormat,
    /// What is logged, as directives like `info,faena_store=debug`. Without any, everything from `info` up.
    pub filter: String,
}

/// The form of the log on standard error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// One JSON object a line, for machines.
    Json,
    /// One readable line, coloured on a terminal, for people.
    Text,
}

/// Why telemetry could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The directives cannot be parsed.
    #[error("the log filter {filter:?} is wrong: {source}")]
    InvalidFilter {
        /// The directives as they were given.
        filter: String,
        /// What is wrong with them.
        #[source]
        source: tracing_subscriber::filter::ParseError,
    },
    /// The process has a subscriber or a recorder already.
    #[error("logs or metrics of this process are set up already")]
    AlreadySetUp,
    /// The histogram buckets were refused.
    #[error("the metrics cannot be set up: {0}")]
    Metrics(#[from] metrics_exporter_prometheus::BuildError),
}

/// Keeps tracing going; dropped at the end of `main`, it ends the open spans.
#[derive(Debug)]
#[must_use = "tracing ends when the guard is dropped"]
pub struct Guard {
    provider: SdkTracerProvider,
}

impl Drop for Guard {
    fn drop(&mut self) {
        // Without an exporter there is nothing that could fail to be sent.
        let _ = self.provider.shutdown();
    }
}

/// Sets up logs on standard error and trace context for the whole process.
pub fn init(config: &TelemetryConfig) -> Result<Guard, TelemetryError> {
    let provider = SdkTracerProvider::builder().build();
    subscriber(config, &provider, stderr)?.try_init().map_err(|_| TelemetryError::AlreadySetUp)?;
    Ok(Guard { provider })
}

/// The subscriber of [`init`] with another place for the lines, so that tests can read them.
pub(crate) fn subscriber<W>(
    config: &TelemetryConfig,
    provider: &SdkTracerProvider,
    writer: W,
) -> Result<impl Subscriber + Send + Sync + use<W>, TelemetryError>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let builder = EnvFilter::builder().with_default_directive(LevelFilter::INFO.into());
    let filter = builder.parse(&config.filter);
    let filter = filter.map_err(|source| TelemetryError::InvalidFilter { filter: config.filter.clone(), source })?;
    Ok(Registry::default().with(trace_layer(provider)).with(log_layer(config, writer).with_filter(filter)))
}

/// Gives every span of level `info` or above an id of its own and the trace of its parent, whatever the log filter says.
/// Events stay out: without an exporter they would only cost time.
fn trace_layer<S>(provider: &SdkTracerProvider) -> impl Layer<S> + use<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let tracer = provider.tracer("faena");
    let layer = tracing_opentelemetry::layer().with_tracer(tracer);
    let layer = layer.with_location(false).with_threads(false).with_tracked_inactivity(false);
    layer.with_filter(filter_fn(|metadata: &Metadata<'_>| metadata.is_span() && *metadata.level() <= Level::INFO))
}

fn log_layer<S, W>(config: &TelemetryConfig, writer: W) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let layer = tracing_subscriber::fmt::layer().with_writer(writer);
    match config.format {
        LogFormat::Json => {
            Box::new(layer.event_format(JsonLines { service: config.service }).fmt_fields(JsonFields::new()))
        }
        LogFormat::Text => Box::new(layer.with_ansi(stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_filter_is_an_error_that_quotes_it() {
        let config = TelemetryConfig { service: "test", format: LogFormat::Json, filter: "info,a=loud".into() };
        let error = init(&config).unwrap_err();
        assert!(error.to_string().contains("info,a=loud"), "{error}");
    }

    #[test]
    fn a_second_set_up_is_refused() {
        let config = TelemetryConfig { service: "test", format: LogFormat::Text, filter: String::new() };
        let _guard = init(&config).unwrap();
        assert!(matches!(init(&config), Err(TelemetryError::AlreadySetUp)));
    }
}
