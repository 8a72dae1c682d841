//! The manifest: what it holds. [`parse`](Manifest::parse) is in `parse.rs`, the rules beyond types in `rules.rs`.

mod document;
mod error;
pub mod fields;
mod json_schema;
mod names;
mod nearest;
mod parse;
mod rules;

use std::collections::BTreeSet;

use faena_contract::limits;
use schemars::JsonSchema;
use semver::Version;
use serde::{Deserialize, Serialize};

pub use error::{ManifestError, Problem};
pub use json_schema::manifest_json_schema;
pub use names::{AbiRange, JobName, ModuleName, SchemaPath};

/// What a module says about itself: who it is, which jobs it does and what it may touch.
///
/// ```
/// let manifest = faena_manifest::Manifest::parse(r#"
/// [module]
/// name = "commissions"
/// version = "0.1.0"
/// description = "Calculates sales commissions."
/// abi = "^1.0"
///
/// [[job]]
/// name = "calculate"
/// description = "Calculates the commissions of one period."
/// input_schema = "schemas/calculate.input.json"
/// timeout_s = 30
/// "#)?;
/// assert_eq!(manifest.job("calculate").map(|job| job.timeout_ms()), Some(30_000));
/// # Ok::<(), faena_manifest::ManifestError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Manifest of a Faena module")]
pub struct Manifest {
    /// Who the module is.
    pub module: Module,
    /// The jobs that the module does; at least one.
    #[serde(rename = "job")]
    #[schemars(length(min = 1, max = 256))]
    pub jobs: Vec<Job>,
    /// What the module asks for beyond the interfaces that are always there. None is built yet.
    #[serde(default)]
    pub capabilities: Capabilities,
}

/// Who the module is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Module {
    /// The name, unique on an installation.
    pub name: ModuleName,
    /// The version after semver.org, without build metadata. A published version never changes.
    #[schemars(example = "0.1.0")]
    pub version: Version,
    /// What the module is for, in a sentence or two.
    #[schemars(length(min = 1, max = 1000), example = "Calculates sales commissions.")]
    pub description: String,
    /// The versions of the host ABI `faena:host` that the module runs on.
    pub abi: AbiRange,
}

/// One kind of job that the module does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Job {
    /// The name, unique in the module.
    pub name: JobName,
    /// What the job does, in a sentence or two.
    #[schemars(length(min = 1, max = 1000), example = "Calculates the commissions of one period.")]
    pub description: String,
    /// Where the package has the JSON Schema of the payload, which is checked before a job is accepted.
    #[schemars(example = "schemas/calculate.input.json")]
    pub input_schema: SchemaPath,
    /// Where the package has the JSON Schema of the result, which is checked after a run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = "schemas/calculate.output.json")]
    pub output_schema: Option<SchemaPath>,
    /// How long one attempt may take, in seconds. 60 when it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.001, max = 86_400.0), example = 30)]
    pub timeout_s: Option<f64>,
    /// How often the job is tried. 3 when it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 50), example = 3)]
    pub max_attempts: Option<i16>,
    /// How much memory an instance may have, in MiB. 64 when it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 512), example = 64)]
    pub memory_mib: Option<u32>,
    /// How much CPU time one attempt may use, in milliseconds. 10000 when it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 3_600_000), example = 10_000)]
    pub cpu_ms: Option<u64>,
}

/// What the module asks for beyond the interfaces that are always there. Each capability gets a field here with the
/// release that builds it; until then its key is refused as known but not built.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Capabilities {}

impl Manifest {
    /// The job called `name`.
    pub fn job(&self, name: &str) -> Option<&Job> {
        self.jobs.iter().find(|job| job.name.as_str() == name)
    }

    /// Every schema that a job refers to: with manifest and component, exactly what a package holds.
    pub fn schema_paths(&self) -> BTreeSet<&SchemaPath> {
        self.jobs.iter().flat_map(|job| [Some(&job.input_schema), job.output_schema.as_ref()]).flatten().collect()
    }
}

impl Job {
    /// The time-out of one attempt in milliseconds, the default where the manifest has none.
    pub fn timeout_ms(&self) -> i32 {
        // Parsing keeps it below 86,400 seconds, and `as` saturates.
        self.timeout_s.map_or(limits::DEFAULT_TIMEOUT_MS, |seconds| (seconds * 1000.0).round() as i32)
    }

    /// How often the job is tried, the default where the manifest says nothing.
    pub fn max_attempts(&self) -> i16 {
        self.max_attempts.unwrap_or(limits::DEFAULT_MAX_ATTEMPTS)
    }

    /// The memory of one instance in bytes, the default where the manifest has none.
    pub fn memory_bytes(&self) -> u64 {
        self.memory_mib.map_or(limits::DEFAULT_MEMORY_BYTES, |mib| u64::from(mib) << 20)
    }

    /// The CPU time of one attempt in milliseconds, the default where the manifest has none.
    pub fn cpu_ms(&self) -> u64 {
        self.cpu_ms.unwrap_or(limits::DEFAULT_CPU_MS)
    }
}

impl Capabilities {
    /// Whether the capability called `name` (`http`) is declared.
    pub fn declares(&self, _name: &str) -> bool {
        false
    }
}
