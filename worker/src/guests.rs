//! The threads that jobs run on.
//!
//! A module keeps its thread for about 10 ms before it lets others on. Were claims and records there too, each of
//! their many steps would wait behind all running modules; here the operating system shares out the cores instead.

use std::time::Duration;

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::time::timeout;
use tokio_util::task::TaskTracker;

use crate::WorkerError;

/// A runtime for jobs alone, one thread a core.
pub(crate) struct Guests {
    runtime: Option<Runtime>,
    handle: Handle,
    tasks: TaskTracker,
}

/// Starts jobs on the threads of the guests.
#[derive(Clone)]
pub(crate) struct GuestSpawner {
    handle: Handle,
    tasks: TaskTracker,
}

impl Guests {
    pub(crate) fn start() -> Result<Self, WorkerError> {
        let runtime =
            Builder::new_multi_thread().thread_name("faena-guest").enable_all().build().map_err(WorkerError::Thread)?;
        let handle = runtime.handle().clone();
        Ok(Self { runtime: Some(runtime), handle, tasks: TaskTracker::new() })
    }

    pub(crate) fn spawner(&self) -> GuestSpawner {
        GuestSpawner { handle: self.handle.clone(), tasks: self.tasks.clone() }
    }

    /// Waits until no job runs; false when one still does after that long.
    pub(crate) async fn idle(&self, within: Duration) -> bool {
        self.tasks.close();
        timeout(within, self.tasks.wait()).await.is_ok()
    }
}

impl GuestSpawner {
    pub(crate) fn spawn(&self, job: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn_on(job, &self.handle);
    }
}

impl Drop for Guests {
    /// A runtime may not be waited for on a thread of another one.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
