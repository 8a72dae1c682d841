//! The life of one attempt.

use std::sync::Arc;
use std::time::Instant;

use faena_contract::WorkerId;
use faena_host::{Call, CallContext, Host, Usage};
use faena_store::jobs::{ClaimedJob, Finished};
use metrics::histogram;
use tokio::sync::OwnedSemaphorePermit;
use tracing::{Instrument, Span, debug, field, info_span};

use crate::classify::{Failure, classify};
use crate::installs;
use crate::leases::{Held, Leases, Stop};
use crate::logs::{JobLog, Logs, Sink};
use crate::manifest::Manifest;
use crate::metric;
use crate::recorder::{Ended, Outbox};
use crate::versions::Versions;

/// What every attempt uses.
pub(crate) struct Parts {
    pub(crate) me: WorkerId,
    pub(crate) host: Arc<Host>,
    pub(crate) leases: Arc<Leases>,
    pub(crate) versions: Versions,
    pub(crate) logs: Logs,
    pub(crate) outbox: Outbox,
}

/// A claimed job, with the right to run it and the slot to run it in.
pub(crate) struct Assignment {
    pub(crate) job: ClaimedJob,
    pub(crate) held: Held,
    pub(crate) slot: OwnedSemaphorePermit,
}

/// How an attempt ended, before anybody judged it.
pub(crate) struct AttemptEnd {
    pub(crate) result: Result<String, Failure>,
    pub(crate) usage: Usage,
}

/// Runs a claimed job: resolve its version, call it inside its limits, classify the end, record it.
pub(crate) async fn run_job(parts: Arc<Parts>, assignment: Assignment) {
    let Assignment { job, held, slot } = assignment;
    let span = span(&job);
    let attempt = async {
        let started = Instant::now();
        let log = parts.logs.open(&job);
        let end = match job.module {
            installs::PLATFORM_MODULE => installs::install(&parts, &job, &held.stop).await,
            _ => call_module(&parts, &job, &held.stop, &log).await,
        };
        log.close().await;
        histogram!(metric::RUN_SECONDS).record(started.elapsed().as_secs_f64());
        record(&parts, &job, held, end).await;
        debug!(duration_ms = started.elapsed().as_secs_f64() * 1e3, "job {} ran", job.id);
    };
    attempt.instrument(span).await;
    // Only now: a worker whose records do not get through takes no more jobs.
    drop(slot);
}

async fn call_module(parts: &Parts, job: &ClaimedJob, stop: &Stop, log: &Arc<JobLog>) -> AttemptEnd {
    let version = match stop.unless_stopped(parts.versions.resolve(job.version)).await {
        Ok(version) => version,
        Err(failure) => return failure.into(),
    };
    let Manifest { name, version: number, jobs } = &version.manifest;
    Span::current().record("module", name.as_str());
    let Some(entry) = jobs.get(&job.job) else {
        return Failure::no_such_job(name, number, &job.job).into();
    };
    let call = Call {
        job: job.job.clone(),
        payload: job.payload.clone(),
        context: CallContext {
            job_id: job.id.to_string(),
            attempt: u32::from(job.attempt.unsigned_abs()),
            organization_id: job.organization.to_string(),
        },
        limits: entry.limits(job.timeout),
        sink: Arc::new(Sink(Arc::clone(log))),
        cancel: stop.token(),
    };
    let end = parts.host.run(&version.module, call).await;
    let result = end.result.map_err(Failure::Call).and_then(|output| entry.check_output(output));
    AttemptEnd { result, usage: end.usage }
}

async fn record(parts: &Parts, job: &ClaimedJob, held: Held, end: AttemptEnd) {
    let attempts = (job.attempt, job.max_attempts);
    let Some(verdict) = classify(end.result, attempts, held.stop.reason(), rand::random()) else {
        // The lease is lost, and with it every right to say anything about the job.
        metrics::counter!(metric::DROPPED).increment(1);
        return;
    };
    let finished = Finished {
        id: job.id,
        lease: job.lease,
        verdict,
        cpu: end.usage.cpu,
        memory_bytes: end.usage.peak_memory_bytes,
    };
    parts.outbox.send(Ended { finished, held }).await;
}

fn span(job: &ClaimedJob) -> Span {
    let span = info_span!("run_job", job.id = %job.id, module = field::Empty, job = job.job, attempt = job.attempt);
    faena_telemetry::set_parent(&span, job.traceparent.as_deref());
    span
}

impl From<Failure> for AttemptEnd {
    fn from(failure: Failure) -> Self {
        Self { result: Err(failure), usage: Usage::default() }
    }
}
