//! What an organization has switched on.

use faena_contract::{ModuleId, ModuleState};
use sqlx::FromRow;
use uuid::Uuid;

use crate::error::StoreError;
use crate::{Api, Caller, audit};

/// A module as an organization sees it.
#[derive(Clone, Debug)]
pub struct ActivationRow {
    /// Id of the module.
    pub module: ModuleId,
    /// Its name.
    pub name: String,
    /// Its state on the installation.
    pub state: ModuleState,
    /// The version that serves, and its manifest as JSON.
    pub serving: Option<(String, String)>,
    /// Whether the organization has switched it on.
    pub active: bool,
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    name: String,
    state: i16,
    version: Option<String>,
    manifest: Option<String>,
    active: bool,
}

/// Every module that the organization can see: those that are or were installed.
pub async fn activations(api: &Api, caller: &Caller) -> Result<Vec<ActivationRow>, StoreError> {
    let mut tx = api.begin(caller).await?;
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT m.id, m.name, m.state, v.version, v.manifest, COALESCE(a.active, false) AS active
         FROM module m LEFT JOIN module_version v ON v.id = m.active_version_id
         LEFT JOIN module_activation a ON a.module_id = m.id AND a.organization_id = $1
         WHERE m.active_version_id IS NOT NULL AND v.key_id IS NOT NULL ORDER BY m.name",
    )
    .bind(caller.organization.0)
    .fetch_all(&mut *tx)
    .await
    .map_err(StoreError::from_sqlx("list activations"))?;
    rows.into_iter().map(activation).collect()
}

fn activation(row: Row) -> Result<ActivationRow, StoreError> {
    let state = ModuleState::from_number(row.state)
        .ok_or_else(|| StoreError::Corrupt { what: "module.state", value: row.state.to_string() })?;
    Ok(ActivationRow {
        module: ModuleId(row.id),
        name: row.name,
        state,
        serving: row.version.zip(row.manifest),
        active: row.active,
    })
}

/// Switches a module on or off for the organization; false when there is no such module.
pub async fn set_activation(api: &Api, caller: &Caller, name: &str, active: bool) -> Result<bool, StoreError> {
    let mut tx = api.begin(caller).await?;
    let changed = sqlx::query(
        "INSERT INTO module_activation (organization_id, module_id, active)
         SELECT $1, m.id, $3 FROM module m JOIN module_version v ON v.id = m.active_version_id
         WHERE m.name = $2 AND v.key_id IS NOT NULL
         ON CONFLICT (organization_id, module_id) DO UPDATE SET active = EXCLUDED.active, changed_at = clock_timestamp()",
    )
    .bind(caller.organization.0)
    .bind(name)
    .bind(active)
    .execute(&mut *tx)
    .await
    .map_err(StoreError::from_sqlx("set an activation"))?;
    if changed.rows_affected() == 0 {
        return Ok(false);
    }
    let action = if active { "module.activate" } else { "module.deactivate" };
    let entry = audit::Entry { action, subject_kind: "module", subject: name, details: serde_json::json!({}) };
    audit::record(&mut tx, caller, entry).await?;
    tx.commit().await.map_err(StoreError::from_sqlx("commit"))?;
    Ok(true)
}
