//! Making organizations.

use chrono::Utc;
use faena_contract::OrganizationId;
use faena_contract::api::Organization;

use crate::database::enter;
use crate::error::StoreError;
use crate::{Api, Caller, audit};

/// Makes an organization whose owner is the caller.
pub async fn create_organization(
    api: &Api,
    caller: &Caller,
    slug: &str,
    name: &str,
) -> Result<Organization, StoreError> {
    let id = OrganizationId::new();
    let mut tx = api.begin(caller).await?;
    enter(&mut tx, id, caller.user).await?;
    sqlx::query("INSERT INTO organization (id, slug, name) VALUES ($1, $2, $3)")
        .bind(id.0)
        .bind(slug)
        .bind(name)
        .execute(&mut *tx)
        .await
        .map_err(StoreError::from_sqlx("make an organization"))?;
    sqlx::query("INSERT INTO member (organization_id, user_id, role) VALUES ($1, $2, 'owner')")
        .bind(id.0)
        .bind(caller.user.0)
        .execute(&mut *tx)
        .await
        .map_err(StoreError::from_sqlx("make the owner"))?;
    let mut creator = caller.clone();
    creator.organization = id;
    let entry = audit::Entry {
        action: "organization.create",
        subject_kind: "organization",
        subject: slug,
        details: serde_json::json!({ "name": name }),
    };
    audit::record(&mut tx, &creator, entry).await?;
    tx.commit().await.map_err(StoreError::from_sqlx("commit"))?;
    Ok(Organization {
        id: id.0,
        slug: slug.to_owned(),
        name: name.to_owned(),
        role: Some("owner".to_owned()),
        created_at: Utc::now(),
    })
}
