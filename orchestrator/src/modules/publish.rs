//! Publishing: everything about a package is checked before anything is written.

use ed25519_dalek::VerifyingKey;
use faena_contract::{ErrorCode, StoredJob, StoredManifest, StoredModule};
use faena_manifest::{ComponentError, Package, PackageError};
use faena_store::Caller;
use faena_store::modules::{self, NewVersion, Publish, SigningKey};

use crate::app::App;
use crate::error::{ApiError, ApiResult};

/// Names that no module may have.
const RESERVED: [&str; 2] = ["platform", "faena"];

/// Checks and stores a package; returns the name of the module and whether the version is new.
pub(crate) async fn publish(app: &App, caller: &Caller, bytes: &[u8]) -> ApiResult<(String, bool)> {
    let package = open(bytes.to_vec()).await?;
    let name = package.manifest.module.name.as_str();
    if RESERVED.contains(&name) {
        return Err(ApiError::new(
            ErrorCode::ManifestInvalid,
            format!("`{name}` is the name of a part of Faena; choose another one."),
        ));
    }
    let key = trusted_key(app, &package).await?;
    verify(&package, &key)?;
    let manifest = stored_manifest(&package)?;
    let new = NewVersion {
        name,
        version: &package.manifest.module.version,
        digest: package.digest.as_str(),
        component_digest: package.component_digest.as_str(),
        manifest: &serde_json::json!(manifest).to_string(),
        key_id: package.key_id.as_str(),
        package: bytes,
        component: &package.component,
    };
    match modules::publish(&app.api, caller, &new).await? {
        Publish::Published => Ok((name.to_owned(), true)),
        Publish::AlreadyPublished => Ok((name.to_owned(), false)),
        Publish::OtherContent => Err(ApiError::new(
            ErrorCode::VersionExists,
            format!(
                "{name} {} is published with another content. A published version never changes: raise the version.",
                new.version
            ),
        )),
        Publish::Lower(highest) => Err(ApiError::new(
            ErrorCode::VersionLower,
            format!("{name} {highest} is published already; {} is lower. Raise the version.", new.version),
        )),
    }
}

/// Unpacks and scans off the async threads: a package may have 64 MiB.
async fn open(bytes: Vec<u8>) -> ApiResult<Package> {
    let opened = tokio::task::spawn_blocking(move || {
        let package = Package::open(&bytes).map_err(|error| package_error(&error))?;
        package.check_component().map_err(|error| component_error(&error))?;
        Ok(package)
    });
    opened.await.map_err(|error| ApiError::internal(&error))?
}

fn package_error(error: &PackageError) -> ApiError {
    ApiError::new(error.code(), format!("{}.", crate::error::error_chain(error)))
}

fn component_error(error: &ComponentError) -> ApiError {
    ApiError::new(error.code(), format!("{}.", crate::error::error_chain(error)))
}

async fn trusted_key(app: &App, package: &Package) -> ApiResult<SigningKey> {
    let name = package.manifest.module.name.as_str();
    let refuse = |detail: String| ApiError::new(ErrorCode::KeyNotTrusted, detail);
    let key = modules::signing_key(&app.api, package.key_id.as_str()).await?.ok_or_else(|| {
        refuse(format!(
            "The key {} that signed `{name}` is not trusted on this installation. Sign with a key that is.",
            package.key_id.as_str()
        ))
    })?;
    if key.is_development && !app.dev_mode {
        return Err(refuse(
            "The package is signed with a development key, and this installation is not in development mode."
                .to_owned(),
        ));
    }
    let covers = |prefix: &String| {
        name == prefix || name.strip_prefix(prefix.as_str()).is_some_and(|rest| rest.starts_with('-'))
    };
    if !key.module_prefix.as_ref().is_none_or(covers) {
        return Err(refuse(format!("The key {} may not sign modules called `{name}`.", key.id)));
    }
    Ok(key)
}

fn verify(package: &Package, key: &SigningKey) -> ApiResult<()> {
    let public = <[u8; 32]>::try_from(key.public_key.as_slice()).ok();
    let public = public.and_then(|bytes| VerifyingKey::from_bytes(&bytes).ok());
    let public = public
        .ok_or_else(|| ApiError::new(ErrorCode::KeyNotTrusted, format!("The stored key {} is broken.", key.id)))?;
    package.verify(&public).map_err(|error| package_error(&error))
}

fn stored_manifest(package: &Package) -> ApiResult<StoredManifest> {
    let module = &package.manifest.module;
    let schema = |path| {
        let text = package.schemas.get(path).map(String::as_str).unwrap_or("null");
        serde_json::from_str(text).map_err(|error| ApiError::internal(&error))
    };
    let mut jobs = Vec::new();
    for job in &package.manifest.jobs {
        jobs.push(StoredJob {
            name: job.name.as_str().to_owned(),
            description: job.description.clone(),
            timeout_s: job.timeout_s,
            max_attempts: job.max_attempts,
            memory_mib: job.memory_mib,
            cpu_ms: job.cpu_ms,
            input_schema: schema(&job.input_schema)?,
            output_schema: job.output_schema.as_ref().map(schema).transpose()?,
        });
    }
    let module = StoredModule {
        name: module.name.as_str().to_owned(),
        version: module.version.to_string(),
        description: module.description.clone(),
        abi: module.abi.to_string(),
    };
    Ok(StoredManifest { module, jobs })
}
