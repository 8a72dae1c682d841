//! `POST /jobs` and `POST /jobs/batch`.

use std::time::Duration;

use axum::extract::{Request, State};
use faena_contract::api::{AcceptedBatch, AcceptedJob, Job, NewBatch, NewJob, Problem};
use faena_contract::permission::JOBS_WRITE;
use faena_contract::{ErrorCode, JobId, limits};
use faena_store::Caller;
use faena_store::jobs::{Idempotency, read};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::app::{App, SharedApp};
use crate::auth::{Session, sha256};
use crate::error::{ApiError, ApiResult};
use crate::extract::{PreferWait, json_bytes, parse};
use crate::jobs::{self, Waiting};

/// Submit a job. `Prefer: wait=N` answers with the ended job if it ends within N seconds (at most 60). `version`, `queue`
/// and `concurrency_key` are refused until they are built.
#[utoipa::path(post, path = "/jobs", tag = "jobs", request_body = NewJob,
    params(("Idempotency-Key" = Option<String>, Header), ("Prefer" = Option<String>, Header)),
    responses((status = 202, body = Job), (status = 200, body = Job), (status = "4XX", body = Problem)))]
pub(crate) async fn submit(
    State(app): State<SharedApp>,
    session: Session,
    PreferWait(wait): PreferWait,
    request: Request,
) -> ApiResult<(StatusCode, HeaderMap, axum::Json<Job>)> {
    let caller = session.require(JOBS_WRITE)?;
    let key = idempotency_key(request.headers())?;
    let bytes = json_bytes(request, limits::BODY_BYTES).await?;
    let job: NewJob = parse(&bytes)?;
    let context = context(&caller, key, "POST /jobs", &bytes);
    let (accepted, waiting) = jobs::submit_one(&app, context, job, wait.is_some()).await?;
    let longest = Duration::from_secs(wait.unwrap_or(0));
    let (found, ended) = answer(&app, &caller, accepted.id, waiting, longest).await?;
    let mut headers = HeaderMap::new();
    if let Ok(location) = HeaderValue::from_str(&format!("/api/v1/jobs/{}", accepted.id)) {
        headers.insert(http::header::LOCATION, location);
    }
    if ended {
        headers.insert(HeaderName::from_static("preference-applied"), HeaderValue::from_static("wait"));
    }
    Ok((if ended || !accepted.created { StatusCode::OK } else { StatusCode::ACCEPTED }, headers, axum::Json(found)))
}

/// The job as it is, or as it is once it has ended when the request waits; and whether it waited to the end.
async fn answer(
    app: &App,
    caller: &Caller,
    id: JobId,
    waiting: Option<Waiting<'_>>,
    longest: Duration,
) -> ApiResult<(Job, bool)> {
    let waits = waiting.is_some();
    let found = match waiting {
        Some(waiting) if waiting.job() == id => waiting.ended(app, caller, longest).await?,
        // Another job was found in place of the new one, and it may have ended long ago.
        Some(_) => {
            let waiting = app.waiters.listen(id);
            match read(&app.api, caller, id).await? {
                Some(job) if !job.status.is_final() => waiting.ended(app, caller, longest).await?,
                found => found,
            }
        }
        None => read(&app.api, caller, id).await?,
    };
    let found = found.ok_or_else(|| ApiError::new(ErrorCode::JobNotFound, "The job is gone."))?;
    let ended = waits && found.status.is_final();
    Ok((found, ended))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawBatch {
    jobs: Vec<Box<RawValue>>,
}

/// Submit 1 to 10,000 jobs, all or none. Every job that is wrong is named by its index in `errors`.
#[utoipa::path(post, path = "/jobs/batch", tag = "jobs", request_body = NewBatch,
    params(("Idempotency-Key" = Option<String>, Header)),
    responses((status = 202, body = AcceptedBatch), (status = "4XX", body = Problem)))]
pub(crate) async fn submit_batch(
    State(app): State<SharedApp>,
    session: Session,
    request: Request,
) -> ApiResult<(StatusCode, axum::Json<AcceptedBatch>)> {
    let caller = session.require(JOBS_WRITE)?;
    let key = idempotency_key(request.headers())?;
    let bytes = json_bytes(request, limits::BATCH_BODY_BYTES).await?;
    let batch: RawBatch = parse(&bytes)?;
    let parsed = batch.jobs.iter().map(|job| parse::<NewJob>(job.get().as_bytes())).collect();
    let accepted = jobs::submit_batch(&app, context(&caller, key, "POST /jobs/batch", &bytes), parsed).await?;
    let jobs = accepted.into_iter().map(|job| AcceptedJob { id: job.id.0, created: job.created }).collect();
    Ok((StatusCode::ACCEPTED, axum::Json(AcceptedBatch { jobs })))
}

fn idempotency_key(headers: &HeaderMap) -> ApiResult<Option<String>> {
    let Some(header) = headers.get("idempotency-key") else { return Ok(None) };
    let key = header.to_str().unwrap_or_default();
    if key.is_empty() || key.len() > 255 {
        return Err(ApiError::new(ErrorCode::InvalidQuery, "`Idempotency-Key` has 1 to 255 visible ASCII characters."));
    }
    Ok(Some(key.to_owned()))
}

fn context<'a>(caller: &'a Caller, key: Option<String>, route: &str, body: &[u8]) -> jobs::Request<'a> {
    let idempotency =
        key.map(|key| Idempotency { key, request_hash: sha256(&[route.as_bytes(), b"\n", body].concat()) });
    jobs::Request { caller, idempotency, traceparent: faena_telemetry::current_traceparent() }
}
