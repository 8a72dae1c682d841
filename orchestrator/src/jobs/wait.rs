//! Waiting for the end of a job: woken by the live event, with a look into the database as the net below it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use faena_contract::JobId;
use faena_contract::api::Job;
use faena_queue::{Event, Notice};
use faena_store::{Caller, jobs};
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

use crate::app::App;
use crate::error::ApiResult;

/// How often the database is asked when no event comes.
const LOOK: Duration = Duration::from_millis(500);

/// The requests of this process that wait for a job.
#[derive(Default)]
pub(crate) struct Waiters(Mutex<HashMap<JobId, watch::Sender<()>>>);

impl Waiters {
    /// Takes in what happened elsewhere.
    pub(crate) fn notice(&self, notice: &Notice) {
        let waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match notice {
            Notice::Event(Event::Finished { jobs }) => {
                jobs.iter().filter_map(|job| waiting.get(job)).for_each(|sender| sender.send_replace(()));
            }
            Notice::Resubscribed => waiting.values().for_each(|sender| sender.send_replace(())),
            Notice::Event(_) => {}
        }
    }

    /// Starts listening for the end of a job. What happens from now on is not missed, so it is called before the job
    /// can run: a job may end sooner than the request that submitted it goes on.
    pub(crate) fn listen(&self, job: JobId) -> Waiting<'_> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let changes = waiting.entry(job).or_insert_with(|| watch::channel(()).0).subscribe();
        Waiting { waiters: self, job, changes: Some(changes) }
    }
}

/// One request that waits. Dropping it, also because its caller went away, takes it off the list.
pub(crate) struct Waiting<'a> {
    waiters: &'a Waiters,
    job: JobId,
    changes: Option<watch::Receiver<()>>,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.changes = None;
        let mut waiting = self.waiters.0.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.get(&self.job).is_some_and(|sender| sender.receiver_count() == 0) {
            waiting.remove(&self.job);
        }
    }
}

impl Waiting<'_> {
    /// The job that is waited for.
    pub(crate) fn job(&self) -> JobId {
        self.job
    }

    /// The job as it is once it has ended, or as it is after `longest`. It is not looked at before something happens:
    /// whoever listened only after the job could run looks first.
    pub(crate) async fn ended(mut self, app: &App, caller: &Caller, longest: Duration) -> ApiResult<Option<Job>> {
        let deadline = Instant::now() + longest;
        loop {
            let patience = deadline.min(Instant::now() + LOOK);
            let happened = match &mut self.changes {
                Some(changes) => timeout_at(patience, changes.changed()).await.is_ok(),
                None => false,
            };
            let found = jobs::read(&app.api, caller, self.job).await?;
            let ended = found.as_ref().is_none_or(|job| job.status.is_final());
            if ended || (!happened && Instant::now() >= deadline) {
                return Ok(found);
            }
        }
    }
}
