//! What a module says about itself and how it travels: the manifest, the schemas of its jobs, the signed package, and
//! what can be told about a component without running it.
//!
//! The life of a module as this crate sees it, in reading order:
//!
//! 1. [`Manifest::parse`] reads `manifest.toml` strictly. [`fields`] is the one list of its keys, those that are known
//!    but not built yet among them; [`manifest_json_schema`] is the same for editors.
//! 2. [`JobSchema`] is one JSON Schema of a job's payload or result, compiled.
//! 3. [`pack`] signs manifest, component and schemas into one `.faena` file; [`Package::open`] reads one that nobody
//!    vouches for, and [`Package::verify`] tells whether a key does.
//! 4. [`inspect`] reads what a component imports and exports; [`check_imports`] compares that with what the manifest
//!    declares and what this host offers.
//!
//! It does no file, network or database I/O, and depends on nothing of the workspace but `faena-contract`. Everything
//! that it reads comes from strangers, so each reader has a limit ([`limits`]) and each refusal says how to mend it.

pub mod component;
mod job_schema;
pub mod limits;
pub mod manifest;
pub mod package;
mod schema_refs;
mod signing_key;

pub use component::{ComponentError, ComponentInfo, Import, check_imports, inspect};
pub use job_schema::{JobSchema, SchemaError, Violation};
pub use manifest::{
    AbiRange, Capabilities, Job, JobName, Manifest, ManifestError, Module, ModuleName, Problem, SchemaPath, fields,
    manifest_json_schema,
};
pub use package::{Digest, EntryProblem, Package, PackageBuilder, PackageError, Statement, pack};
pub use signing_key::{
    KeyError, KeyId, SigningKey, VerifyingKey, generate_key, key_id, private_key_from_pem, private_key_to_pem,
    public_key_from_text, public_key_to_hex, public_key_to_pem,
};
