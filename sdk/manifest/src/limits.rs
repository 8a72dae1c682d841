//! The bounds of this crate beside those of [`faena_contract::limits`], which users meet in the API too.

/// Largest manifest, in bytes.
pub const MANIFEST_BYTES: usize = 256 << 10;
/// Most jobs of one module.
pub const JOBS: usize = 256;
/// Longest description of a module or a job, in characters.
pub const DESCRIPTION_CHARS: usize = 1_000;
/// Most entries of a package, the signature among them.
pub const ENTRIES: usize = 2 * JOBS + 3;
/// Largest component, in bytes.
pub const COMPONENT_BYTES: usize = 128 << 20;
/// Largest `signature.json`, in bytes.
pub const SIGNATURE_BYTES: usize = 8 << 10;
/// Largest zstd window of a package, as a power of two: 8 MiB.
pub const WINDOW_LOG: u32 = 23;
/// Most functions in all core modules of a component.
pub const FUNCTIONS: u32 = 200_000;
/// Deepest nesting of modules and components in a component; the component itself is 0.
pub const NESTING: usize = 8;
/// Most values of a JSON Schema once its references are followed.
pub const EXPANDED_SCHEMA: u64 = 200_000;
/// Deepest nesting of a JSON Schema, references followed.
pub const SCHEMA_DEPTH: usize = 256;
/// Most violations that one validation reports.
pub const VIOLATIONS: usize = 20;
/// Longest message of one violation, in characters.
pub const MESSAGE_CHARS: usize = 200;
