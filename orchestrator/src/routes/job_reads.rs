//! `GET /jobs...`

use axum::extract::State;
use chrono::{DateTime, Utc};
use faena_contract::api::{Attempt, Job, LogLine, Page, Problem};
use faena_contract::permission::JOBS_READ;
use faena_contract::{ErrorCode, JobId, JobState};
use faena_store::Caller;
use faena_store::jobs::{self, Filter};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use crate::app::{App, SharedApp};
use crate::auth::Session;
use crate::error::{ApiError, ApiResult};
use crate::extract::{Params, Path, cursor_id, page_size};

/// What a list of jobs is narrowed to.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListQuery {
    /// PENDING, RUNNING, WAITING, COMPLETED, FAILED or CANCELLED.
    state: Option<String>,
    /// Name of a module.
    module: Option<String>,
    /// A tag.
    tag: Option<String>,
    /// Accepted at or after this time, RFC 3339.
    created_after: Option<DateTime<Utc>>,
    /// Accepted before this time, RFC 3339.
    created_before: Option<DateTime<Utc>>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Jobs a page, 1 to 500; 50 when absent.
    limit: Option<i64>,
}

/// The organization's jobs, newest first, without payloads and results.
#[utoipa::path(get, path = "/jobs", tag = "jobs", params(ListQuery),
    responses((status = 200, body = Page<Job>), (status = "4XX", body = Problem)))]
pub(crate) async fn list(
    State(app): State<SharedApp>,
    session: Session,
    Params(query): Params<ListQuery>,
) -> ApiResult<axum::Json<Page<Job>>> {
    let caller = session.require(JOBS_READ)?;
    let limit = page_size(query.limit)?;
    let state = query.state.as_deref().map(str::parse::<JobState>).transpose();
    let filter = Filter {
        state: state.map_err(|error| ApiError::new(ErrorCode::InvalidQuery, format!("{error}.")))?,
        module: query.module,
        tag: query.tag,
        created_after: query.created_after,
        created_before: query.created_before,
        before: cursor_id(query.cursor.as_deref())?,
    };
    let items = jobs::list(&app.api, &caller, &filter, limit).await?;
    let full = items.len() as i64 == limit;
    let next_cursor = items.last().filter(|_| full).map(|job| job.id.to_string());
    Ok(axum::Json(Page { items, next_cursor }))
}

/// One job with payload and result.
#[utoipa::path(get, path = "/jobs/{id}", tag = "jobs", params(("id" = Uuid, Path)),
    responses((status = 200, body = Job), (status = "4XX", body = Problem)))]
pub(crate) async fn show(
    State(app): State<SharedApp>,
    session: Session,
    Path(id): Path<Uuid>,
) -> ApiResult<axum::Json<Job>> {
    let caller = session.require(JOBS_READ)?;
    find(&app, &caller, id).await.map(axum::Json)
}

/// The attempts of a job, oldest first.
#[utoipa::path(get, path = "/jobs/{id}/attempts", tag = "jobs", params(("id" = Uuid, Path)),
    responses((status = 200, body = Page<Attempt>), (status = "4XX", body = Problem)))]
pub(crate) async fn attempts(
    State(app): State<SharedApp>,
    session: Session,
    Path(id): Path<Uuid>,
) -> ApiResult<axum::Json<Page<Attempt>>> {
    let caller = session.require(JOBS_READ)?;
    find(&app, &caller, id).await?;
    let items = jobs::attempts(&app.api, &caller, JobId(id)).await?;
    Ok(axum::Json(Page { items, next_cursor: None }))
}

/// Which lines of a log.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct LogQuery {
    /// `next_cursor` of the page before, or `seq` of the last line seen.
    after: Option<i64>,
    /// The same as `after`.
    cursor: Option<i64>,
    /// Lines a page, 1 to 500; 50 when absent.
    limit: Option<i64>,
}

/// The log of a job, oldest first. `next_cursor` is there whenever there are lines, so that a follower can go on.
#[utoipa::path(get, path = "/jobs/{id}/logs", tag = "jobs", params(("id" = Uuid, Path), LogQuery),
    responses((status = 200, body = Page<LogLine>), (status = "4XX", body = Problem)))]
pub(crate) async fn logs(
    State(app): State<SharedApp>,
    session: Session,
    Path(id): Path<Uuid>,
    Params(query): Params<LogQuery>,
) -> ApiResult<axum::Json<Page<LogLine>>> {
    let caller = session.require(JOBS_READ)?;
    let limit = page_size(query.limit)?;
    find(&app, &caller, id).await?;
    let after = query.cursor.or(query.after).unwrap_or(0);
    let items = jobs::logs(&app.api, &caller, JobId(id), after, limit).await?;
    let next_cursor = items.last().map(|line| line.seq.to_string());
    Ok(axum::Json(Page { items, next_cursor }))
}

pub(super) async fn find(app: &App, caller: &Caller, id: Uuid) -> ApiResult<Job> {
    jobs::read(&app.api, caller, JobId(id)).await?.ok_or_else(|| not_found(id))
}

pub(super) fn not_found(id: Uuid) -> ApiError {
    ApiError::new(ErrorCode::JobNotFound, format!("Your organization has no job {id}."))
}
