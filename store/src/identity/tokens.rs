//! API tokens of an organization.

use chrono::{DateTime, Utc};
use faena_contract::TokenId;
use faena_contract::api::Token;
use sqlx::FromRow;
use uuid::Uuid;

use crate::error::StoreError;
use crate::{Api, Caller, audit};

/// A token to store.
#[derive(Clone, Debug)]
pub struct NewToken<'a> {
    /// What it is for.
    pub name: &'a str,
    /// First characters of the secret.
    pub prefix: &'a str,
    /// SHA-256 of the secret.
    pub hash: [u8; 32],
    /// What it may do.
    pub permissions: &'a [String],
    /// When it stops working.
    pub expires_at: DateTime<Utc>,
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    name: String,
    prefix: String,
    permissions: Vec<String>,
    created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    revoked_at: Option<DateTime<Utc>>,
}

/// Stores a token of the caller.
pub async fn create_token(api: &Api, caller: &Caller, new: &NewToken<'_>) -> Result<Token, StoreError> {
    let mut tx = api.begin(caller).await?;
    let row: Row = sqlx::query_as(
        "INSERT INTO api_token (id, organization_id, user_id, name, prefix, secret_hash, permissions, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         RETURNING id, name, prefix, permissions, created_at, expires_at, revoked_at",
    )
    .bind(Uuid::now_v7())
    .bind(caller.organization.0)
    .bind(caller.user.0)
    .bind(new.name)
    .bind(new.prefix)
    .bind(new.hash.as_slice())
    .bind(new.permissions)
    .bind(new.expires_at)
    .fetch_one(&mut *tx)
    .await
    .map_err(StoreError::from_sqlx("make a token"))?;
    let entry = audit::Entry {
        action: "token.create",
        subject_kind: "token",
        subject: new.prefix,
        details: serde_json::json!({ "name": new.name, "permissions": new.permissions }),
    };
    audit::record(&mut tx, caller, entry).await?;
    tx.commit().await.map_err(StoreError::from_sqlx("commit"))?;
    Ok(token(row))
}

/// The tokens of the caller's organization, newest first.
pub async fn tokens(api: &Api, caller: &Caller) -> Result<Vec<Token>, StoreError> {
    let mut tx = api.begin(caller).await?;
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT id, name, prefix, permissions, created_at, expires_at, revoked_at FROM api_token
         WHERE organization_id = $1 ORDER BY id DESC",
    )
    .bind(caller.organization.0)
    .fetch_all(&mut *tx)
    .await
    .map_err(StoreError::from_sqlx("list tokens"))?;
    Ok(rows.into_iter().map(token).collect())
}

fn token(row: Row) -> Token {
    Token {
        id: row.id,
        name: row.name,
        prefix: row.prefix,
        permissions: row.permissions,
        created_at: row.created_at,
        expires_at: row.expires_at,
        revoked_at: row.revoked_at,
    }
}

/// Revokes a token; false when the organization has none with this id.
pub async fn revoke_token(api: &Api, caller: &Caller, id: TokenId) -> Result<bool, StoreError> {
    let mut tx = api.begin(caller).await?;
    let revoked =
        sqlx::query("UPDATE api_token SET revoked_at = COALESCE(revoked_at, clock_timestamp()) WHERE id = $1")
            .bind(id.0)
            .execute(&mut *tx)
            .await
            .map_err(StoreError::from_sqlx("revoke a token"))?;
    if revoked.rows_affected() == 0 {
        return Ok(false);
    }
    let subject = id.to_string();
    let entry = audit::Entry {
        action: "token.revoke",
        subject_kind: "token",
        subject: &subject,
        details: serde_json::json!({}),
    };
    audit::record(&mut tx, caller, entry).await?;
    tx.commit().await.map_err(StoreError::from_sqlx("commit"))?;
    Ok(true)
}
