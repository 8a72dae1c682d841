//! `POST /jobs/{id}/cancel` and `retry`.

use axum::extract::State;
use faena_contract::api::{Job, Problem};
use faena_contract::permission::JOBS_CONTROL;
use faena_contract::{ErrorCode, JobId};
use faena_queue::Event;
use faena_store::jobs::{self, Cancel, Retry};
use http::StatusCode;
use uuid::Uuid;

use super::job_reads::{find, not_found};
use crate::app::SharedApp;
use crate::auth::Session;
use crate::error::{ApiError, ApiResult};
use crate::extract::Path;

/// Cancel a job. A queued one is CANCELLED at once (200); a running one is asked to stop (202).
#[utoipa::path(post, path = "/jobs/{id}/cancel", tag = "jobs", params(("id" = Uuid, Path)),
    responses((status = 200, body = Job), (status = 202, body = Job), (status = "4XX", body = Problem)))]
pub(crate) async fn cancel(
    State(app): State<SharedApp>,
    session: Session,
    Path(id): Path<Uuid>,
) -> ApiResult<(StatusCode, axum::Json<Job>)> {
    let caller = session.require(JOBS_CONTROL)?;
    let (status, event) = match jobs::cancel(&app.api, &caller, JobId(id)).await? {
        Cancel::Cancelled => (StatusCode::OK, Event::Finished { jobs: vec![JobId(id)] }),
        Cancel::Requested => (StatusCode::ACCEPTED, Event::CancelRequested { job: JobId(id) }),
        Cancel::AlreadyEnded(state) => {
            return Err(ApiError::new(
                ErrorCode::JobState,
                format!("The job is {state} already; there is nothing to cancel."),
            ));
        }
        Cancel::NotFound => return Err(not_found(id)),
    };
    if let Err(error) = app.events.publish(&event).await {
        tracing::debug!(%error, "the worker finds the request to cancel within seconds");
    }
    Ok((status, axum::Json(find(&app, &caller, id).await?)))
}

/// Run a FAILED or CANCELLED job again, with all of its attempts before it.
#[utoipa::path(post, path = "/jobs/{id}/retry", tag = "jobs", params(("id" = Uuid, Path)),
    responses((status = 202, body = Job), (status = "4XX", body = Problem)))]
pub(crate) async fn retry(
    State(app): State<SharedApp>,
    session: Session,
    Path(id): Path<Uuid>,
) -> ApiResult<(StatusCode, axum::Json<Job>)> {
    let caller = session.require(JOBS_CONTROL)?;
    match jobs::retry(&app.api, &caller, JobId(id)).await? {
        Retry::Pending => {
            app.wakers.admission.notify_one();
            Ok((StatusCode::ACCEPTED, axum::Json(find(&app, &caller, id).await?)))
        }
        Retry::NotEnded(state) => Err(ApiError::new(
            ErrorCode::JobState,
            format!("The job is {state}; only FAILED and CANCELLED jobs run again."),
        )),
        Retry::KeyTaken => Err(ApiError::new(
            ErrorCode::JobState,
            "A living job has the same unique_key; wait for its end or cancel it.".to_owned(),
        )),
        Retry::NotFound => Err(not_found(id)),
    }
}
