//! Logins and refresh tokens. A refresh token is stored hashed and works once; a second use ends its whole family.

use chrono::{DateTime, Utc};
use faena_contract::UserId;
use sqlx::FromRow;
use uuid::Uuid;

use crate::Authenticator;
use crate::error::StoreError;

/// What a login is checked against.
#[derive(Clone, Debug, FromRow)]
pub struct Login {
    /// The user.
    #[sqlx(rename = "id")]
    pub user: Uuid,
    /// Argon2id hash.
    pub password_hash: String,
    /// Whether the user may log in.
    pub is_active: bool,
}

/// The user with this e-mail address, in lower case.
pub async fn find_login(authenticator: &Authenticator, email: &str) -> Result<Option<Login>, StoreError> {
    sqlx::query_as("SELECT id, password_hash, is_active FROM app_user WHERE email = $1")
        .bind(email)
        .fetch_optional(&authenticator.0)
        .await
        .map_err(StoreError::from_sqlx("find a login"))
}

/// Notes the time of a login.
pub async fn note_login(authenticator: &Authenticator, user: UserId) -> Result<(), StoreError> {
    sqlx::query("UPDATE app_user SET last_login_at = clock_timestamp() WHERE id = $1")
        .bind(user.0)
        .execute(&authenticator.0)
        .await
        .map_err(StoreError::from_sqlx("note a login"))?;
    Ok(())
}

/// A refresh token to store.
#[derive(Clone, Copy, Debug)]
pub struct SessionToken {
    /// SHA-256 of the token.
    pub hash: [u8; 32],
    /// When it stops working.
    pub expires_at: DateTime<Utc>,
}

/// Starts a session: a new family of refresh tokens.
pub async fn start_session(authenticator: &Authenticator, user: UserId, token: SessionToken) -> Result<(), StoreError> {
    insert(&authenticator.0, user.0, Uuid::now_v7(), token).await
}

async fn insert(
    executor: impl sqlx::PgExecutor<'_>,
    user: Uuid,
    family: Uuid,
    token: SessionToken,
) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO auth_session (id, user_id, family, refresh_hash, expires_at) VALUES ($1, $2, $3, $4, $5)")
        .bind(Uuid::now_v7())
        .bind(user)
        .bind(family)
        .bind(token.hash.as_slice())
        .bind(token.expires_at)
        .execute(executor)
        .await
        .map_err(StoreError::from_sqlx("store a refresh token"))?;
    Ok(())
}

/// What a refresh came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refresh {
    /// The new token is stored; it belongs to this user.
    Refreshed(UserId),
    /// The token was used before: the family is revoked.
    Reused,
    /// The token is unknown, expired or revoked.
    Invalid,
}

#[derive(FromRow)]
struct Used {
    user_id: Uuid,
    family: Uuid,
}

/// Uses up the token with hash `old` and stores `new` in its family.
pub async fn refresh(authenticator: &Authenticator, old: [u8; 32], new: SessionToken) -> Result<Refresh, StoreError> {
    let mut tx = authenticator.0.begin().await.map_err(StoreError::from_sqlx("begin"))?;
    let used: Option<Used> = sqlx::query_as(
        "UPDATE auth_session s SET used_at = clock_timestamp() FROM app_user u
         WHERE s.refresh_hash = $1 AND s.used_at IS NULL AND s.revoked_at IS NULL AND s.expires_at > clock_timestamp()
           AND u.id = s.user_id AND u.is_active
         RETURNING s.user_id, s.family",
    )
    .bind(old.as_slice())
    .fetch_optional(&mut *tx)
    .await
    .map_err(StoreError::from_sqlx("use a refresh token"))?;
    let answer = match used {
        Some(used) => {
            insert(&mut *tx, used.user_id, used.family, new).await?;
            Refresh::Refreshed(UserId(used.user_id))
        }
        None if revoke_family(&mut tx, old, true).await? => Refresh::Reused,
        None => Refresh::Invalid,
    };
    tx.commit().await.map_err(StoreError::from_sqlx("commit"))?;
    Ok(answer)
}

/// Ends the session that the token with this hash belongs to; false when there is none.
pub async fn logout(authenticator: &Authenticator, hash: [u8; 32]) -> Result<bool, StoreError> {
    let mut tx = authenticator.0.begin().await.map_err(StoreError::from_sqlx("begin"))?;
    let ended = revoke_family(&mut tx, hash, false).await?;
    tx.commit().await.map_err(StoreError::from_sqlx("commit"))?;
    Ok(ended)
}

async fn revoke_family(tx: &mut sqlx::PgConnection, hash: [u8; 32], only_used: bool) -> Result<bool, StoreError> {
    let revoked = sqlx::query(
        "UPDATE auth_session SET revoked_at = COALESCE(revoked_at, clock_timestamp())
         WHERE family = (SELECT family FROM auth_session WHERE refresh_hash = $1 AND (used_at IS NOT NULL OR NOT $2))",
    )
    .bind(hash.as_slice())
    .bind(only_used)
    .execute(tx)
    .await
    .map_err(StoreError::from_sqlx("revoke a session"))?;
    Ok(revoked.rows_affected() > 0)
}
