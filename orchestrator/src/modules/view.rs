//! From rows to what the API shows.

use faena_contract::StoredManifest;
use faena_contract::api::{Activation, JobType, Module, ModuleVersion};
use faena_store::modules::{ActivationRow, ModuleRow, VersionRow};

/// A module as the installation sees it.
pub(crate) fn module(row: ModuleRow) -> Module {
    Module {
        id: row.id,
        name: row.name,
        state: row.state,
        reason: row.reason.and_then(|text| serde_json::from_str(&text).ok()),
        active_version: row.active_version,
        versions: row.versions.into_iter().map(version).collect(),
        created_at: row.created_at,
    }
}

fn version(row: VersionRow) -> ModuleVersion {
    let manifest: Option<StoredManifest> = serde_json::from_str(&row.manifest).ok();
    let jobs = manifest.iter().flat_map(|manifest| manifest.jobs.iter().map(|job| job.name.clone())).collect();
    ModuleVersion {
        version: row.version,
        digest: row.digest,
        key_id: row.key_id,
        abi: manifest.map(|manifest| manifest.module.abi).unwrap_or_default(),
        jobs,
        capabilities: Vec::new(),
        created_at: row.created_at,
    }
}

/// A module as an organization sees it.
pub(crate) fn activation(row: ActivationRow) -> Activation {
    let (version, manifest) = row.serving.unzip();
    let manifest: Option<StoredManifest> = manifest.and_then(|text| serde_json::from_str(&text).ok());
    let job = |job: faena_contract::StoredJob| JobType {
        name: job.name,
        description: job.description,
        input_schema: job.input_schema,
    };
    Activation {
        module: row.name,
        state: row.state,
        version,
        active: row.active,
        settings: serde_json::json!({}),
        jobs: manifest.into_iter().flat_map(|manifest| manifest.jobs).map(job).collect(),
    }
}
