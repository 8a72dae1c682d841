//! The loops. Each is an idempotent tick over rows, woken by a signal and by a timer, and does one bounded batch.
//!
//! | loop | what it makes good |
//! | --- | --- |
//! | admission | due jobs that are not sent, and envelopes that were lost |
//! | reaper | leases that ran out: the worker died |
//! | installs | install jobs that ended |
//! | resume | jobs parked for a module or activation that is on again |
//! | housekeeping | partitions of the months to come, idempotency keys of days gone by |
//! | live events | waiting requests and stale caches of this process |

mod live;
mod ticks;

use std::sync::Arc;
use std::time::Duration;

use faena_store::StoreError;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::app::SharedApp;
use crate::error::error_chain;

/// What wakes a loop before its timer does.
#[derive(Default)]
pub(crate) struct Wakers {
    pub(crate) admission: Arc<Notify>,
    pub(crate) installs: Arc<Notify>,
    pub(crate) resume: Arc<Notify>,
}

/// Starts every loop.
pub(crate) fn start(app: &SharedApp, tasks: &TaskTracker, shutdown: &CancellationToken) {
    tasks.spawn(ticks::admission(app.clone(), shutdown.clone()));
    tasks.spawn(live::run(app.clone(), shutdown.clone()));
    let never = Arc::new(Notify::new());
    let seconds = Duration::from_secs;
    let run =
        |name, period, waker: &Arc<Notify>| Loop { name, period, waker: waker.clone(), shutdown: shutdown.clone() };
    tasks.spawn(run("reaper", seconds(1), &never).run(app.clone(), async |app| ticks::reap(app).await));
    tasks.spawn(
        run("installs", seconds(1), &app.wakers.installs).run(app.clone(), async |app| ticks::installs(app).await),
    );
    tasks.spawn(run("resume", seconds(2), &app.wakers.resume).run(app.clone(), async |app| ticks::resume(app).await));
    tasks
        .spawn(run("housekeeping", seconds(3600), &never).run(app.clone(), async |app| ticks::housekeeping(app).await));
}

/// Whether a tick left something for the next one.
pub(crate) enum Progress {
    /// Nothing more to do now.
    Done,
    /// The batch was full: go on at once.
    More,
}

struct Loop {
    name: &'static str,
    period: Duration,
    waker: Arc<Notify>,
    shutdown: CancellationToken,
}

impl Loop {
    async fn run<F>(self, app: SharedApp, tick: F)
    where
        F: AsyncFn(&SharedApp) -> Result<Progress, StoreError>,
    {
        let mut healthy = true;
        while !self.shutdown.is_cancelled() {
            // Register for the wake-up before looking.
            let woken = self.waker.notified();
            match tick(&app).await {
                Ok(Progress::More) => continue,
                Ok(Progress::Done) => healthy = self.recovered(healthy),
                Err(error) => healthy = self.failed(healthy, &error),
            }
            tokio::select! {
                () = woken => {}
                () = tokio::time::sleep(self.period) => {}
                () = self.shutdown.cancelled() => return,
            }
        }
    }

    fn recovered(&self, healthy: bool) -> bool {
        if !healthy {
            tracing::info!(reconciler = self.name, "{} works again", self.name);
        }
        true
    }

    /// Says so once, not at every tick.
    fn failed(&self, healthy: bool, error: &StoreError) -> bool {
        metrics::counter!("faena_reconciler_errors_total", "reconciler" => self.name).increment(1);
        if healthy {
            tracing::warn!(
                reconciler = self.name,
                error = error_chain(error),
                "{} failed and will try again",
                self.name
            );
        }
        false
    }
}
