//! The audit trail: append-only rows, written in the transaction of the change.

use chrono::{DateTime, Utc};
use faena_contract::OrganizationId;
use faena_contract::api::AuditEntry;
use sqlx::{FromRow, PgConnection};
use uuid::Uuid;

use crate::error::StoreError;
use crate::{Api, Authenticator, Caller};

/// What was done, to what.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    /// `noun.verb`.
    pub action: &'static str,
    /// Kind of the thing.
    pub subject_kind: &'static str,
    /// Which one.
    pub subject: &'a str,
    /// More, for people.
    pub details: serde_json::Value,
}

const INSERT: &str = "INSERT INTO audit_log
    (id, organization_id, actor, actor_user_id, actor_token_id, action, subject_kind, subject, outcome, ip, details)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";

/// Writes one entry of the caller, in the transaction of the change.
pub(crate) async fn record(tx: &mut PgConnection, caller: &Caller, entry: Entry<'_>) -> Result<(), StoreError> {
    sqlx::query(INSERT)
        .bind(Uuid::now_v7())
        .bind(caller.organization.0)
        .bind(&caller.actor)
        .bind(caller.user.0)
        .bind(caller.token.map(|token| token.0))
        .bind(entry.action)
        .bind(entry.subject_kind)
        .bind(entry.subject)
        .bind("ok")
        .bind(&caller.ip)
        .bind(entry.details.to_string())
        .execute(tx)
        .await
        .map_err(StoreError::from_sqlx("audit"))?;
    Ok(())
}

/// Writes an entry about a login, successful or not, under an organization.
pub async fn record_login(
    authenticator: &Authenticator,
    organization: OrganizationId,
    user: Option<Uuid>,
    actor: &str,
    outcome: &'static str,
    ip: Option<&str>,
) -> Result<(), StoreError> {
    sqlx::query(INSERT)
        .bind(Uuid::now_v7())
        .bind(organization.0)
        .bind(actor)
        .bind(user)
        .bind(None::<Uuid>)
        .bind("session.login")
        .bind("user")
        .bind(actor)
        .bind(outcome)
        .bind(ip)
        .bind("{}")
        .execute(&authenticator.0)
        .await
        .map_err(StoreError::from_sqlx("audit a login"))?;
    Ok(())
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    at: DateTime<Utc>,
    actor: String,
    action: String,
    subject_kind: String,
    subject: String,
    outcome: String,
    ip: Option<String>,
    details: String,
}

/// A page of the organization's trail, newest first.
pub async fn list(api: &Api, caller: &Caller, before: Option<Uuid>, limit: i64) -> Result<Vec<AuditEntry>, StoreError> {
    let mut tx = api.begin(caller).await?;
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT id, at, actor, action, subject_kind, subject, outcome, ip, details FROM audit_log
         WHERE organization_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3",
    )
    .bind(caller.organization.0)
    .bind(before.unwrap_or(Uuid::max()))
    .bind(limit)
    .fetch_all(&mut *tx)
    .await
    .map_err(StoreError::from_sqlx("list the audit trail"))?;
    Ok(rows.into_iter().map(entry).collect())
}

fn entry(row: Row) -> AuditEntry {
    AuditEntry {
        id: row.id,
        at: row.at,
        actor: row.actor,
        action: row.action,
        subject_kind: row.subject_kind,
        subject: row.subject,
        outcome: row.outcome,
        ip: row.ip,
        details: serde_json::from_str(&row.details).unwrap_or_default(),
    }
}
