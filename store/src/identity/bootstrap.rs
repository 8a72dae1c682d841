//! The first administrator.

use faena_contract::{OrganizationId, UserId};
use sqlx::Connection;
use sqlx::postgres::PgConnection;

use crate::error::StoreError;

/// The first user and organization of an installation.
#[derive(Clone, Debug)]
pub struct Bootstrap<'a> {
    /// E-mail address.
    pub email: &'a str,
    /// Argon2id hash of the password.
    pub password_hash: &'a str,
    /// Slug of the first organization.
    pub slug: &'a str,
    /// Its name.
    pub name: &'a str,
}

/// Makes the first administrator and organization as the owner of the database, unless there is a user already.
pub async fn bootstrap(url: &str, first: &Bootstrap<'_>) -> Result<Option<(UserId, OrganizationId)>, StoreError> {
    let failed = StoreError::from_sqlx("make the first administrator");
    let mut connection = PgConnection::connect(url).await.map_err(&failed)?;
    let mut tx = connection.begin().await.map_err(&failed)?;
    sqlx::query("SET LOCAL ROLE faena_authenticator").execute(&mut *tx).await.map_err(&failed)?;
    sqlx::query("SET LOCAL search_path = faena").execute(&mut *tx).await.map_err(&failed)?;
    sqlx::query("SELECT pg_advisory_xact_lock(7340014)").execute(&mut *tx).await.map_err(&failed)?;
    let exists: bool =
        sqlx::query_scalar("SELECT EXISTS (SELECT FROM app_user)").fetch_one(&mut *tx).await.map_err(&failed)?;
    if exists {
        return Ok(None);
    }
    let (user, organization) = (UserId::new(), OrganizationId::new());
    sqlx::query("INSERT INTO app_user (id, email, display_name, password_hash, platform_role) VALUES ($1, $2, 'Administrator', $3, 'platform_admin')")
        .bind(user.0)
        .bind(first.email)
        .bind(first.password_hash)
        .execute(&mut *tx)
        .await
        .map_err(&failed)?;
    sqlx::query("SET LOCAL ROLE faena_api").execute(&mut *tx).await.map_err(&failed)?;
    crate::database::enter(&mut tx, organization, user).await?;
    sqlx::query("INSERT INTO organization (id, slug, name) VALUES ($1, $2, $3)")
        .bind(organization.0)
        .bind(first.slug)
        .bind(first.name)
        .execute(&mut *tx)
        .await
        .map_err(&failed)?;
    sqlx::query("INSERT INTO member (organization_id, user_id, role) VALUES ($1, $2, 'owner')")
        .bind(organization.0)
        .bind(user.0)
        .execute(&mut *tx)
        .await
        .map_err(&failed)?;
    tx.commit().await.map_err(&failed)?;
    Ok(Some((user, organization)))
}
