//! `/platform/modules`: the installation's modules, for its operators.

use std::time::Duration;

use axum::extract::{Request, State};
use faena_contract::api::{EnableModule, Module, Page, Problem};
use faena_contract::permission::{MODULES_READ, MODULES_WRITE};
use faena_contract::{ErrorCode, ModuleState, limits};
use http::StatusCode;

use crate::app::SharedApp;
use crate::auth::Session;
use crate::error::{ApiError, ApiResult};
use crate::extract::{OptionalJson, Path, PreferWait, read};
use crate::modules::{self, module};

/// Publish a package, the `.faena` file as the body. Publishing the same one again changes nothing.
#[utoipa::path(post, path = "/platform/modules", tag = "platform",
    request_body(content = Vec<u8>, content_type = "application/vnd.faena.package"),
    responses((status = 201, body = Module), (status = 200, body = Module), (status = "4XX", body = Problem)))]
pub(crate) async fn publish(
    State(app): State<SharedApp>,
    session: Session,
    request: Request,
) -> ApiResult<(StatusCode, axum::Json<Module>)> {
    let caller = session.require_platform(MODULES_WRITE)?;
    let bytes = read(request.into_body(), limits::PACKAGE_BYTES).await.map_err(|error| match error.code {
        ErrorCode::BodyTooLarge => {
            ApiError::new(ErrorCode::PackageTooLarge, format!("A package has at most {} bytes.", limits::PACKAGE_BYTES))
        }
        _ => error,
    })?;
    let (name, new) = modules::publish(&app, &caller, &bytes).await?;
    let row = modules::find(&app, &name).await?;
    Ok((if new { StatusCode::CREATED } else { StatusCode::OK }, axum::Json(module(row))))
}

/// Every module of the installation, by name.
#[utoipa::path(get, path = "/platform/modules", tag = "platform",
    responses((status = 200, body = Page<Module>), (status = "4XX", body = Problem)))]
pub(crate) async fn list(State(app): State<SharedApp>, session: Session) -> ApiResult<axum::Json<Page<Module>>> {
    session.require_platform(MODULES_READ)?;
    let rows = faena_store::modules::list(&app.api).await?;
    Ok(axum::Json(Page { items: rows.into_iter().map(module).collect(), next_cursor: None }))
}

/// One module of the installation with its versions.
#[utoipa::path(get, path = "/platform/modules/{name}", tag = "platform", params(("name" = String, Path)),
    responses((status = 200, body = Module), (status = "4XX", body = Problem)))]
pub(crate) async fn show(
    State(app): State<SharedApp>,
    session: Session,
    Path(name): Path<String>,
) -> ApiResult<axum::Json<Module>> {
    session.require_platform(MODULES_READ)?;
    Ok(axum::Json(module(modules::find(&app, &name).await?)))
}

/// Enable a module: the first time a worker compiles and checks it. `Prefer: wait=N` waits for that (default 30 s).
#[utoipa::path(post, path = "/platform/modules/{name}/enable", tag = "platform", params(("name" = String, Path)),
    request_body = Option<EnableModule>,
    responses((status = 200, body = Module), (status = 202, body = Module), (status = "4XX", body = Problem)))]
pub(crate) async fn enable(
    State(app): State<SharedApp>,
    session: Session,
    Path(name): Path<String>,
    PreferWait(wait): PreferWait,
    OptionalJson(body): OptionalJson<EnableModule>,
) -> ApiResult<(StatusCode, axum::Json<Module>)> {
    let caller = session.require_platform(MODULES_WRITE)?;
    let longest = Duration::from_secs(wait.unwrap_or(30));
    let row = modules::enable(&app, &caller, &name, body.version.as_deref(), longest).await?;
    let status = if row.state == ModuleState::Installing { StatusCode::ACCEPTED } else { StatusCode::OK };
    Ok((status, axum::Json(module(row))))
}

/// Disable a module: its jobs are refused, and those already accepted are parked until it is enabled again.
#[utoipa::path(post, path = "/platform/modules/{name}/disable", tag = "platform", params(("name" = String, Path)),
    responses((status = 200, body = Module), (status = "4XX", body = Problem)))]
pub(crate) async fn disable(
    State(app): State<SharedApp>,
    session: Session,
    Path(name): Path<String>,
) -> ApiResult<axum::Json<Module>> {
    let caller = session.require_platform(MODULES_WRITE)?;
    Ok(axum::Json(module(modules::disable(&app, &caller, &name).await?)))
}
