//! What `/metrics` answers.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};

use crate::TelemetryError;

/// From half a millisecond, the cost of a queue hop, to a quarter of an hour, a long job.
const SECONDS: &[f64] =
    &[0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0];

/// From 256 bytes to 64 MiB, the largest package, in steps of four.
const BYTES: &[f64] =
    &[256.0, 1_024.0, 4_096.0, 16_384.0, 65_536.0, 262_144.0, 1_048_576.0, 4_194_304.0, 16_777_216.0, 67_108_864.0];

/// Everything else is counted: sizes of batches, numbers of attempts.
const COUNTS: &[f64] = &[1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1_000.0, 5_000.0, 10_000.0];

/// How often recorded samples are put into their buckets. Without it they pile up in memory while nobody scrapes.
const UPKEEP: Duration = Duration::from_secs(5);

static INSTALLED: Mutex<Option<Metrics>> = Mutex::new(None);

/// The metrics of this process.
#[derive(Clone, Debug)]
pub struct Metrics {
    handle: PrometheusHandle,
}

impl Metrics {
    /// All metrics in Prometheus' text form.
    pub fn render(&self) -> String {
        self.handle.render()
    }
}

/// Installs the recorder behind the macros of the `metrics` crate. Later calls, as of several tests in one process, give
/// the same metrics again.
pub fn metrics_recorder() -> Result<Metrics, TelemetryError> {
    let mut installed = INSTALLED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(metrics) = installed.as_ref() {
        return Ok(metrics.clone());
    }
    let handle = builder()?.install_recorder().map_err(|error| match error {
        BuildError::FailedToSetGlobalRecorder(_) => TelemetryError::AlreadySetUp,
        other => TelemetryError::Metrics(other),
    })?;
    keep_up(handle.clone());
    Ok(installed.insert(Metrics { handle }).clone())
}

fn builder() -> Result<PrometheusBuilder, BuildError> {
    PrometheusBuilder::new()
        .set_buckets(COUNTS)?
        .set_buckets_for_metric(Matcher::Suffix("_seconds".into()), SECONDS)?
        .set_buckets_for_metric(Matcher::Suffix("_bytes".into()), BYTES)
}

/// A thread rather than a task, since the recorder may be installed before any runtime runs.
fn keep_up(handle: PrometheusHandle) {
    let upkeep = move || loop {
        std::thread::sleep(UPKEEP);
        handle.run_upkeep();
    };
    if let Err(error) = std::thread::Builder::new().name("faena-metrics".into()).spawn(upkeep) {
        tracing::warn!(%error, "metrics are put into their buckets only when somebody scrapes");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn histograms_get_the_buckets_of_their_unit() {
        let recorder = builder().unwrap().build_recorder();
        metrics::with_local_recorder(&recorder, || {
            metrics::counter!("faena_jobs_total", "state" => "COMPLETED").increment(2);
            metrics::histogram!("faena_job_seconds").record(0.003);
            metrics::histogram!("faena_payload_bytes").record(2_000.0);
            metrics::histogram!("faena_batch_size").record(7.0);
        });
        let text = recorder.handle().render();
        assert!(text.contains("faena_jobs_total{state=\"COMPLETED\"} 2"), "{text}");
        assert!(text.contains("faena_job_seconds_bucket{le=\"0.005\"} 1"), "{text}");
        assert!(text.contains("faena_payload_bytes_bucket{le=\"4096\"} 1"), "{text}");
        assert!(text.contains("faena_batch_size_bucket{le=\"10\"} 1"), "{text}");
    }

    #[test]
    fn the_recorder_is_installed_once_and_shared() {
        let (first, second) = (metrics_recorder().unwrap(), metrics_recorder().unwrap());
        metrics::gauge!("faena_test_shared").set(3.0);
        assert!(first.render().contains("faena_test_shared 3"));
        assert_eq!(first.render(), second.render());
    }
}
