//! Module versions, ready to be called: fetched, verified and compiled once, however many jobs ask.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use faena_contract::{ErrorCode, JobError, VersionId};
use faena_host::{CallError, Host, HostError, Module};
use faena_manifest::Digest;
use faena_store::modules::{self, VersionCode};
use faena_store::{StoreError, Worker};
use lru::LruCache;
use tokio::sync::OnceCell;
use tracing::warn;

use crate::backoff::Backoff;
use crate::classify::Failure;
use crate::manifest::Manifest;

/// One version of a module, compiled, with what its manifest says about its jobs.
pub(crate) struct Version {
    pub(crate) manifest: Manifest,
    pub(crate) module: Arc<Module>,
}

/// A version, or why it can never be run; the refusal is kept too, so that it is not compiled for each of its jobs.
type Entry = Arc<OnceCell<Result<Arc<Version>, JobError>>>;

/// The versions that this worker has run lately.
pub(crate) struct Versions {
    store: Worker,
    host: Arc<Host>,
    entries: Mutex<LruCache<VersionId, Entry>>,
}

impl Versions {
    pub(crate) fn new(store: Worker, host: Arc<Host>, kept: NonZeroUsize) -> Self {
        Self { store, host, entries: Mutex::new(LruCache::new(kept)) }
    }

    /// The version, from the cache or made ready now. Jobs of one version wait for the first of them.
    pub(crate) async fn resolve(&self, id: VersionId) -> Result<Arc<Version>, Failure> {
        let entry = self.entry(id);
        let version = entry.get_or_try_init(|| self.prepare(id)).await?;
        version.clone().map_err(Failure::Final)
    }

    fn entry(&self, id: VersionId) -> Entry {
        // No code under the lock panics half way, so a poisoned cache is a sound one.
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(entries.get_or_insert_mut(id, Entry::default))
    }

    /// Fetch, verify, compile, read the manifest. A failure that another attempt may mend is not kept.
    async fn prepare(&self, id: VersionId) -> Result<Result<Arc<Version>, JobError>, Failure> {
        let Some(code) = self.fetch(id).await? else {
            return Ok(Err(unusable("the package of the version is missing")));
        };
        let Some(code) = verify(code).await? else {
            return Ok(Err(unusable("the component in the database is not the one that was published")));
        };
        let module = match self.host.compile(&code.component_digest, &code.component).await {
            Ok(module) => module,
            Err(error @ (HostError::CompilerFailed(_) | HostError::Engine(_) | HostError::Ticker(_))) => {
                return Err(Failure::Call(CallError::HostFailed(error.to_string())));
            }
            Err(error) => return Ok(Err(unusable(error.to_string()))),
        };
        let version = Manifest::read(&code.manifest).map(|manifest| Arc::new(Version { manifest, module }));
        Ok(version.map_err(unusable))
    }

    /// Waits for the database as long as the job's lease lasts; the caller stops waiting when it does not.
    async fn fetch(&self, id: VersionId) -> Result<Option<VersionCode>, Failure> {
        let mut backoff = Backoff::new();
        loop {
            match modules::version_code(&self.store, id).await {
                Ok(code) => return Ok(code),
                Err(StoreError::Unavailable { .. }) => backoff.pause().await,
                Err(error) => {
                    warn!(error = &error as &dyn std::error::Error, "cannot read module version {id}: {error}");
                    let message = "the worker could not read the module from the database".to_owned();
                    return Err(Failure::Call(CallError::HostFailed(message)));
                }
            }
        }
    }
}

/// The code, if it is the one that was published. Hashing megabytes is not for a thread that modules run on.
async fn verify(code: VersionCode) -> Result<Option<VersionCode>, Failure> {
    let verified = tokio::task::spawn_blocking(move || {
        let is_intact = Digest::of(&code.component).as_str() == code.component_digest;
        is_intact.then_some(code)
    });
    verified.await.map_err(|error| Failure::Call(CallError::HostFailed(error.to_string())))
}

fn unusable(why: impl Into<String>) -> JobError {
    JobError::platform(ErrorCode::ComponentUnusable, why)
}
