//! `/audit`

use axum::extract::State;
use faena_contract::api::{AuditEntry, Page, Problem};
use faena_contract::permission::AUDIT_READ;
use faena_store::audit;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::app::SharedApp;
use crate::auth::Session;
use crate::error::ApiResult;
use crate::extract::{Params, cursor_id, page_size};

/// Which part of the trail.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Query {
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Entries a page, 1 to 500; 50 when absent.
    limit: Option<i64>,
    /// Set to read the trail of the installation itself, which needs a platform role.
    #[serde(default)]
    platform: bool,
}

/// The audit trail, newest first.
#[utoipa::path(get, path = "/audit", tag = "audit", params(Query),
    responses((status = 200, body = Page<AuditEntry>), (status = "4XX", body = Problem)))]
pub(crate) async fn list(
    State(app): State<SharedApp>,
    session: Session,
    Params(query): Params<Query>,
) -> ApiResult<axum::Json<Page<AuditEntry>>> {
    let caller = if query.platform { session.require_platform(AUDIT_READ)? } else { session.require(AUDIT_READ)? };
    let limit = page_size(query.limit)?;
    let items = audit::list(&app.api, &caller, cursor_id(query.cursor.as_deref())?, limit).await?;
    let full = items.len() as i64 == limit;
    let next_cursor = items.last().filter(|_| full).map(|entry| entry.id.to_string());
    Ok(axum::Json(Page { items, next_cursor }))
}
