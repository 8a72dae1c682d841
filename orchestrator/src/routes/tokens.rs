//! `/tokens`

use axum::extract::State;
use chrono::{Duration, Utc};
use faena_contract::api::{CreatedToken, NewToken, Page, Problem, Token};
use faena_contract::permission::{self, TOKENS_WRITE};
use faena_contract::{ErrorCode, TokenId};
use faena_store::identity;
use http::StatusCode;
use uuid::Uuid;

use crate::app::SharedApp;
use crate::auth::{API_TOKEN_PREFIX, Session, issue_secret};
use crate::error::{ApiError, ApiResult};
use crate::extract::{Json, Path};

const DEFAULT_DAYS: u32 = 90;
const LONGEST_DAYS: u32 = 3_650;
/// Characters of a secret that are kept to recognise it.
const SHOWN: usize = 12;

/// The organization's API tokens, newest first, without their secrets.
#[utoipa::path(get, path = "/tokens", tag = "tokens", responses((status = 200, body = Page<Token>), (status = "4XX", body = Problem)))]
pub(crate) async fn list(State(app): State<SharedApp>, session: Session) -> ApiResult<axum::Json<Page<Token>>> {
    let caller = session.require(TOKENS_WRITE)?;
    let items = identity::tokens(&app.api, &caller).await?;
    Ok(axum::Json(Page { items, next_cursor: None }))
}

/// Make an API token. The secret is in this answer and nowhere else.
#[utoipa::path(post, path = "/tokens", tag = "tokens", request_body = NewToken,
    responses((status = 201, body = CreatedToken), (status = "4XX", body = Problem)))]
pub(crate) async fn create(
    State(app): State<SharedApp>,
    session: Session,
    Json(body): Json<NewToken>,
) -> ApiResult<(StatusCode, axum::Json<CreatedToken>)> {
    let caller = session.require(TOKENS_WRITE)?;
    let permissions = permissions(&session, body.permissions)?;
    let days = body.expires_in_days.unwrap_or(DEFAULT_DAYS);
    if !(1..=LONGEST_DAYS).contains(&days) {
        let message = format!("`expires_in_days` is {days}; it goes from 1 to {LONGEST_DAYS}.");
        return Err(ApiError::at(ErrorCode::InvalidBody, "/expires_in_days", message));
    }
    if body.name.is_empty() || body.name.chars().count() > 100 {
        return Err(ApiError::at(ErrorCode::InvalidBody, "/name", "`name` has 1 to 100 characters."));
    }
    let (secret, hash) = issue_secret(API_TOKEN_PREFIX).map_err(|error| ApiError::internal(&error))?;
    let new = identity::NewToken {
        name: &body.name,
        prefix: secret.get(..SHOWN).unwrap_or(API_TOKEN_PREFIX),
        hash,
        permissions: &permissions,
        expires_at: Utc::now() + Duration::days(days.into()),
    };
    let token = identity::create_token(&app.api, &caller, &new).await?;
    Ok((StatusCode::CREATED, axum::Json(CreatedToken { token, secret })))
}

/// At most what the caller may do.
fn permissions(session: &Session, wanted: Option<Vec<String>>) -> ApiResult<Vec<String>> {
    let own = session.permissions();
    let Some(wanted) = wanted else { return Ok(own) };
    for (index, pattern) in wanted.iter().enumerate() {
        let covered = permission::ALL.iter().filter(|permission| permission::allows(&[pattern], permission));
        let more_than_own = covered.clone().any(|permission| !permission::allows(&own, permission));
        if covered.count() == 0 || more_than_own {
            let message = format!("`{pattern}` is no permission, or more than you have. Yours are {}.", own.join(", "));
            return Err(ApiError::at(ErrorCode::PermissionUnknown, format!("/permissions/{index}"), message));
        }
    }
    Ok(wanted)
}

/// Revoke an API token.
#[utoipa::path(delete, path = "/tokens/{id}", tag = "tokens", params(("id" = Uuid, Path)),
    responses((status = 204), (status = "4XX", body = Problem)))]
pub(crate) async fn revoke(
    State(app): State<SharedApp>,
    session: Session,
    Path(id): Path<Uuid>,
) -> ApiResult<StatusCode> {
    let caller = session.require(TOKENS_WRITE)?;
    let revoked = identity::revoke_token(&app.api, &caller, TokenId(id)).await?;
    app.principals.clear();
    if revoked {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(ApiError::new(ErrorCode::TokenNotFound, "The organization has no such token."))
    }
}
