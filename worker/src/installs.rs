//! The one job that is no module's: prepare a version on this worker and see that it starts.

use std::sync::Arc;
use std::time::{Duration, Instant};

use faena_contract::{ErrorCode, JobError, ModuleId, VersionId};
use faena_host::{Call, CallContext, CallError, JobSink, Limits, LogLine, Progress, Usage};
use faena_store::jobs::ClaimedJob;
use serde::Deserialize;
use serde_json::json;
use tokio::time::timeout;
use uuid::Uuid;

use crate::classify::Failure;
use crate::leases::Stop;
use crate::pipeline::{AttemptEnd, Parts};
use crate::versions::Version;

/// The module of the installation itself.
pub(crate) const PLATFORM_MODULE: ModuleId = ModuleId(Uuid::from_u128(0x0000_0000_0000_7000_8000_0000_0000_0002));

/// No module has a job of this name, so that a call of it shows that the module starts and does nothing else.
const HEALTH_CHECK: &str = "faena:health-check";
const HEALTH_CHECK_WITHIN: Duration = Duration::from_secs(10);

#[derive(Deserialize)]
struct Payload {
    module: String,
    version: String,
    version_id: VersionId,
}

/// Fetches, verifies, compiles and links the version, and starts it once. Compiling is on a thread of its own kind, so
/// that running jobs go on; the version stays in the cache, so that its first job finds it there.
pub(crate) async fn install(parts: &Parts, job: &ClaimedJob, stop: &Stop) -> AttemptEnd {
    let (mut usage, started) = (Usage::default(), Instant::now());
    let result = match read_payload(job) {
        Ok(payload) => {
            let prepared = stop.unless_stopped(prepare(parts, job, &payload, stop, &mut usage));
            timeout(job.timeout, prepared).await.unwrap_or(Err(Failure::Call(CallError::TimedOut(job.timeout))))
        }
        Err(failure) => Err(failure),
    };
    usage.wall = started.elapsed();
    AttemptEnd { result, usage }
}

fn read_payload(job: &ClaimedJob) -> Result<Payload, Failure> {
    if job.job != "install" {
        return Err(Failure::no_such_job("platform", "1.0.0", &job.job));
    }
    serde_json::from_str(&job.payload).map_err(|error| {
        Failure::Final(JobError::platform(ErrorCode::PayloadInvalid, format!("not an installation: {error}")))
    })
}

async fn prepare(
    parts: &Parts,
    job: &ClaimedJob,
    payload: &Payload,
    stop: &Stop,
    usage: &mut Usage,
) -> Result<String, Failure> {
    let started = Instant::now();
    let version = parts.versions.resolve(payload.version_id).await.map_err(|failure| name_it(failure, payload))?;
    let compile_ms = ms(started);
    let started = Instant::now();
    let end = parts.host.run(&version.module, health_check(job, stop)).await;
    *usage = end.usage;
    judge_health(end.result, &version)?;
    Ok(json!({
        "module": version.manifest.name,
        "version": version.manifest.version,
        "jobs": version.manifest.jobs.len(),
        "compile_ms": compile_ms,
        "start_ms": ms(started),
    })
    .to_string())
}

/// A module refuses a job that it does not know. One that traps instead cannot be started, or would bring down whoever
/// calls it by a wrong name.
fn judge_health(result: Result<String, CallError>, version: &Version) -> Result<(), Failure> {
    match result {
        Ok(_) | Err(CallError::Failed(_) | CallError::Retry(..) | CallError::OutputInvalid(_)) => Ok(()),
        Err(error @ (CallError::Cancelled | CallError::HostFailed(_))) => Err(Failure::Call(error)),
        Err(error) => {
            let why = error.job_error().map(|error| error.message).unwrap_or_default();
            let message =
                format!("module {} {} does not start: {why}", version.manifest.name, version.manifest.version);
            Err(Failure::Final(JobError::platform(ErrorCode::ComponentUnusable, message)))
        }
    }
}

fn health_check(job: &ClaimedJob, stop: &Stop) -> Call {
    Call {
        job: HEALTH_CHECK.to_owned(),
        payload: "{}".to_owned(),
        context: CallContext { job_id: job.id.to_string(), attempt: 1, organization_id: job.organization.to_string() },
        limits: Limits { wall: HEALTH_CHECK_WITHIN, ..Limits::default() },
        sink: Arc::new(Silence),
        cancel: stop.token(),
    }
}

/// Says which module it is about: the reader of the error looks at a module, not at a job.
fn name_it(failure: Failure, payload: &Payload) -> Failure {
    let Failure::Final(error) = failure else { return failure };
    let message = format!("module {} {} cannot be installed: {}", payload.module, payload.version, error.message);
    Failure::Final(JobError { message, ..error })
}

fn ms(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// Nobody reads what a module says about a job that it does not have.
struct Silence;

impl JobSink for Silence {
    fn log(&self, _: LogLine) {}
    fn progress(&self, _: Progress) {}
}
