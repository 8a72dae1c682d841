//! Trusted signing keys.

use sqlx::FromRow;

use crate::error::StoreError;
use crate::{Api, Caller, audit};

/// A key whose signatures are trusted.
#[derive(Clone, Debug, FromRow)]
pub struct SigningKey {
    /// First 16 hex digits of the SHA-256 of the public key.
    pub id: String,
    /// Ed25519 public key, 32 bytes.
    pub public_key: Vec<u8>,
    /// The module names that it may sign: this one and those that begin with it and `-`; all when absent.
    pub module_prefix: Option<String>,
    /// Made by `faena up` for development.
    pub is_development: bool,
}

/// The trusted key with this id.
pub async fn signing_key(api: &Api, id: &str) -> Result<Option<SigningKey>, StoreError> {
    sqlx::query_as("SELECT id, public_key, module_prefix, is_development FROM signing_key WHERE id = $1")
        .bind(id)
        .fetch_optional(&api.0)
        .await
        .map_err(StoreError::from_sqlx("read a signing key"))
}

/// Trusts a key. Trusting one that is trusted already changes nothing.
pub async fn trust_key(api: &Api, caller: &Caller, key: &SigningKey) -> Result<(), StoreError> {
    let mut tx = api.begin(caller).await?;
    let inserted = sqlx::query(
        "INSERT INTO signing_key (id, public_key, module_prefix, is_development) VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO NOTHING",
    )
    .bind(&key.id)
    .bind(&key.public_key)
    .bind(&key.module_prefix)
    .bind(key.is_development)
    .execute(&mut *tx)
    .await
    .map_err(StoreError::from_sqlx("trust a signing key"))?;
    if inserted.rows_affected() == 1 {
        let entry = audit::Entry {
            action: "signing_key.trust",
            subject_kind: "signing_key",
            subject: &key.id,
            details: serde_json::json!({ "development": key.is_development, "module_prefix": key.module_prefix }),
        };
        audit::record(&mut tx, caller, entry).await?;
    }
    tx.commit().await.map_err(StoreError::from_sqlx("commit"))
}
