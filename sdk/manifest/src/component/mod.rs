//! What can be told about a component without running it: `scan.rs` reads and validates the bytes, `imports.rs`
//! compares what it imports with what the manifest declares and this host offers.

mod error;
mod imports;
mod scan;

use semver::Version;

pub use error::ComponentError;
pub use imports::{Host, check_imports, check_imports_on};
pub use scan::inspect;

/// A valid component that has the export of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComponentInfo {
    /// The interfaces that it imports.
    pub imports: Vec<Import>,
    /// Everything that it exports, `run` among it. Later interfaces that a module may export are looked up here.
    pub exports: Vec<String>,
    /// Functions in all of its core modules.
    pub functions: u32,
}

/// One interface that a component imports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// The whole name, such as `faena:host/log@1.0.0`.
    pub name: String,
    /// The package, such as `faena:host`.
    pub package: String,
    /// The interface in it, such as `log`.
    pub interface: String,
    /// The version of the package that the module was built with.
    pub version: Option<Version>,
    /// The functions of the interface that the module uses.
    pub functions: Vec<String>,
}
