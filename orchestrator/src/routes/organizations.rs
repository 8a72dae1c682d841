//! `/organizations`

use axum::extract::State;
use faena_contract::api::{NewOrganization, Organization, Page, Problem};
use faena_contract::permission::ORGANIZATIONS_WRITE;
use faena_store::identity;
use http::StatusCode;

use crate::app::SharedApp;
use crate::auth::Session;
use crate::error::ApiResult;
use crate::extract::Json;

/// The caller's organizations, oldest first.
#[utoipa::path(get, path = "/organizations", tag = "organizations",
    responses((status = 200, body = Page<Organization>), (status = "4XX", body = Problem)))]
pub(crate) async fn list(session: Session) -> ApiResult<axum::Json<Page<Organization>>> {
    let memberships = session.principal.identity.memberships.iter();
    let items = memberships.map(|member| member.organization.clone()).collect();
    Ok(axum::Json(Page { items, next_cursor: None }))
}

/// Make an organization; the caller becomes its owner.
#[utoipa::path(post, path = "/organizations", tag = "organizations", request_body = NewOrganization,
    responses((status = 201, body = Organization), (status = "4XX", body = Problem)))]
pub(crate) async fn create(
    State(app): State<SharedApp>,
    session: Session,
    Json(body): Json<NewOrganization>,
) -> ApiResult<(StatusCode, axum::Json<Organization>)> {
    let caller = session.require_platform(ORGANIZATIONS_WRITE)?;
    let organization = identity::create_organization(&app.api, &caller, &body.slug, &body.name).await?;
    app.principals.clear();
    Ok((StatusCode::CREATED, axum::Json(organization)))
}
