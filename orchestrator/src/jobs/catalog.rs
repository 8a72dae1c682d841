//! What an organization may submit: modules with their compiled schemas, kept for a moment.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use faena_contract::{ErrorCode, ModuleId, ModuleState, OrganizationId, StoredManifest, VersionId};
use faena_manifest::JobSchema;
use faena_store::{Caller, modules};
use lru::LruCache;

use crate::app::App;
use crate::error::{ApiError, ApiResult};

/// How long a look-up is believed when no event says otherwise. The claim checks again.
const FRESH: Duration = Duration::from_secs(1);
const MOST_MODULES: usize = 10_000;
const MOST_VERSIONS: usize = 256;

/// A module as one organization may use it.
pub(crate) struct Offer {
    pub(crate) module: ModuleId,
    pub(crate) state: ModuleState,
    pub(crate) active: bool,
    pub(crate) serving: Option<Arc<Serving>>,
}

/// The version that serves.
pub(crate) struct Serving {
    pub(crate) jobs: HashMap<String, JobKind>,
}

/// One kind of job.
pub(crate) struct JobKind {
    pub(crate) schema: JobSchema,
    pub(crate) timeout_ms: i32,
    pub(crate) max_attempts: i16,
}

type Key = (OrganizationId, String);

/// The look-ups of the last moments.
pub(crate) struct Catalog {
    offers: Mutex<LruCache<Key, (Instant, Arc<Offer>)>>,
    /// A version never changes, so its schemas are compiled once.
    versions: Mutex<LruCache<VersionId, Arc<Serving>>>,
}

impl Catalog {
    pub(crate) fn new() -> Self {
        let size = |most| NonZeroUsize::new(most).unwrap_or(NonZeroUsize::MIN);
        Self {
            offers: Mutex::new(LruCache::new(size(MOST_MODULES))),
            versions: Mutex::new(LruCache::new(size(MOST_VERSIONS))),
        }
    }

    /// Forgets what may have changed.
    pub(crate) fn clear(&self) {
        self.offers.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn fresh(&self, key: &Key) -> Option<Arc<Offer>> {
        let mut offers = self.offers.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, offer) = offers.get(key)?;
        (since.elapsed() < FRESH).then(|| offer.clone())
    }

    fn version(&self, version: VersionId) -> Option<Arc<Serving>> {
        self.versions.lock().unwrap_or_else(PoisonError::into_inner).get(&version).cloned()
    }
}

/// The module called `name` as the caller's organization may use it.
pub(crate) async fn offer(app: &App, caller: &Caller, name: &str) -> ApiResult<Arc<Offer>> {
    let key = (caller.organization, name.to_owned());
    if let Some(offer) = app.catalog.fresh(&key) {
        return Ok(offer);
    }
    let entry = modules::catalog_entry(&app.api, caller, name).await?.ok_or_else(|| {
        ApiError::new(
            ErrorCode::ModuleNotFound,
            format!("There is no module `{name}`. GET /api/v1/modules lists those that there are."),
        )
    })?;
    let serving = entry.serving.map(|(version, manifest)| serving(app, version, &manifest)).transpose()?;
    let offer = Arc::new(Offer { module: entry.module, state: entry.state, active: entry.active, serving });
    let mut offers = app.catalog.offers.lock().unwrap_or_else(PoisonError::into_inner);
    offers.put(key, (Instant::now(), offer.clone()));
    Ok(offer)
}

fn serving(app: &App, version: VersionId, manifest: &str) -> ApiResult<Arc<Serving>> {
    if let Some(serving) = app.catalog.version(version) {
        return Ok(serving);
    }
    let manifest: StoredManifest = serde_json::from_str(manifest).map_err(|error| ApiError::internal(&error))?;
    let mut jobs = HashMap::new();
    for job in &manifest.jobs {
        let schema = JobSchema::compile(&job.input_schema.to_string()).map_err(|error| ApiError::internal(&error))?;
        let kind = JobKind { schema, timeout_ms: job.timeout_ms(), max_attempts: job.max_attempts() };
        jobs.insert(job.name.clone(), kind);
    }
    let serving = Arc::new(Serving { jobs });
    app.catalog.versions.lock().unwrap_or_else(PoisonError::into_inner).put(version, serving.clone());
    Ok(serving)
}
