//! Publishing a version: module (when it is the first), version and package in one commit.

use faena_contract::{ModuleId, ModuleState, VersionId};
use semver::Version;
use sqlx::{FromRow, PgConnection};
use uuid::Uuid;

use crate::error::StoreError;
use crate::{Api, Caller, audit};

/// A verified package.
#[derive(Clone, Debug)]
pub struct NewVersion<'a> {
    /// Name of the module.
    pub name: &'a str,
    /// Semantic version.
    pub version: &'a Version,
    /// `sha256:` digest of the package.
    pub digest: &'a str,
    /// `sha256:` digest of the component.
    pub component_digest: &'a str,
    /// The manifest as JSON, with the schemas of its jobs.
    pub manifest: &'a str,
    /// The key that signed it.
    pub key_id: &'a str,
    /// The package, to the byte.
    pub package: &'a [u8],
    /// The component in it.
    pub component: &'a [u8],
}

/// What a request to publish came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Publish {
    /// The version is there now.
    Published,
    /// The same package was there before.
    AlreadyPublished,
    /// The version was there with another content.
    OtherContent,
    /// A higher version is there.
    Lower(Version),
}

#[derive(FromRow)]
struct Existing {
    version: String,
    digest: String,
}

/// Publishes a version. The row of the module is locked, so that two publishers come one after the other.
pub async fn publish(api: &Api, caller: &Caller, new: &NewVersion<'_>) -> Result<Publish, StoreError> {
    let mut tx = api.begin(caller).await?;
    let module = lock_module(&mut tx, new.name).await?;
    let existing: Vec<Existing> = sqlx::query_as("SELECT version, digest FROM module_version WHERE module_id = $1")
        .bind(module.0)
        .fetch_all(&mut *tx)
        .await
        .map_err(StoreError::from_sqlx("read versions"))?;
    if let Some(same) = existing.iter().find(|row| row.version == new.version.to_string()) {
        let answer = if same.digest == new.digest { Publish::AlreadyPublished } else { Publish::OtherContent };
        return Ok(answer);
    }
    let highest = existing.iter().filter_map(|row| Version::parse(&row.version).ok()).max();
    if let Some(highest) = highest.filter(|highest| highest > new.version) {
        return Ok(Publish::Lower(highest));
    }
    insert_version(&mut tx, module, new).await?;
    let entry = audit::Entry {
        action: "module.publish",
        subject_kind: "module",
        subject: new.name,
        details: serde_json::json!({ "version": new.version, "digest": new.digest, "key": new.key_id }),
    };
    audit::record(&mut tx, caller, entry).await?;
    tx.commit().await.map_err(StoreError::from_sqlx("commit"))?;
    Ok(Publish::Published)
}

async fn lock_module(tx: &mut PgConnection, name: &str) -> Result<ModuleId, StoreError> {
    sqlx::query("INSERT INTO module (id, name, state) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING")
        .bind(Uuid::now_v7())
        .bind(name)
        .bind(ModuleState::Registered as i16)
        .execute(&mut *tx)
        .await
        .map_err(StoreError::from_sqlx("register a module"))?;
    let id: Uuid = sqlx::query_scalar("SELECT id FROM module WHERE name = $1 FOR UPDATE")
        .bind(name)
        .fetch_one(&mut *tx)
        .await
        .map_err(StoreError::from_sqlx("lock the module"))?;
    Ok(ModuleId(id))
}

async fn insert_version(tx: &mut PgConnection, module: ModuleId, new: &NewVersion<'_>) -> Result<(), StoreError> {
    let id = VersionId::new();
    sqlx::query(
        "INSERT INTO module_version (id, module_id, version, digest, component_digest, manifest, key_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(id.0)
    .bind(module.0)
    .bind(new.version.to_string())
    .bind(new.digest)
    .bind(new.component_digest)
    .bind(new.manifest)
    .bind(new.key_id)
    .execute(&mut *tx)
    .await
    .map_err(StoreError::from_sqlx("insert a version"))?;
    sqlx::query("INSERT INTO module_package (version_id, package, component) VALUES ($1, $2, $3)")
        .bind(id.0)
        .bind(new.package)
        .bind(new.component)
        .execute(&mut *tx)
        .await
        .map_err(StoreError::from_sqlx("insert a package"))?;
    Ok(())
}
