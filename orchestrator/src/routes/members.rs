//! `/members`

use axum::extract::State;
use faena_contract::api::{FieldError, Member, NewMember, Page, Problem};
use faena_contract::permission::{MEMBERS_READ, MEMBERS_WRITE};
use faena_contract::{ErrorCode, UserId};
use faena_store::identity::{self, AddMember, NewUser};
use http::StatusCode;
use uuid::Uuid;

use crate::app::{App, SharedApp};
use crate::auth::{Session, is_strong};
use crate::error::{ApiError, ApiResult};
use crate::extract::{Json, Path};

/// The members of the organization, oldest first.
#[utoipa::path(get, path = "/members", tag = "members",
    responses((status = 200, body = Page<Member>), (status = "4XX", body = Problem)))]
pub(crate) async fn list(State(app): State<SharedApp>, session: Session) -> ApiResult<axum::Json<Page<Member>>> {
    let caller = session.require(MEMBERS_READ)?;
    let items = identity::members(&app.api, &caller).await?;
    Ok(axum::Json(Page { items, next_cursor: None }))
}

/// Add a user to the organization, making the user when the address is new.
#[utoipa::path(post, path = "/members", tag = "members", request_body = NewMember,
    responses((status = 201, body = Member), (status = "4XX", body = Problem)))]
pub(crate) async fn add(
    State(app): State<SharedApp>,
    session: Session,
    Json(body): Json<NewMember>,
) -> ApiResult<(StatusCode, axum::Json<Member>)> {
    let caller = session.require(MEMBERS_WRITE)?;
    if body.role.starts_with("platform") {
        return Err(ApiError::at(ErrorCode::InvalidBody, "/role", "A platform role is no role in an organization."));
    }
    let email = body.email.trim().to_lowercase();
    let hash = new_password_hash(&app, &body).await?;
    let new = hash
        .as_deref()
        .map(|password_hash| NewUser { display_name: body.display_name.as_deref().unwrap_or(&email), password_hash });
    let added = identity::add_member(&app.api, &app.authenticator, &caller, &email, &body.role, new.as_ref()).await?;
    app.principals.clear();
    let AddMember::Added(user) = added else {
        return Err(ApiError::at(
            ErrorCode::UserNotFound,
            "/email",
            "There is no user with this address. Give `password` to make one.",
        ));
    };
    let members = identity::members(&app.api, &caller).await?;
    let member = members.into_iter().find(|member| member.user.id == user.0);
    let member =
        member.ok_or_else(|| ApiError::new(ErrorCode::UserNotFound, "The member was removed in the same moment."))?;
    Ok((StatusCode::CREATED, axum::Json(member)))
}

async fn new_password_hash(app: &App, body: &NewMember) -> ApiResult<Option<String>> {
    let Some(password) = &body.password else { return Ok(None) };
    if !is_strong(password) {
        let message = "A password has at least 12 characters, of which at least 5 differ.".to_owned();
        let error = FieldError { index: None, path: "/password".to_owned(), code: None, message: message.clone() };
        return Err(ApiError::new(ErrorCode::PasswordWeak, message).with_errors(vec![error]));
    }
    app.passwords.hash(password.clone()).await.map(Some).map_err(|error| ApiError::internal(&error))
}

/// Remove a member from the organization, with the member's API tokens.
#[utoipa::path(delete, path = "/members/{user_id}", tag = "members", params(("user_id" = Uuid, Path)),
    responses((status = 204), (status = "4XX", body = Problem)))]
pub(crate) async fn remove(
    State(app): State<SharedApp>,
    session: Session,
    Path(user): Path<Uuid>,
) -> ApiResult<StatusCode> {
    let caller = session.require(MEMBERS_WRITE)?;
    let removed = identity::remove_member(&app.api, &caller, UserId(user)).await?;
    app.principals.clear();
    match removed {
        Some(true) => Ok(StatusCode::NO_CONTENT),
        Some(false) => {
            Err(ApiError::new(ErrorCode::LastOwner, "This is the last owner. Make another member an owner first."))
        }
        None => Err(ApiError::new(ErrorCode::UserNotFound, "The organization has no such member.")),
    }
}
