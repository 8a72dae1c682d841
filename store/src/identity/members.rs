//! Members of an organization.

use chrono::{DateTime, Utc};
use faena_contract::UserId;
use faena_contract::api::{Member, User};
use sqlx::{FromRow, PgConnection};
use uuid::Uuid;

use crate::error::StoreError;
use crate::{Api, Authenticator, Caller, audit};

/// A user to make when the address is new.
#[derive(Clone, Debug)]
pub struct NewUser<'a> {
    /// Name for people.
    pub display_name: &'a str,
    /// Argon2id hash.
    pub password_hash: &'a str,
}

/// What a request to add a member came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddMember {
    /// The user is a member now.
    Added(UserId),
    /// There is no user with this address and none to make was given.
    NoUser,
}

/// Adds the user with this address to the caller's organization, making the user when needed. The user's row is made
/// as the authenticator; it is of no use to anybody until the membership, which decides, is there too.
pub async fn add_member(
    api: &Api,
    authenticator: &Authenticator,
    caller: &Caller,
    email: &str,
    role: &str,
    new: Option<&NewUser<'_>>,
) -> Result<AddMember, StoreError> {
    let Some(user) = find_or_make(authenticator, email, new).await? else { return Ok(AddMember::NoUser) };
    let mut tx = api.begin(caller).await?;
    sqlx::query("INSERT INTO member (organization_id, user_id, role) VALUES ($1, $2, $3)")
        .bind(caller.organization.0)
        .bind(user)
        .bind(role)
        .execute(&mut *tx)
        .await
        .map_err(StoreError::from_sqlx("add a member"))?;
    record(&mut tx, caller, "member.add", email, role).await?;
    tx.commit().await.map_err(StoreError::from_sqlx("commit"))?;
    Ok(AddMember::Added(UserId(user)))
}

async fn find_or_make(
    authenticator: &Authenticator,
    email: &str,
    new: Option<&NewUser<'_>>,
) -> Result<Option<Uuid>, StoreError> {
    if let Some(new) = new {
        sqlx::query(
            "INSERT INTO app_user (id, email, display_name, password_hash) VALUES ($1, $2, $3, $4) ON CONFLICT (email) DO NOTHING",
        )
        .bind(Uuid::now_v7())
        .bind(email)
        .bind(new.display_name)
        .bind(new.password_hash)
        .execute(&authenticator.0)
        .await
        .map_err(StoreError::from_sqlx("make a user"))?;
    }
    sqlx::query_scalar("SELECT id FROM app_user WHERE email = $1")
        .bind(email)
        .fetch_optional(&authenticator.0)
        .await
        .map_err(StoreError::from_sqlx("find a user"))
}

async fn record(
    tx: &mut PgConnection,
    caller: &Caller,
    action: &'static str,
    subject: &str,
    role: &str,
) -> Result<(), StoreError> {
    let details = serde_json::json!({ "role": role });
    audit::record(tx, caller, audit::Entry { action, subject_kind: "member", subject, details }).await
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    email: String,
    display_name: String,
    locale: String,
    role: String,
    permissions: Vec<String>,
    created_at: DateTime<Utc>,
}

/// The members of the caller's organization, oldest first.
pub async fn members(api: &Api, caller: &Caller) -> Result<Vec<Member>, StoreError> {
    let mut tx = api.begin(caller).await?;
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT u.id, u.email, u.display_name, u.locale, m.role, m.permissions, m.created_at
         FROM member m JOIN app_user u ON u.id = m.user_id WHERE m.organization_id = $1 ORDER BY m.created_at, u.id",
    )
    .bind(caller.organization.0)
    .fetch_all(&mut *tx)
    .await
    .map_err(StoreError::from_sqlx("list members"))?;
    Ok(rows.into_iter().map(member).collect())
}

fn member(row: Row) -> Member {
    Member {
        user: User { id: row.id, email: row.email, display_name: row.display_name, locale: row.locale },
        role: row.role,
        permissions: row.permissions,
        created_at: row.created_at,
    }
}

/// Removes a member and, with it, the member's tokens. None: there is no such member; false: it is the last owner.
pub async fn remove_member(api: &Api, caller: &Caller, user: UserId) -> Result<Option<bool>, StoreError> {
    let mut tx = api.begin(caller).await?;
    let owners: Vec<Uuid> = sqlx::query_scalar(
        "SELECT user_id FROM member WHERE organization_id = $1 AND role = 'owner' ORDER BY user_id FOR UPDATE",
    )
    .bind(caller.organization.0)
    .fetch_all(&mut *tx)
    .await
    .map_err(StoreError::from_sqlx("lock the owners"))?;
    if owners == [user.0] {
        return Ok(Some(false));
    }
    let removed = sqlx::query("DELETE FROM member WHERE organization_id = $1 AND user_id = $2")
        .bind(caller.organization.0)
        .bind(user.0)
        .execute(&mut *tx)
        .await
        .map_err(StoreError::from_sqlx("remove a member"))?;
    if removed.rows_affected() == 0 {
        return Ok(None);
    }
    record(&mut tx, caller, "member.remove", &user.to_string(), "").await?;
    tx.commit().await.map_err(StoreError::from_sqlx("commit"))?;
    Ok(Some(true))
}
