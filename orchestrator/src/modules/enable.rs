//! Switching a module on (which installs it the first time) and off.

use std::time::Duration;

use faena_contract::{ErrorCode, JobError, ModuleState};
use faena_queue::Event;
use faena_store::Caller;
use faena_store::modules::{self, Begin, ModuleRow, Switch, begin_install};
use tokio::time::Instant;

use crate::app::App;
use crate::error::{ApiError, ApiResult};

/// How often the state is read while a request waits for an installation.
const LOOK: Duration = Duration::from_millis(50);

/// Enables a module and waits up to `longest` for its installation.
pub(crate) async fn enable(
    app: &App,
    caller: &Caller,
    name: &str,
    version: Option<&str>,
    longest: Duration,
) -> ApiResult<ModuleRow> {
    let row = find(app, name).await?;
    if row.state == ModuleState::Disabled {
        same_version(&row, version)?;
        switch(app, caller, name, true).await?;
        return find(app, name).await;
    }
    match begin_install(&app.api, caller, name, version).await? {
        Begin::Installing(_) => {
            app.wakers.admission.notify_one();
            installed(app, name, longest).await
        }
        Begin::AlreadyEnabled => Ok(row),
        Begin::NotNow(ModuleState::Installing) => installed(app, name, longest).await,
        Begin::NotNow(state) => Err(not_now(name, state, "enabled with another version")),
        Begin::NoModule => Err(not_found(name)),
        Begin::NoVersion => Err(ApiError::new(
            ErrorCode::VersionNotFound,
            format!(
                "`{name}` has no version {}. `faena module show {name}` lists those that it has.",
                version.unwrap_or("")
            ),
        )),
    }
}

/// A disabled module comes back with the version that it had.
fn same_version(row: &ModuleRow, version: Option<&str>) -> ApiResult<()> {
    match version {
        Some(version) if row.active_version.as_deref() != Some(version) => {
            Err(not_now(&row.name, row.state, "enabled with another version"))
        }
        _ => Ok(()),
    }
}

/// Waits until the module is no longer INSTALLING. Reading its row is cheap, and an operator's call is rare.
async fn installed(app: &App, name: &str, longest: Duration) -> ApiResult<ModuleRow> {
    let deadline = Instant::now() + longest;
    loop {
        let row = find(app, name).await?;
        if row.state == ModuleState::Registered {
            return Err(install_failed(&row));
        }
        if row.state != ModuleState::Installing || Instant::now() >= deadline {
            return Ok(row);
        }
        tokio::time::sleep(LOOK).await;
    }
}

fn install_failed(row: &ModuleRow) -> ApiError {
    let reason: Option<JobError> = row.reason.as_deref().and_then(|text| serde_json::from_str(text).ok());
    let reason =
        reason.map_or_else(|| "no reason was kept".to_owned(), |error| format!("{}: {}", error.code, error.message));
    ApiError::new(ErrorCode::InstallFailed, format!("`{}` was not installed: {reason}", row.name))
}

/// Disables a module.
pub(crate) async fn disable(app: &App, caller: &Caller, name: &str) -> ApiResult<ModuleRow> {
    switch(app, caller, name, false).await?;
    find(app, name).await
}

async fn switch(app: &App, caller: &Caller, name: &str, on: bool) -> ApiResult<()> {
    match modules::switch(&app.api, caller, name, on).await? {
        Switch::Already => Ok(()),
        Switch::Switched => {
            changed(app).await;
            Ok(())
        }
        Switch::NotNow(state) => Err(not_now(name, state, if on { "enabled" } else { "disabled" })),
        Switch::NoModule => Err(not_found(name)),
    }
}

/// Tells every process that what it remembers of modules is stale, and puts parked jobs back.
pub(crate) async fn changed(app: &App) {
    app.catalog.clear();
    app.wakers.resume.notify_one();
    if let Err(error) = app.events.publish(&Event::ModulesChanged).await {
        tracing::debug!(%error, "others learn of the changed module within a second");
    }
}

pub(crate) async fn find(app: &App, name: &str) -> ApiResult<ModuleRow> {
    modules::read(&app.api, name).await?.ok_or_else(|| not_found(name))
}

pub(crate) fn not_found(name: &str) -> ApiError {
    ApiError::new(
        ErrorCode::ModuleNotFound,
        format!("There is no module `{name}`. `faena module list` shows those that there are."),
    )
}

fn not_now(name: &str, state: ModuleState, verb: &str) -> ApiError {
    ApiError::new(ErrorCode::ModuleTransition, format!("`{name}` is {state} and cannot be {verb} from there."))
}
