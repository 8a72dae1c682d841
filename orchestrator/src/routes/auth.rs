//! `/auth/...`

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, State};
use faena_contract::api::{Login, Me, Organization, Problem, Refresh, Tokens};
use http::StatusCode;

use crate::app::SharedApp;
use crate::auth::{self, Session};
use crate::error::ApiResult;
use crate::extract::Json;

/// Log in with e-mail address and password.
#[utoipa::path(post, path = "/auth/login", tag = "auth", request_body = Login, security(()),
    responses((status = 200, body = Tokens), (status = "4XX", body = Problem)))]
pub(crate) async fn login(
    State(app): State<SharedApp>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    Json(body): Json<Login>,
) -> ApiResult<axum::Json<Tokens>> {
    let ip = address.ip().to_string();
    auth::login(&app, &body.email, body.password, Some(&ip)).await.map(axum::Json)
}

/// Exchange a refresh token, which works once, for a new pair.
#[utoipa::path(post, path = "/auth/refresh", tag = "auth", request_body = Refresh, security(()),
    responses((status = 200, body = Tokens), (status = "4XX", body = Problem)))]
pub(crate) async fn refresh(State(app): State<SharedApp>, Json(body): Json<Refresh>) -> ApiResult<axum::Json<Tokens>> {
    auth::refresh(&app, &body.refresh_token).await.map(axum::Json)
}

/// End the session of a refresh token.
#[utoipa::path(post, path = "/auth/logout", tag = "auth", request_body = Refresh, security(()),
    responses((status = 204), (status = "4XX", body = Problem)))]
pub(crate) async fn logout(State(app): State<SharedApp>, Json(body): Json<Refresh>) -> ApiResult<StatusCode> {
    auth::logout(&app, &body.refresh_token).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Who the token stands for.
#[utoipa::path(get, path = "/auth/me", tag = "auth", responses((status = 200, body = Me), (status = "4XX", body = Problem)))]
pub(crate) async fn me(session: Session) -> ApiResult<axum::Json<Me>> {
    let identity = &session.principal.identity;
    let organizations: Vec<Organization> =
        identity.memberships.iter().map(|member| member.organization.clone()).collect();
    Ok(axum::Json(Me {
        user: identity.user.clone(),
        platform_role: identity.platform_role.clone(),
        organization: session.membership().ok().map(|member| member.organization.clone()),
        permissions: session.permissions(),
        organizations,
    }))
}
