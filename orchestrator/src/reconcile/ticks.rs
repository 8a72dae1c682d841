//! The ticks themselves.

use std::time::Duration;

use chrono::Utc;
use faena_queue::Event;
use faena_store::{StoreError, jobs, modules};
use tokio_util::sync::CancellationToken;

use super::Progress;
use crate::admission::{Admission, Next};
use crate::app::SharedApp;
use crate::error::error_chain;

/// Longest time between two rounds of admission.
const ADMISSION_PERIOD: Duration = Duration::from_millis(200);
const LEASES: i64 = 200;
const RESUMED: i64 = 1_000;
const MONTHS_AHEAD: i32 = 3;
const KEYS: i64 = 1_000;

/// Admission has state between rounds and a timer of its own.
pub(super) async fn admission(app: SharedApp, shutdown: CancellationToken) {
    let mut admission = Admission::new();
    let mut healthy = true;
    while !shutdown.is_cancelled() {
        let woken = app.wakers.admission.notified();
        let mut pause = ADMISSION_PERIOD;
        match admission.tick(&app).await {
            Ok(Next::Now) => continue,
            Ok(Next::At(due)) => {
                healthy = true;
                let until_due = due.and_then(|due| (due - Utc::now()).to_std().ok());
                pause =
                    until_due.map_or(pause, |until_due| until_due.clamp(Duration::from_millis(1), ADMISSION_PERIOD));
            }
            Err(error) => {
                app.gate.close();
                if std::mem::replace(&mut healthy, false) {
                    tracing::warn!(error = error_chain(&error), "admission failed and will try again");
                }
            }
        }
        tokio::select! {
            () = woken => {}
            () = tokio::time::sleep(pause) => {}
            () = shutdown.cancelled() => return,
        }
    }
}

pub(super) async fn reap(app: &SharedApp) -> Result<Progress, StoreError> {
    let reaped = jobs::reap(&app.dispatcher, LEASES).await?;
    if reaped.leases == 0 {
        return Ok(Progress::Done);
    }
    tracing::warn!(
        leases = reaped.leases,
        jobs.released = reaped.released,
        jobs.ended = reaped.ended.len(),
        "a worker stopped renewing: {} leases ran out, {} jobs run again",
        reaped.leases,
        reaped.released
    );
    metrics::counter!("faena_leases_expired_total").increment(reaped.leases.unsigned_abs());
    app.wakers.admission.notify_one();
    if !reaped.ended.is_empty() {
        tell(app, Event::Finished { jobs: reaped.ended }).await;
    }
    Ok(if reaped.leases == LEASES { Progress::More } else { Progress::Done })
}

pub(super) async fn installs(app: &SharedApp) -> Result<Progress, StoreError> {
    if modules::settle_installs(&app.dispatcher).await? > 0 {
        app.catalog.clear();
        app.wakers.resume.notify_one();
        tell(app, Event::ModulesChanged).await;
    }
    Ok(Progress::Done)
}

pub(super) async fn resume(app: &SharedApp) -> Result<Progress, StoreError> {
    let resumed = jobs::resume(&app.dispatcher, RESUMED).await?;
    if resumed > 0 {
        tracing::info!(jobs = resumed, "{resumed} parked jobs run again");
        app.wakers.admission.notify_one();
    }
    Ok(if resumed == RESUMED { Progress::More } else { Progress::Done })
}

pub(super) async fn housekeeping(app: &SharedApp) -> Result<Progress, StoreError> {
    let made = jobs::ensure_partitions(&app.dispatcher, MONTHS_AHEAD).await?;
    if made > 0 {
        tracing::info!(partitions = made, "{made} partitions made for the months to come");
    }
    let forgotten = jobs::forget_idempotency_keys(&app.dispatcher, KEYS).await?;
    Ok(if forgotten == KEYS.unsigned_abs() { Progress::More } else { Progress::Done })
}

async fn tell(app: &SharedApp, event: Event) {
    if let Err(error) = app.events.publish(&event).await {
        tracing::debug!(%error, "a live event was not published; its receivers look by themselves");
    }
}
