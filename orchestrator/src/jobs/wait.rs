//! Waiting for the end of a job: woken by the live event, with a look into the database as the net below it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use faena_contract::JobId;
use faena_contract::api::Job;
use faena_queue::{Event, Notice};
use faena_store::{Caller, jobs};
use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

use crate::app::App;
use crate::error::ApiResult;

/// How often the database is asked when no event comes.
const LOOK: Duration = Duration::from_millis(500);

/// The requests of this process that wait for a job.
#[derive(Default)]
pub(crate) struct Waiters(Mutex<HashMap<JobId, (usize, Arc<Notify>)>>);

impl Waiters {
    /// Takes in what happened elsewhere.
    pub(crate) fn notice(&self, notice: &Notice) {
        let waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match notice {
            Notice::Event(Event::Finished { jobs }) => {
                jobs.iter().filter_map(|job| waiting.get(job)).for_each(|(_, notify)| notify.notify_waiters());
            }
            Notice::Resubscribed => waiting.values().for_each(|(_, notify)| notify.notify_waiters()),
            Notice::Event(_) => {}
        }
    }

    fn enter(&self, job: JobId) -> Arc<Notify> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = waiting.entry(job).or_default();
        entry.0 += 1;
        entry.1.clone()
    }

    fn leave(&self, job: JobId) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = waiting.get_mut(&job) {
            entry.0 -= 1;
            if entry.0 == 0 {
                waiting.remove(&job);
            }
        }
    }

    /// The job as it is once it has ended, or as it is after `longest`.
    pub(crate) async fn ended(app: &App, caller: &Caller, job: JobId, longest: Duration) -> ApiResult<Option<Job>> {
        let notify = app.waiters.enter(job);
        let _leave = Leave(&app.waiters, job);
        let deadline = Instant::now() + longest;
        loop {
            // Register for the wake-up before looking: what happens in between is not missed.
            let mut woken = std::pin::pin!(notify.notified());
            woken.as_mut().enable();
            // The first look would come too early for all but a replayed request.
            let patience = deadline.min(Instant::now() + LOOK);
            let slept = timeout_at(patience, woken).await;
            let found = jobs::read(&app.api, caller, job).await?;
            let ended = found.as_ref().is_none_or(|job| job.status.is_final());
            if ended || (slept.is_err() && Instant::now() >= deadline) {
                return Ok(found);
            }
        }
    }
}

/// Takes a request off the list, also when it is dropped because its caller went away.
struct Leave<'a>(&'a Waiters, JobId);

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        self.0.leave(self.1);
    }
}
