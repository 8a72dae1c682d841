//! Modules as operators, the submit path and workers read them.

use chrono::{DateTime, Utc};
use faena_contract::{ModuleId, ModuleState, VersionId};
use sqlx::FromRow;
use uuid::Uuid;

use crate::error::StoreError;
use crate::{Api, Caller, Worker};

/// What the submit path needs of a module.
#[derive(Clone, Debug)]
pub struct CatalogEntry {
    /// Id of the module.
    pub module: ModuleId,
    /// Its state.
    pub state: ModuleState,
    /// The version that serves, and its manifest as JSON.
    pub serving: Option<(VersionId, String)>,
    /// Whether the caller's organization has switched it on.
    pub active: bool,
}

#[derive(FromRow)]
struct CatalogRow {
    id: Uuid,
    state: i16,
    version_id: Option<Uuid>,
    manifest: Option<String>,
    active: bool,
}

/// The module called `name` with its serving version, as the caller's organization may use it.
pub async fn catalog_entry(api: &Api, caller: &Caller, name: &str) -> Result<Option<CatalogEntry>, StoreError> {
    let mut tx = api.begin(caller).await?;
    let row: Option<CatalogRow> = sqlx::query_as(
        "SELECT m.id, m.state, v.id AS version_id, v.manifest, COALESCE(a.active, false) AS active
         FROM module m LEFT JOIN module_version v ON v.id = m.active_version_id
         LEFT JOIN module_activation a ON a.module_id = m.id AND a.organization_id = $1
         WHERE m.name = $2 AND (v.id IS NULL OR v.key_id IS NOT NULL)",
    )
    .bind(caller.organization.0)
    .bind(name)
    .fetch_optional(&mut *tx)
    .await
    .map_err(StoreError::from_sqlx("read a module"))?;
    row.map(|row| {
        Ok(CatalogEntry {
            module: ModuleId(row.id),
            state: state(row.state)?,
            serving: row.version_id.map(VersionId).zip(row.manifest),
            active: row.active,
        })
    })
    .transpose()
}

/// A module with all of its versions.
#[derive(Clone, Debug)]
pub struct ModuleRow {
    /// Id.
    pub id: Uuid,
    /// Name.
    pub name: String,
    /// State.
    pub state: ModuleState,
    /// Why the last installation failed, as JSON.
    pub reason: Option<String>,
    /// The version that serves.
    pub active_version: Option<String>,
    /// When it was first published.
    pub created_at: DateTime<Utc>,
    /// Its versions, newest first.
    pub versions: Vec<VersionRow>,
}

/// A published version.
#[derive(Clone, Debug, FromRow)]
pub struct VersionRow {
    /// The module.
    pub module_id: Uuid,
    /// Semantic version.
    pub version: String,
    /// Digest of the package.
    pub digest: String,
    /// The manifest as JSON.
    pub manifest: String,
    /// The key that signed it.
    pub key_id: String,
    /// When it was published.
    pub created_at: DateTime<Utc>,
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    name: String,
    state: i16,
    reason: Option<String>,
    active_version: Option<String>,
    created_at: DateTime<Utc>,
}

/// Every module of the installation, by name.
pub async fn list(api: &Api) -> Result<Vec<ModuleRow>, StoreError> {
    select(api, None).await
}

/// One module of the installation.
pub async fn read(api: &Api, name: &str) -> Result<Option<ModuleRow>, StoreError> {
    Ok(select(api, Some(name)).await?.into_iter().next())
}

async fn select(api: &Api, name: Option<&str>) -> Result<Vec<ModuleRow>, StoreError> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT m.id, m.name, m.state, m.reason, v.version AS active_version, m.created_at
         FROM module m LEFT JOIN module_version v ON v.id = m.active_version_id
         WHERE (v.id IS NULL OR v.key_id IS NOT NULL) AND ($1::text IS NULL OR m.name = $1) ORDER BY m.name",
    )
    .bind(name)
    .fetch_all(&api.0)
    .await
    .map_err(StoreError::from_sqlx("list modules"))?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let versions: Vec<VersionRow> = sqlx::query_as(
        "SELECT module_id, version, digest, manifest, key_id, created_at FROM module_version
         WHERE module_id = ANY($1) ORDER BY id DESC",
    )
    .bind(ids)
    .fetch_all(&api.0)
    .await
    .map_err(StoreError::from_sqlx("list versions"))?;
    rows.into_iter().map(|row| module(row, &versions)).collect()
}

fn module(row: Row, versions: &[VersionRow]) -> Result<ModuleRow, StoreError> {
    Ok(ModuleRow {
        id: row.id,
        state: state(row.state)?,
        versions: versions.iter().filter(|version| version.module_id == row.id).cloned().collect(),
        name: row.name,
        reason: row.reason,
        active_version: row.active_version,
        created_at: row.created_at,
    })
}

/// What a worker needs to run a version.
#[derive(Clone, Debug, FromRow)]
pub struct VersionCode {
    /// Name of the module is in the manifest; this is the manifest as JSON.
    pub manifest: String,
    /// `sha256:` digest that the component must have.
    pub component_digest: String,
    /// The component.
    pub component: Vec<u8>,
}

/// The code of a version; none for the module of the installation itself.
pub async fn version_code(worker: &Worker, version: VersionId) -> Result<Option<VersionCode>, StoreError> {
    sqlx::query_as(
        "SELECT v.manifest, v.component_digest, p.component
         FROM module_version v JOIN module_package p ON p.version_id = v.id WHERE v.id = $1",
    )
    .bind(version.0)
    .fetch_optional(&worker.0)
    .await
    .map_err(StoreError::from_sqlx("read a component"))
}

fn state(number: i16) -> Result<ModuleState, StoreError> {
    ModuleState::from_number(number)
        .ok_or_else(|| StoreError::Corrupt { what: "module.state", value: number.to_string() })
}
