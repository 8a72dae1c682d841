//! ENABLED <-> DISABLED.

use faena_contract::ModuleState;
use faena_contract::module_lifecycle::{ModuleEvent, next};

use super::install::lock;
use crate::error::StoreError;
use crate::{Api, Caller, audit};

/// What a request to switch came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Switch {
    /// It is in the new state.
    Switched,
    /// It was there before.
    Already,
    /// The state has no such edge.
    NotNow(ModuleState),
    /// There is no such module.
    NoModule,
}

/// Switches an installed module on or off for the installation.
pub async fn switch(api: &Api, caller: &Caller, name: &str, on: bool) -> Result<Switch, StoreError> {
    let (event, target, action) = if on {
        (ModuleEvent::Enable, ModuleState::Enabled, "module.enable")
    } else {
        (ModuleEvent::Disable, ModuleState::Disabled, "module.disable")
    };
    let mut tx = api.begin(caller).await?;
    let Some((module, state)) = lock(&mut tx, name).await? else { return Ok(Switch::NoModule) };
    if state == target {
        return Ok(Switch::Already);
    }
    let Some(to) = next(state, event) else { return Ok(Switch::NotNow(state)) };
    sqlx::query("UPDATE module SET state = $3 WHERE id = $1 AND state = $2")
        .bind(module.id)
        .bind(state as i16)
        .bind(to as i16)
        .execute(&mut *tx)
        .await
        .map_err(StoreError::from_sqlx("switch a module"))?;
    let details = serde_json::json!({ "from": state, "to": to });
    let entry = audit::Entry { action, subject_kind: "module", subject: name, details };
    audit::record(&mut tx, caller, entry).await?;
    tx.commit().await.map_err(StoreError::from_sqlx("commit"))?;
    Ok(Switch::Switched)
}
