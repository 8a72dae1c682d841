//! Who a token stands for, and what they may do where.

use chrono::{DateTime, Utc};
use faena_contract::UserId;
use faena_contract::api::{Organization, User};
use sqlx::FromRow;
use uuid::Uuid;

use crate::Authenticator;
use crate::error::StoreError;

/// A user with all memberships.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The user.
    pub user: User,
    /// Role on the installation, without its prefix: admin, operator or viewer.
    pub platform_role: Option<String>,
    /// Permissions on the installation.
    pub platform_permissions: Vec<String>,
    /// The user's organizations, oldest first.
    pub memberships: Vec<Membership>,
}

/// One organization of a user.
#[derive(Clone, Debug)]
pub struct Membership {
    /// The organization, with the user's role in it.
    pub organization: Organization,
    /// What the user may do in it.
    pub permissions: Vec<String>,
}

/// How a request names an organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OrganizationName {
    /// By id.
    Id(Uuid),
    /// By slug.
    Slug(String),
}

impl Identity {
    /// The membership that a request means: the one named, or the oldest when it names none.
    pub fn membership(&self, name: Option<&OrganizationName>) -> Option<&Membership> {
        match name {
            None => self.memberships.first(),
            Some(OrganizationName::Id(id)) => self.memberships.iter().find(|member| member.organization.id == *id),
            Some(OrganizationName::Slug(slug)) => {
                self.memberships.iter().find(|member| member.organization.slug == *slug)
            }
        }
    }
}

#[derive(FromRow)]
struct UserRow {
    id: Uuid,
    email: String,
    display_name: String,
    locale: String,
    platform_role: Option<String>,
    platform_permissions: Option<Vec<String>>,
}

#[derive(FromRow)]
struct MemberRow {
    id: Uuid,
    slug: String,
    name: String,
    created_at: DateTime<Utc>,
    role: String,
    permissions: Vec<String>,
}

/// The active user with this id.
pub async fn identity(authenticator: &Authenticator, user: UserId) -> Result<Option<Identity>, StoreError> {
    let row: Option<UserRow> = sqlx::query_as(
        "SELECT u.id, u.email, u.display_name, u.locale, u.platform_role, r.permissions AS platform_permissions
         FROM app_user u LEFT JOIN role r ON r.name = u.platform_role WHERE u.id = $1 AND u.is_active",
    )
    .bind(user.0)
    .fetch_optional(&authenticator.0)
    .await
    .map_err(StoreError::from_sqlx("read a user"))?;
    let Some(row) = row else { return Ok(None) };
    let members: Vec<MemberRow> = sqlx::query_as(
        "SELECT o.id, o.slug, o.name, o.created_at, m.role, r.permissions || m.permissions AS permissions
         FROM member m JOIN organization o ON o.id = m.organization_id JOIN role r ON r.name = m.role
         WHERE m.user_id = $1 ORDER BY m.created_at, o.id",
    )
    .bind(user.0)
    .fetch_all(&authenticator.0)
    .await
    .map_err(StoreError::from_sqlx("read memberships"))?;
    Ok(Some(Identity {
        platform_role: row.platform_role.map(|role| role.trim_start_matches("platform_").to_owned()),
        platform_permissions: row.platform_permissions.unwrap_or_default(),
        memberships: members.into_iter().map(membership).collect(),
        user: User { id: row.id, email: row.email, display_name: row.display_name, locale: row.locale },
    }))
}

fn membership(row: MemberRow) -> Membership {
    let organization =
        Organization { id: row.id, slug: row.slug, name: row.name, role: Some(row.role), created_at: row.created_at };
    Membership { organization, permissions: row.permissions }
}

/// What an API token stands for.
#[derive(Clone, Debug, FromRow)]
pub struct TokenIdentity {
    /// Id of the token.
    pub id: Uuid,
    /// Its organization.
    pub organization_id: Uuid,
    /// Its user.
    pub user_id: Uuid,
    /// What it may do, at most what its user may.
    pub permissions: Vec<String>,
    /// When it stops working.
    pub expires_at: DateTime<Utc>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
}

/// The token whose secret has this SHA-256.
pub async fn token_identity(
    authenticator: &Authenticator,
    hash: [u8; 32],
) -> Result<Option<TokenIdentity>, StoreError> {
    sqlx::query_as(
        "SELECT id, organization_id, user_id, permissions, expires_at, revoked_at FROM api_token WHERE secret_hash = $1",
    )
    .bind(hash.as_slice())
    .fetch_optional(&authenticator.0)
    .await
    .map_err(StoreError::from_sqlx("read a token"))
}
