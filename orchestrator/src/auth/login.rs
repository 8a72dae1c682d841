//! Logging in, staying logged in, logging out.

use std::time::Instant;

use chrono::{DateTime, Duration, Utc};
use faena_contract::api::Tokens;
use faena_contract::{ErrorCode, OrganizationId, PLATFORM_ORGANIZATION, UserId};
use faena_store::audit;
use faena_store::identity::{self, Refresh, SessionToken};

use super::keys::{ACCESS_TOKEN_TTL, issue_secret, sha256};
use crate::app::App;
use crate::error::{ApiError, ApiResult};

/// How long a refresh token lives.
const REFRESH_TOKEN_TTL: Duration = Duration::days(30);
const REFRESH_PREFIX: &str = "far_";

/// Checks the password and starts a session.
pub(crate) async fn login(app: &App, email: &str, password: String, ip: Option<&str>) -> ApiResult<Tokens> {
    let email = email.trim().to_lowercase();
    if !app.logins.allows(&email, Instant::now()) {
        return Err(ApiError::new(
            ErrorCode::TooManyLogins,
            "Too many failed logins for this address. Wait five minutes and try again.",
        ));
    }
    let login = identity::find_login(&app.authenticator, &email).await?.filter(|login| login.is_active);
    let hash = login.as_ref().map(|login| login.password_hash.clone());
    let matches = app.passwords.verify(password, hash).await;
    let Some(login) = login.filter(|_| matches) else {
        app.logins.failed(&email, Instant::now());
        audit::record_login(&app.authenticator, PLATFORM_ORGANIZATION, None, &email, "denied", ip).await?;
        return Err(ApiError::new(ErrorCode::InvalidCredentials, "The e-mail address or the password is wrong."));
    };
    app.logins.succeeded(&email);
    let user = UserId(login.user);
    let home = identity::identity(&app.authenticator, user).await?;
    let home =
        home.and_then(|identity| identity.memberships.first().map(|member| OrganizationId(member.organization.id)));
    audit::record_login(&app.authenticator, home.unwrap_or(PLATFORM_ORGANIZATION), Some(user.0), &email, "ok", ip)
        .await?;
    identity::note_login(&app.authenticator, user).await?;
    let now = Utc::now();
    let (refresh_token, token) = new_refresh_token(now)?;
    identity::start_session(&app.authenticator, user, token).await?;
    tokens(app, user, refresh_token, now)
}

/// Exchanges a refresh token for a new pair.
pub(crate) async fn refresh(app: &App, old: &str) -> ApiResult<Tokens> {
    let now = Utc::now();
    let (refresh_token, token) = new_refresh_token(now)?;
    match identity::refresh(&app.authenticator, sha256(old.as_bytes()), token).await? {
        Refresh::Refreshed(user) => tokens(app, user, refresh_token, now),
        Refresh::Reused => Err(ApiError::new(
            ErrorCode::RefreshTokenReused,
            "This refresh token was used before, so the whole session was ended. Log in again; if it was not you, change your password.",
        )),
        Refresh::Invalid => Err(ApiError::new(
            ErrorCode::NotAuthenticated,
            "The refresh token is unknown, expired or revoked. Log in again.",
        )),
    }
}

/// Ends the session of a refresh token.
pub(crate) async fn logout(app: &App, token: &str) -> ApiResult<()> {
    identity::logout(&app.authenticator, sha256(token.as_bytes())).await?;
    Ok(())
}

fn new_refresh_token(now: DateTime<Utc>) -> ApiResult<(String, SessionToken)> {
    let (secret, hash) = issue_secret(REFRESH_PREFIX).map_err(|error| ApiError::internal(&error))?;
    Ok((secret, SessionToken { hash, expires_at: now + REFRESH_TOKEN_TTL }))
}

fn tokens(app: &App, user: UserId, refresh_token: String, now: DateTime<Utc>) -> ApiResult<Tokens> {
    let access_token = app.keys.issue(user, now).map_err(|error| ApiError::internal(&error))?;
    Ok(Tokens {
        access_token,
        token_type: "Bearer".to_owned(),
        expires_in: ACCESS_TOKEN_TTL.num_seconds().unsigned_abs(),
        refresh_token,
    })
}
