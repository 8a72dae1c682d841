//! A compiled component that can be called, and the checks that make it one.

use faena_contract::capability;
use wasmtime::Engine;
use wasmtime::component::types::{ComponentInstance, ComponentItem};
use wasmtime::component::{Component, Linker};

use crate::HostError;
use crate::abi::{self, bindings::JobPre};
use crate::state::CallState;

/// A compiled component: linked, and ready to be called any number of times, also at once.
pub struct Module {
    /// What identifies the component: the digest of its bytes.
    pub digest: String,
    pub(crate) job: JobPre<CallState>,
}

impl std::fmt::Debug for Module {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Module").field("digest", &self.digest).finish_non_exhaustive()
    }
}

/// Compiles the component, checks what it imports and exports, and links it. Takes long: not for a thread of the runtime.
pub(crate) fn compile(linker: &Linker<CallState>, digest: String, bytes: &[u8]) -> Result<Module, HostError> {
    let engine = linker.engine();
    let component = Component::from_binary(engine, bytes).map_err(|error| HostError::Compile(format!("{error:#}")))?;
    check_imports(engine, &component)?;
    check_export(engine, &component)?;
    let pre = linker.instantiate_pre(&component).map_err(|error| {
        // The names are all known here, so it is a type. What wasmtime says about it is for the log of the worker.
        tracing::warn!(module.digest = digest, "component {digest} cannot be linked: {error:#}");
        HostError::Import(format!(
            "the component imports a function of `{}` with other types than version {} has: \
             was it built with the files of that version?",
            capability::PACKAGE,
            abi_version(),
        ))
    })?;
    let job = JobPre::new(pre).map_err(|_| HostError::NoJobExport("its parameters or its result have other types"))?;
    Ok(Module { digest, job })
}

fn check_imports(engine: &Engine, component: &Component) -> Result<(), HostError> {
    for (name, import) in component.component_type().imports(engine) {
        match import.ty {
            ComponentItem::ComponentInstance(interface) => check_interface(engine, name, &interface)?,
            // Types that the world takes over from an interface are imports of their own.
            ComponentItem::Type(_) => {}
            _ => return Err(unknown(format!("`{name}`"))),
        }
    }
    Ok(())
}

/// `import` is written like `faena:host/log@1.0.0`. A later minor version is fine as long as the functions are there.
fn check_interface(engine: &Engine, import: &str, interface: &ComponentInstance) -> Result<(), HostError> {
    let (path, version) = import.split_once('@').unwrap_or((import, ""));
    let known = path
        .strip_prefix(capability::PACKAGE)
        .and_then(|path| path.strip_prefix('/'))
        .filter(|_| version.split('.').next() == Some(capability::ABI.0.to_string().as_str()))
        .and_then(|name| abi::INTERFACES.iter().find(|(interface, _)| *interface == name));
    let Some((_, functions)) = known else {
        return Err(unknown(format!("the interface `{import}`")));
    };
    for (function, export) in interface.exports(engine) {
        if matches!(export.ty, ComponentItem::ComponentFunc(_)) && !functions.contains(&function) {
            return Err(unknown(format!("the function `{function}` of `{import}`")));
        }
    }
    Ok(())
}

fn check_export(engine: &Engine, component: &Component) -> Result<(), HostError> {
    match component.component_type().get_export(engine, "run").map(|export| export.ty) {
        Some(ComponentItem::ComponentFunc(_)) => Ok(()),
        Some(_) => Err(HostError::NoJobExport("`run` is not a function")),
        None => Err(HostError::NoJobExport("there is no `run`")),
    }
}

fn unknown(what: String) -> HostError {
    let offered: Vec<_> = abi::INTERFACES.iter().map(|(name, _)| *name).collect();
    HostError::Import(format!(
        "the component imports {what}, which this host does not have; it has {}@{} with {}",
        capability::PACKAGE,
        abi_version(),
        offered.join(", ")
    ))
}

fn abi_version() -> String {
    let (major, minor, patch) = capability::ABI;
    format!("{major}.{minor}.{patch}")
}
