//! Group commit of endings: attempts that end while a statement is under way share the next one.

use std::collections::HashMap;
use std::sync::Arc;

use faena_contract::{ErrorCode, JobError, JobId, Verdict, WorkerId};
use faena_store::jobs::{self, Finished, Recorded};
use faena_store::{StoreError, Worker};
use metrics::{counter, histogram};
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio_util::sync::CancellationToken;
use tracing::{debug, error, info, warn};

use crate::announcer::{Announcement, Announcer};
use crate::backoff::Backoff;
use crate::claimer::float;
use crate::leases::{Held, Leases};
use crate::metric;

/// Most attempts in one statement.
const BATCH: usize = 200;

/// An attempt that ended, with the right to say so.
pub(crate) struct Ended {
    pub(crate) finished: Finished,
    pub(crate) held: Held,
}

/// Where attempts leave their endings. It holds a batch: when the database is slow, they wait in their slots.
pub(crate) struct Outbox(Sender<Ended>);

impl Outbox {
    pub(crate) fn new() -> (Self, Receiver<Ended>) {
        let (sender, receiver) = mpsc::channel(BATCH);
        (Self(sender), receiver)
    }

    pub(crate) async fn send(&self, ended: Ended) {
        // An error says that the worker was told to end at once; the lease of the job runs out then.
        let _ = self.0.send(ended).await;
    }
}

/// Writes endings.
pub(crate) struct Recorder {
    pub(crate) store: Worker,
    pub(crate) me: WorkerId,
    pub(crate) leases: Arc<Leases>,
    pub(crate) announcer: Announcer,
    /// From here on a database that does not answer is not waited for.
    pub(crate) last_call: CancellationToken,
}

impl Recorder {
    /// Until every outbox is dropped and empty.
    pub(crate) async fn run(self, mut endings: Receiver<Ended>) {
        let mut batch = Vec::with_capacity(BATCH);
        while endings.recv_many(&mut batch, BATCH).await > 0 {
            let batch = std::mem::take(&mut batch);
            if let Err((error, batch)) = self.flush(batch).await {
                debug!(error = &error as &dyn std::error::Error, "recording {} attempts one by one", batch.len());
                for ended in batch {
                    self.flush_alone(ended).await;
                }
            }
        }
    }

    /// Records the batch, however long the database takes; what loses its lease meanwhile is dropped. Gives the batch
    /// back when the database refuses it for what is in it.
    async fn flush(&self, mut batch: Vec<Ended>) -> Result<(), (StoreError, Vec<Ended>)> {
        let mut backoff = Backoff::new();
        loop {
            batch.retain(|ended| self.may_record(ended));
            if batch.is_empty() {
                return Ok(());
            }
            match self.write(&batch).await {
                Ok(recorded) => {
                    self.settle(batch, &recorded);
                    return Ok(());
                }
                Err(error) if error.is_transient() || matches!(error, StoreError::Unavailable { .. }) => {
                    if self.last_call.is_cancelled() {
                        info!("{} attempts are not recorded: the worker ends", batch.len());
                        return Ok(());
                    }
                    if backoff.is_first() {
                        let cause = &error as &dyn std::error::Error;
                        warn!(error = cause, "cannot record attempts now: {error}; trying until it works");
                    }
                    backoff.pause().await;
                }
                Err(error) => return Err((error, batch)),
            }
        }
    }

    /// An ending that cannot be written becomes one that can, so that it neither holds up others nor runs for ever.
    async fn flush_alone(&self, ended: Ended) {
        let job = ended.finished.id;
        let Err((refusal, batch)) = self.flush(vec![ended]).await else { return };
        report_refusal(job, &refusal);
        let failed = batch.into_iter().map(unrecordable).collect();
        if self.flush(failed).await.is_err() {
            error!(job.id = %job, "job {job} is left to the reaper");
        }
    }

    async fn write(&self, batch: &[Ended]) -> Result<Vec<Recorded>, StoreError> {
        histogram!(metric::FINISH_BATCH).record(float(batch.len()));
        let ending = self.leases.ending(batch.iter().map(|ended| &ended.held));
        let finished: Vec<Finished> = batch.iter().map(|ended| ended.finished.clone()).collect();
        jobs::finish(&self.store, self.me, &ending, &finished).await
    }

    fn may_record(&self, ended: &Ended) -> bool {
        let alive = self.leases.is_alive(ended.held.lease);
        if !alive {
            counter!(metric::DROPPED).increment(1);
            info!(job.id = %ended.held.job, "dropped the end of job {}: its lease is lost", ended.held.job);
        }
        alive
    }

    /// What is not in the answer was recorded by a statement whose answer was lost, or is somebody else's.
    fn settle(&self, batch: Vec<Ended>, recorded: &[Recorded]) {
        let recorded: HashMap<JobId, bool> = recorded.iter().map(|recorded| (recorded.id, recorded.ended)).collect();
        let mut announcement = Announcement { ended: Vec::new(), released: false };
        for Ended { finished, held } in batch {
            match recorded.get(&finished.id) {
                Some(true) => announcement.ended.push(finished.id),
                Some(false) => announcement.released = true,
                None => info!(job.id = %finished.id, "job {} was recorded before, or lost", finished.id),
            }
            if recorded.contains_key(&finished.id) {
                counter!(metric::FINISHED, "verdict" => word(&finished.verdict)).increment(1);
            }
            held.settle();
        }
        self.announcer.announce(announcement);
    }
}

fn report_refusal(job: JobId, refusal: &StoreError) {
    let cause = refusal as &dyn std::error::Error;
    error!(job.id = %job, error = cause, "the end of job {job} cannot be recorded: {refusal}");
}

fn unrecordable(ended: Ended) -> Ended {
    let message = "the worker could not store how the attempt ended; its log says why";
    let verdict = Verdict::Failed(JobError::platform(ErrorCode::WorkerInternal, message));
    Ended { finished: Finished { verdict, ..ended.finished }, held: ended.held }
}

fn word(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Done(_) => "done",
        Verdict::RetryAfter(..) => "retry",
        Verdict::Failed(_) => "failed",
        Verdict::Cancelled => "cancelled",
        Verdict::HandedBack => "handed_back",
    }
}
