//! What a component imports, against what its manifest declares and what this host offers.

use faena_contract::capability::{ABI, CAPABILITIES, Capability, PACKAGE};
use semver::Version;

use super::error::ComponentError;
use super::{ComponentInfo, Import};
use crate::Manifest;

/// What a host offers to components.
#[derive(Clone, Copy, Debug)]
pub struct Host<'a> {
    /// The version of `faena:host`, such as `(1, 0, 0)`.
    pub abi: (u64, u64, u64),
    /// The interfaces of that package.
    pub capabilities: &'a [Capability],
}

/// This build's own host.
const THIS: Host<'static> = Host { abi: ABI, capabilities: CAPABILITIES };

/// Compares the imports of a component with the manifest and with this build's host.
///
/// # Errors
/// At the first import that is not offered or not declared, or when the manifest wants another ABI.
pub fn check_imports(info: &ComponentInfo, manifest: &Manifest) -> Result<(), ComponentError> {
    let declares = |capability: &str| manifest.capabilities.declares(capability);
    if !manifest.module.abi.allows(THIS.abi) {
        return Err(ComponentError::AbiRange { wanted: manifest.module.abi.clone(), host: version(&THIS) });
    }
    check_imports_on(&THIS, info, declares)
}

/// Compares the imports of a component with any host, and with whatever `declares` which capabilities were asked for.
///
/// # Errors
/// At the first import that is not offered or not declared.
pub fn check_imports_on(
    host: &Host<'_>,
    info: &ComponentInfo,
    declares: impl Fn(&str) -> bool,
) -> Result<(), ComponentError> {
    for import in &info.imports {
        let capability = find(host, import)?;
        check_version(host, import)?;
        if capability.granted && !declares(capability.name) {
            return Err(ComponentError::NotDeclared {
                name: import.name.clone(),
                capability: capability.name.to_owned(),
            });
        }
    }
    Ok(())
}

fn find<'a>(host: &Host<'a>, import: &Import) -> Result<&'a Capability, ComponentError> {
    let offered = || host.capabilities.iter();
    match offered().find(|capability| import.package == PACKAGE && import.interface == capability.name) {
        Some(capability) => Ok(capability),
        // A newer interface of a newer ABI is a question of version.
        None if import.package == PACKAGE => check_version(host, import).and(Err(unknown(host, import))),
        None => Err(unknown(host, import)),
    }
}

fn unknown(host: &Host<'_>, import: &Import) -> ComponentError {
    let names: Vec<_> = host.capabilities.iter().map(|capability| capability.name).collect();
    ComponentError::Unknown {
        name: import.name.clone(),
        offers: format!("{PACKAGE}@{}: {}", version(host), names.join(", ")),
    }
}

/// The same major version, and a minor one that is not newer; patches change nothing.
fn check_version(host: &Host<'_>, import: &Import) -> Result<(), ComponentError> {
    let (major, minor, _) = host.abi;
    match &import.version {
        Some(built) if built.major == major && built.minor <= minor && built.pre.is_empty() => Ok(()),
        _ => Err(ComponentError::Version { name: import.name.clone(), host: version(host) }),
    }
}

fn version(host: &Host<'_>) -> Version {
    Version::new(host.abi.0, host.abi.1, host.abi.2)
}
