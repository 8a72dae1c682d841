//! Everything that is checked before a job is accepted.

use chrono::{DateTime, Utc};
use faena_contract::api::{FieldError, NewJob};
use faena_contract::{ErrorCode, JobId, limits, tag};
use faena_store::jobs::SubmitJob;

use super::catalog::Offer;
use crate::error::{ApiError, ApiResult};

/// The job to store, or everything that is wrong with it.
pub(crate) fn check(offer: &Offer, job: NewJob, now: DateTime<Utc>) -> ApiResult<SubmitJob> {
    let kind = job_kind(offer, &job)?;
    check_fields(&job)?;
    check_payload(kind, &job)?;
    let timeout_ms = job.timeout_s.map_or(kind.timeout_ms, |seconds| (seconds * 1000.0).round() as i32);
    Ok(SubmitJob {
        id: JobId::new(),
        module: offer.module,
        job: job.job,
        payload: job.payload,
        tags: job.tags,
        priority: job.priority.unwrap_or(0),
        run_at: job.run_at.unwrap_or(now),
        timeout_ms,
        max_attempts: job.max_attempts.unwrap_or(kind.max_attempts),
        unique_key: job.unique_key,
    })
}

fn job_kind<'a>(offer: &'a Offer, job: &NewJob) -> ApiResult<&'a super::catalog::JobKind> {
    let name = &job.module;
    let serving = offer.serving.as_ref().filter(|_| offer.state.accepts_jobs()).ok_or_else(|| {
        ApiError::at(
            ErrorCode::ModuleNotEnabled,
            "/module",
            format!(
                "The module `{name}` is {}. An operator enables it with `faena module enable {name}`.",
                offer.state
            ),
        )
    })?;
    if !offer.active {
        return Err(ApiError::at(
            ErrorCode::ModuleNotActivated,
            "/module",
            format!(
                "Your organization has not switched on `{name}`. An administrator does so with `faena module activate {name}`."
            ),
        ));
    }
    serving.jobs.get(&job.job).ok_or_else(|| {
        let mut known: Vec<&str> = serving.jobs.keys().map(String::as_str).collect();
        known.sort_unstable();
        let message = format!("The module `{name}` has no job `{}`; it has {}.", job.job, known.join(", "));
        ApiError::at(ErrorCode::JobTypeUnknown, "/job", message)
    })
}

fn check_fields(job: &NewJob) -> ApiResult<()> {
    let wrong = |path: &str, message: String| Err(ApiError::at(ErrorCode::InvalidBody, path, message));
    if let Some(seconds) = job.timeout_s.filter(|seconds| !limits::TIMEOUT_S.contains(seconds)) {
        return wrong("/timeout_s", format!("`timeout_s` is {seconds}; it goes from 0.001 to 86,400 seconds."));
    }
    if let Some(attempts) = job.max_attempts.filter(|attempts| !limits::MAX_ATTEMPTS.contains(attempts)) {
        return wrong("/max_attempts", format!("`max_attempts` is {attempts}; it goes from 1 to 50."));
    }
    if let Some(priority) = job.priority.filter(|priority| !limits::PRIORITY.contains(priority)) {
        return wrong(
            "/priority",
            format!("`priority` is {priority}; it goes from -100 to 100, and higher runs first."),
        );
    }
    if let Err((index, message)) = tag::check(&job.tags) {
        let path = index.map_or("/tags".to_owned(), |index| format!("/tags/{index}"));
        return wrong(&path, format!("Wrong tags: {message}."));
    }
    let key_chars = job.unique_key.as_ref().map(|key| key.chars().count());
    if key_chars.is_some_and(|chars| chars == 0 || chars > limits::UNIQUE_KEY_CHARS) {
        return wrong("/unique_key", format!("`unique_key` has 1 to {} characters.", limits::UNIQUE_KEY_CHARS));
    }
    // PostgreSQL stores no NUL character; in JSON text it is an escape, so only the plain strings are concerned.
    if job.unique_key.as_ref().is_some_and(|key| key.contains('\0')) {
        return wrong("/unique_key", "`unique_key` must not hold a NUL character.".to_owned());
    }
    Ok(())
}

fn check_payload(kind: &super::catalog::JobKind, job: &NewJob) -> ApiResult<()> {
    let text = job.payload.get();
    if text.len() > limits::PAYLOAD_BYTES {
        return Err(ApiError::at(
            ErrorCode::PayloadTooLarge,
            "/payload",
            format!("The payload has {} bytes; a job takes at most {}.", text.len(), limits::PAYLOAD_BYTES),
        ));
    }
    let value = serde_json::from_str(text).map_err(|error| {
        ApiError::at(ErrorCode::PayloadInvalid, "/payload", format!("The payload does not parse: {error}."))
    })?;
    let violations = kind.schema.validate(&value);
    let Some(first) = violations.first() else { return Ok(()) };
    let detail = format!(
        "The payload does not fit the schema of `{}.{}`: at `{}`, {}.",
        job.module, job.job, first.path, first.message
    );
    let errors = violations
        .iter()
        .map(|violation| FieldError {
            index: None,
            path: format!("/payload{}", violation.path),
            code: None,
            message: violation.message.clone(),
        })
        .collect();
    Err(ApiError::new(ErrorCode::PayloadInvalid, detail).with_errors(errors))
}
