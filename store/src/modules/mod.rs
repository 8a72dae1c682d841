//! Modules, their versions and packages, and what each organization has switched on.
//!
//! The states and edges are those of `faena_contract::module_lifecycle`; each function here is one edge, guarded by
//! the row lock and the old state.

mod activation;
mod install;
mod keys;
mod publish;
mod read;
mod switch;

pub use activation::{ActivationRow, activations, set_activation};
pub use install::{Begin, begin_install, settle_installs};
pub use keys::{SigningKey, signing_key, trust_key};
pub use publish::{NewVersion, Publish, publish};
pub use read::{CatalogEntry, ModuleRow, VersionCode, VersionRow, catalog_entry, list, read, version_code};
pub use switch::{Switch, switch};
