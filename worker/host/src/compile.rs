//! The host, and how it compiles: each digest once, however many callers ask at the same time.

use std::sync::{Arc, Mutex, PoisonError};

use lru::LruCache;
use tokio::sync::{OnceCell, Semaphore};
use wasmtime::Engine;
use wasmtime::component::Linker;

use crate::state::CallState;
use crate::{HostConfig, HostError, Module, abi, engine, module};

/// A module, or the promise of one that somebody is compiling.
type Entry = Arc<OnceCell<Arc<Module>>>;

/// Runs modules. One for each process.
pub struct Host {
    pub(crate) engine: Engine,
    linker: Arc<Linker<CallState>>,
    modules: Mutex<LruCache<String, Entry>>,
    /// The compiler uses every core by itself, so one component at a time.
    compiler: Semaphore,
}

impl Host {
    /// Starts the engine.
    pub fn new(config: HostConfig) -> Result<Self, HostError> {
        let engine = engine::start()?;
        let mut linker = Linker::new(&engine);
        abi::link(&mut linker).map_err(|error| HostError::Engine(format!("{error:#}")))?;
        Ok(Self {
            engine,
            linker: Arc::new(linker),
            modules: Mutex::new(LruCache::new(config.modules_kept)),
            compiler: Semaphore::new(1),
        })
    }

    /// The module of a component: from the cache, or compiled now. `digest` identifies `bytes`; the caller has checked
    /// that they belong together.
    pub async fn compile(&self, digest: &str, bytes: &[u8]) -> Result<Arc<Module>, HostError> {
        // Callers of one digest share its cell: one of them compiles, the others wait. If it fails, the next one tries.
        let entry = self.entry(digest);
        let module = entry.get_or_try_init(|| self.compile_now(digest, bytes)).await?;
        Ok(Arc::clone(module))
    }

    fn entry(&self, digest: &str) -> Entry {
        // No code under the lock panics half way, so a poisoned cache is a sound one.
        let mut modules = self.modules.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(modules.get_or_insert_mut(digest.to_owned(), Entry::default))
    }

    async fn compile_now(&self, digest: &str, bytes: &[u8]) -> Result<Arc<Module>, HostError> {
        let _turn = self.compiler.acquire().await;
        let (linker, digest, bytes) = (Arc::clone(&self.linker), digest.to_owned(), bytes.to_vec());
        let started = std::time::Instant::now();
        let compiled = tokio::task::spawn_blocking(move || module::compile(&linker, digest, &bytes)).await;
        let module = compiled.map_err(|error| HostError::CompilerFailed(error.to_string()))??;
        let duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::info!(module.digest, duration_ms, "compiled component {} in {duration_ms} ms", module.digest);
        Ok(Arc::new(module))
    }
}
