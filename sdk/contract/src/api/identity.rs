//! People, organizations and tokens.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// `POST /auth/login`.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// E-mail address of the user.
    pub email: String,
    /// The password.
    pub password: String,
}

/// `POST /auth/refresh` and `/auth/logout`.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Refresh {
    /// The refresh token of the last answer; it works once.
    pub refresh_token: String,
}

/// The answer to a login or refresh.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Tokens {
    /// JWT for the `Authorization: Bearer` header.
    pub access_token: String,
    /// Always `Bearer`.
    pub token_type: String,
    /// Seconds until the access token expires.
    pub expires_in: u64,
    /// For `POST /auth/refresh`, once.
    pub refresh_token: String,
}

/// `GET /auth/me`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Me {
    /// The user.
    pub user: User,
    /// Role on the installation: admin, operator or viewer.
    pub platform_role: Option<String>,
    /// The organization of this request.
    pub organization: Option<Organization>,
    /// What the caller may do in it, after the limits of an API token.
    pub permissions: Vec<String>,
    /// Every organization of the user.
    pub organizations: Vec<Organization>,
}

/// A person.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct User {
    /// Id.
    pub id: Uuid,
    /// E-mail address, lower case.
    pub email: String,
    /// Name for people.
    pub display_name: String,
    /// Language of texts, `es-MX` or `en`.
    pub locale: String,
}

/// A tenant.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Organization {
    /// Id.
    pub id: Uuid,
    /// Short name, unique on the installation; accepted wherever an organization is named.
    pub slug: String,
    /// Name for people.
    pub name: String,
    /// The caller's role in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// `POST /organizations`.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOrganization {
    /// Short name: 2 to 40 of `a-z`, `0-9` and `-`.
    pub slug: String,
    /// Name for people.
    pub name: String,
}

/// `POST /members`: adds a user to the organization, making the user when the address is new.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMember {
    /// E-mail address.
    pub email: String,
    /// Name for people of a new user; the e-mail address when absent.
    #[serde(default)]
    pub display_name: Option<String>,
    /// First password of a new user, at least 12 characters.
    #[serde(default)]
    pub password: Option<String>,
    /// owner, administrator, sales, bot_trainer, agent, scheduler or viewer.
    pub role: String,
}

/// A member of the organization.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Member {
    /// The user.
    #[serde(flatten)]
    pub user: User,
    /// Role in this organization.
    pub role: String,
    /// Permissions beyond the role's.
    pub permissions: Vec<String>,
    /// Since when.
    pub created_at: DateTime<Utc>,
}

/// `POST /tokens`.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    /// What it is for.
    pub name: String,
    /// Permissions, at most the caller's own; all of the caller's when absent.
    #[serde(default)]
    pub permissions: Option<Vec<String>>,
    /// Days until it expires, 1 to 3,650; 90 when absent.
    #[serde(default)]
    pub expires_in_days: Option<u32>,
}

/// An API token, without its secret.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Token {
    /// Id.
    pub id: Uuid,
    /// What it is for.
    pub name: String,
    /// First characters of the secret, to recognise it.
    pub prefix: String,
    /// What it may do.
    pub permissions: Vec<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it stops working.
    pub expires_at: DateTime<Utc>,
    /// When it was revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<DateTime<Utc>>,
}

/// The answer to `POST /tokens`: the only time that the secret is shown.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CreatedToken {
    /// The token.
    #[serde(flatten)]
    pub token: Token,
    /// The secret, `fae_...`.
    pub secret: String,
}
