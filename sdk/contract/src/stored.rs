//! What is kept of a manifest beside the package: all that submitting and running a job needs, schemas included.

use serde::{Deserialize, Serialize};

use crate::limits;

/// A manifest with the schemas in place of their paths, as `module_version.manifest` holds it in JSON.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StoredManifest {
    /// Who the module is.
    pub module: StoredModule,
    /// Its jobs.
    pub jobs: Vec<StoredJob>,
}

/// Who a module is.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StoredModule {
    /// Name.
    pub name: String,
    /// Semantic version.
    pub version: String,
    /// What it is for.
    pub description: String,
    /// Range of host ABI versions.
    pub abi: String,
}

/// One kind of job.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StoredJob {
    /// Name.
    pub name: String,
    /// What it does.
    pub description: String,
    /// Longest time of one attempt, in seconds.
    pub timeout_s: Option<f64>,
    /// Attempts before it fails for good.
    pub max_attempts: Option<i16>,
    /// Memory of one instance, in MiB.
    pub memory_mib: Option<u32>,
    /// CPU time of one attempt, in milliseconds.
    pub cpu_ms: Option<u64>,
    /// JSON Schema of the payload.
    pub input_schema: serde_json::Value,
    /// JSON Schema of the result.
    pub output_schema: Option<serde_json::Value>,
}

impl StoredManifest {
    /// The job called `name`.
    pub fn job(&self, name: &str) -> Option<&StoredJob> {
        self.jobs.iter().find(|job| job.name == name)
    }
}

impl StoredJob {
    /// Longest time of one attempt, in milliseconds.
    pub fn timeout_ms(&self) -> i32 {
        self.timeout_s.map_or(limits::DEFAULT_TIMEOUT_MS, |seconds| (seconds * 1000.0).round() as i32)
    }

    /// Attempts before it fails for good.
    pub fn max_attempts(&self) -> i16 {
        self.max_attempts.unwrap_or(limits::DEFAULT_MAX_ATTEMPTS)
    }

    /// Memory of one instance, in bytes.
    pub fn memory_bytes(&self) -> u64 {
        self.memory_mib.map_or(limits::DEFAULT_MEMORY_BYTES, |mib| u64::from(mib) << 20)
    }

    /// CPU time of one attempt, in milliseconds.
    pub fn cpu_ms(&self) -> u64 {
        self.cpu_ms.unwrap_or(limits::DEFAULT_CPU_MS)
    }
}
