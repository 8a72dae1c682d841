//! The modules that come with Faena: package files beside the program. They are signed anew with the key of this data
//! folder, since whoever could exchange them could exchange the program as well.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use faena_client::Client;
use faena_contract::api::{EnableModule, Module, SetActivation};
use faena_contract::{ErrorCode, ModuleState};
use faena_manifest::{Package, SigningKey, pack};

use super::secrets::Secrets;
use super::{Running, until};
use crate::failure::Failure;
use crate::files;

/// Modules that lie with the others and are only for demonstrations and tests.
const NOT_FOR_USE: [&str; 1] = ["probe"];

/// How long an installation may take.
const INSTALL: Duration = Duration::from_secs(120);

/// Installs every bundled module that was not installed before; gives what went wrong with single ones.
pub(crate) async fn install(running: &Running, secrets: &Secrets) -> Result<Vec<String>> {
    let mut warnings = Vec::new();
    let Some(dir) = folder() else {
        return Ok(vec!["there are no modules beside the program; `make build` packs them".to_owned()]);
    };
    let installed = secrets.installed_modules()?;
    for package in packages(&dir)? {
        let name = package.manifest.module.name.as_str().to_owned();
        if NOT_FOR_USE.contains(&name.as_str()) {
            continue;
        }
        let outcome = if installed.contains(&name) {
            publish(&running.client, &package, running.signing_key()).await
        } else {
            ensure(&running.client, &package, running.signing_key()).await
        };
        match outcome {
            Ok(()) => secrets.note_installed(&name)?,
            Err(error) => warnings.push(format!("module {name}: {}", Failure::of(&error))),
        }
    }
    Ok(warnings)
}

/// The package of one bundled module.
pub(crate) fn find(name: &str) -> Result<Package> {
    let missing = || {
        let detail = format!("The package of module `{name}` is not beside the program.");
        Failure::new(ErrorCode::FileUnreadable, detail)
            .advise("`make build` packs it; FAENA_MODULES names another folder to look into")
    };
    let dir = folder().ok_or_else(missing)?;
    let found = packages(&dir)?.into_iter().find(|package| package.manifest.module.name.as_str() == name);
    Ok(found.ok_or_else(missing)?)
}

/// Publishes, enables and activates a module.
pub(crate) async fn ensure(client: &Client, package: &Package, key: &SigningKey) -> Result<()> {
    publish(client, package, key).await?;
    let name = package.manifest.module.name.as_str();
    enable(client, name, &package.manifest.module.version.to_string()).await?;
    let seen = client.modules().await?;
    if !seen.items.iter().any(|seen| seen.module == name && seen.active) {
        client.set_activation(name, &SetActivation { active: true, settings: None }).await?;
    }
    Ok(())
}

/// Publishes this version, unless it is published already.
async fn publish(client: &Client, package: &Package, key: &SigningKey) -> Result<()> {
    let module = &package.manifest.module;
    let version = module.version.to_string();
    let known = match client.platform_module(module.name.as_str()).await {
        Ok(known) => known.versions,
        Err(error) if error.is(ErrorCode::ModuleNotFound) => Vec::new(),
        Err(error) => return Err(error.into()),
    };
    if known.iter().any(|known| known.version == version && known.digest == package.digest.to_string()) {
        return Ok(());
    }
    client.publish_module(sign(package, key)?).await?;
    Ok(())
}

/// The same content under another signature.
fn sign(package: &Package, key: &SigningKey) -> Result<Vec<u8>> {
    let schemas: BTreeMap<String, String> =
        package.schemas.iter().map(|(path, text)| (path.as_str().to_owned(), text.clone())).collect();
    Ok(pack(&package.manifest_text, &package.component, &schemas, key)?)
}

async fn enable(client: &Client, name: &str, version: &str) -> Result<()> {
    let enable = EnableModule { version: Some(version.to_owned()) };
    let enabled =
        |module: &Module| module.state == ModuleState::Enabled && module.active_version.as_deref() == Some(version);
    if enabled(&client.platform_module(name).await?) {
        return Ok(());
    }
    let mut module = client.enable_module(name, &enable).wait(30).await?;
    let settled = until(INSTALL, async || {
        if !matches!(module.state, ModuleState::Installing | ModuleState::Updating) {
            return Ok(Some(()));
        }
        module = client.platform_module(name).await?;
        Ok(None)
    });
    settled.await?;
    if enabled(&module) {
        return Ok(());
    }
    let reason = module.reason.map_or_else(|| format!("it is {}", module.state), |reason| reason.message);
    Err(Failure::new(ErrorCode::InstallFailed, format!("{name} {version} was not enabled: {reason}")).into())
}

/// Where packages lie: where FAENA_MODULES says, beside the program, or where an installation puts them.
fn folder() -> Option<PathBuf> {
    if let Some(dir) = env::var_os("FAENA_MODULES").filter(|dir| !dir.is_empty()) {
        return Some(PathBuf::from(dir));
    }
    let program = env::current_exe().ok()?;
    let beside = program.parent()?;
    [beside.join("modules"), beside.join("../share/faena/modules")].into_iter().find(|dir| dir.is_dir())
}

fn packages(dir: &Path) -> Result<Vec<Package>> {
    let entries = fs::read_dir(dir)
        .map_err(|error| Failure::new(ErrorCode::FileUnreadable, format!("cannot read {}: {error}", dir.display())))?;
    let is_package = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "faena");
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(is_package).collect();
    paths.sort();
    let open = |path: &PathBuf| Package::open(&files::read_bytes(path)?).with_context(|| path.display().to_string());
    paths.iter().map(open).collect()
}
