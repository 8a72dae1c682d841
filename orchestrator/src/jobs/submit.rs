//! Accepting jobs: check all, store all in one commit, relay what may run at once.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use chrono::Utc;
use faena_contract::api::{FieldError, NewJob};
use faena_contract::{Envelope, ErrorCode, limits};
use faena_store::Caller;
use faena_store::jobs::{Accepted, Idempotency, Submission, SubmitJob, submit};

use super::Waiting;
use super::catalog::{Offer, offer};
use super::check::check;
use crate::app::App;
use crate::error::{ApiError, ApiResult};

/// Most wrong jobs of a batch that are named.
const MOST_NAMED: usize = 100;

/// What comes with the jobs of a request.
pub(crate) struct Request<'a> {
    pub(crate) caller: &'a Caller,
    pub(crate) idempotency: Option<Idempotency>,
    pub(crate) traceparent: Option<String>,
}

/// Accepts one job. When the request will wait for its end, it listens before the job can run.
pub(crate) async fn submit_one<'a>(
    app: &'a App,
    request: Request<'_>,
    job: NewJob,
    waits: bool,
) -> ApiResult<(Accepted, Option<Waiting<'a>>)> {
    let offer = offer(app, request.caller, &job.module).await?;
    let job = check(&offer, job, Utc::now())?;
    let waiting = waits.then(|| app.waiters.listen(job.id));
    let accepted = store(app, request, std::slice::from_ref(&job)).await?;
    let missing = || ApiError::new(ErrorCode::Internal, "The database answered with no job.");
    Ok((accepted.into_iter().next().ok_or_else(missing)?, waiting))
}

/// Accepts a batch, all or nothing; every job that is wrong is named by its index.
pub(crate) async fn submit_batch(
    app: &Arc<App>,
    request: Request<'_>,
    jobs: Vec<Result<NewJob, ApiError>>,
) -> ApiResult<Vec<Accepted>> {
    if jobs.is_empty() || jobs.len() > limits::BATCH_JOBS {
        return Err(ApiError::at(
            ErrorCode::BatchTooLarge,
            "/jobs",
            format!("The batch has {} jobs; it takes 1 to {}.", jobs.len(), limits::BATCH_JOBS),
        ));
    }
    let offers = offers(app, request.caller, &jobs).await?;
    // Thousands of payloads against their schemas: not on a thread that serves other requests.
    let checked = tokio::task::spawn_blocking(move || check_all(&offers, jobs)).await;
    let checked = checked.map_err(|error| ApiError::internal(&error))??;
    store(app, request, &checked).await
}

type Offers = HashMap<String, Result<Arc<Offer>, (ErrorCode, String)>>;

async fn offers(app: &App, caller: &Caller, jobs: &[Result<NewJob, ApiError>]) -> ApiResult<Offers> {
    let mut offers = Offers::new();
    for job in jobs.iter().flatten() {
        if offers.contains_key(&job.module) {
            continue;
        }
        let found = match offer(app, caller, &job.module).await {
            Ok(offer) => Ok(offer),
            Err(error) if error.code == ErrorCode::ModuleNotFound => Err((error.code, error.detail)),
            Err(error) => return Err(error),
        };
        offers.insert(job.module.clone(), found);
    }
    Ok(offers)
}

fn check_all(offers: &Offers, jobs: Vec<Result<NewJob, ApiError>>) -> ApiResult<Vec<SubmitJob>> {
    let now = Utc::now();
    let (total, mut wrong) = (jobs.len(), 0);
    let mut checked = Vec::with_capacity(total);
    let mut errors = Vec::new();
    for (index, job) in jobs.into_iter().enumerate() {
        match job.and_then(|job| check_one(offers, job, now)) {
            Ok(job) => checked.push(job),
            Err(error) => {
                wrong += 1;
                if wrong <= MOST_NAMED {
                    errors.extend(at_index(index, error));
                }
            }
        }
    }
    if wrong == 0 {
        return Ok(checked);
    }
    let detail = format!(
        "{wrong} of {total} jobs are wrong, so none was accepted. `errors` names the first {MOST_NAMED} by index."
    );
    Err(ApiError::new(ErrorCode::BatchInvalid, detail).with_errors(errors))
}

fn check_one(offers: &Offers, job: NewJob, now: chrono::DateTime<Utc>) -> ApiResult<SubmitJob> {
    match offers.get(&job.module) {
        Some(Ok(offer)) => check(offer, job, now),
        Some(Err((code, detail))) => Err(ApiError::at(*code, "/module", detail.clone())),
        None => Err(ApiError::new(ErrorCode::Internal, "A module was not looked up.")),
    }
}

fn at_index(index: usize, error: ApiError) -> Vec<FieldError> {
    let code = Some(error.code.as_str().to_owned());
    if error.errors.is_empty() {
        return vec![FieldError { index: Some(index), path: String::new(), code, message: error.detail }];
    }
    let named = error.errors.into_iter();
    named.map(|field| FieldError { index: Some(index), code: code.clone(), ..field }).collect()
}

async fn store(app: &App, request: Request<'_>, jobs: &[SubmitJob]) -> ApiResult<Vec<Accepted>> {
    let Request { caller, idempotency, traceparent } = request;
    let send_now = app.gate.pass(jobs.len() as u64, Instant::now());
    let submission = Submission { caller, idempotency, traceparent: traceparent.clone(), send_now, jobs };
    let accepted = submit(&app.api, &submission).await?;
    let envelopes = accepted.iter().filter_map(|job| {
        let sent_at_ms = job.sent_at_ms?;
        Some(Envelope { job: job.id, dispatch: 1, sent_at_ms, traceparent: traceparent.clone() })
    });
    app.relay.send(envelopes);
    if accepted.iter().any(|job| job.created && job.sent_at_ms.is_none()) {
        app.wakers.admission.notify_one();
    }
    metrics::counter!("faena_jobs_submitted_total").increment(accepted.iter().filter(|job| job.created).count() as u64);
    Ok(accepted)
}
