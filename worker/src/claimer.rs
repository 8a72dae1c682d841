//! Group commit of claims: deliveries gather while a claim is under way and share the next one.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::Utc;
use faena_contract::{Envelope, JobId, LeaseId};
use faena_queue::{Delivery, Producer};
use faena_store::jobs::{self, ClaimedJob};
use faena_store::{StoreError, Worker};
use metrics::{gauge, histogram};
use tokio::sync::Semaphore;
use tokio::sync::mpsc::Receiver;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::backoff::Backoff;
use crate::guests::GuestSpawner;
use crate::metric;
use crate::pipeline::{Assignment, Parts, run_job};

/// Most envelopes in one statement: more would hold many row locks for long.
const BATCH: usize = 200;
/// What Redis gets to take envelopes back at the end; the orchestrator sends lost ones again anyway.
const HAND_BACK_WITHIN: Duration = Duration::from_secs(2);

/// Turns deliveries into running jobs.
pub(crate) struct Claimer {
    pub(crate) parts: Arc<Parts>,
    pub(crate) store: Worker,
    pub(crate) ttl: Duration,
    pub(crate) guests: GuestSpawner,
    pub(crate) slots: Arc<Semaphore>,
    pub(crate) producer: Producer,
    /// From here on nothing more is claimed.
    pub(crate) stop: CancellationToken,
}

impl Claimer {
    /// Until the intake is closed and empty.
    pub(crate) async fn run(self, mut intake: Receiver<Delivery>) {
        let mut batch = Vec::with_capacity(BATCH);
        while intake.recv_many(&mut batch, BATCH).await > 0 {
            let batch = std::mem::take(&mut batch);
            if self.stop.is_cancelled() {
                self.hand_back(&batch).await;
            } else {
                self.claim_and_start(batch).await;
            }
            gauge!(metric::SLOTS_FREE).set(float(self.slots.available_permits()));
        }
    }

    /// What is not claimed gives its slot back when its delivery is dropped here.
    async fn claim_and_start(&self, batch: Vec<Delivery>) {
        histogram!(metric::CLAIM_BATCH).record(float(batch.len()));
        let envelopes: Vec<Envelope> = batch.iter().map(|delivery| delivery.envelope.clone()).collect();
        let mut deliveries: HashMap<(JobId, i32), Delivery> =
            batch.into_iter().map(|delivery| ((delivery.envelope.job, delivery.envelope.dispatch), delivery)).collect();
        match self.claim(&envelopes).await {
            Ok(claim) => self.start(claim, &mut deliveries),
            Err(StoreError::Unavailable { .. }) => {
                info!("{} envelopes are not claimed: the worker ends", envelopes.len())
            }
            Err(_) => self.claim_one_by_one(envelopes, deliveries).await,
        }
    }

    /// After a statement that failed for what is in it: the others go on without the one that is at fault.
    async fn claim_one_by_one(&self, envelopes: Vec<Envelope>, mut deliveries: HashMap<(JobId, i32), Delivery>) {
        for envelope in &envelopes {
            match self.claim(std::slice::from_ref(envelope)).await {
                Ok(claim) => self.start(claim, &mut deliveries),
                Err(error) => {
                    report_refusal(envelope.job, &error);
                    deliveries.remove(&(envelope.job, envelope.dispatch));
                }
            }
        }
    }

    /// Tries until the database answers, always under the same lease: where only the answer was lost, the next try gets it
    /// again, and no attempt is counted twice.
    async fn claim(&self, envelopes: &[Envelope]) -> Result<Claim, StoreError> {
        let (mut backoff, lease) = (Backoff::new(), LeaseId::new());
        loop {
            let since = Instant::now();
            match jobs::claim(&self.store, self.parts.me, lease, self.ttl, envelopes).await {
                Ok(jobs) => return Ok(Claim { lease, since, jobs }),
                Err(error @ StoreError::Unavailable { .. }) => {
                    if self.stop.is_cancelled() {
                        return Err(error);
                    }
                    if backoff.is_first() {
                        let cause = &error as &dyn std::error::Error;
                        warn!(error = cause, "cannot claim jobs now: {error}; trying until it works");
                    }
                    backoff.pause().await;
                }
                Err(error) if error.is_transient() => backoff.pause().await,
                Err(error) => return Err(error),
            }
        }
    }

    fn start(&self, claim: Claim, deliveries: &mut HashMap<(JobId, i32), Delivery>) {
        let Claim { lease, since, jobs } = claim;
        if since.elapsed() >= self.ttl {
            warn!(lease = %lease, "lease {lease} ran out before its claim was answered, with {} jobs", jobs.len());
            return;
        }
        let ids: Vec<JobId> = jobs.iter().map(|job| job.id).collect();
        let held = self.parts.leases.open(lease, since, &ids);
        for (job, held) in jobs.into_iter().zip(held) {
            // The claim answers only what was asked for, so that there is a delivery for each job.
            let Some(delivery) = deliveries.remove(&(job.id, job.dispatch)) else { continue };
            record_wait(&delivery.envelope);
            let assignment = Assignment { job, held, slot: delivery.permit };
            self.guests.spawn(run_job(Arc::clone(&self.parts), assignment));
        }
    }

    async fn hand_back(&self, batch: &[Delivery]) {
        let envelopes: Vec<Envelope> = batch.iter().map(|delivery| delivery.envelope.clone()).collect();
        if !matches!(timeout(HAND_BACK_WITHIN, self.producer.hand_back(&envelopes)).await, Ok(Ok(()))) {
            info!("{} envelopes were not put back; the orchestrator sends them again", envelopes.len());
        }
    }
}

/// The answer to one claim.
struct Claim {
    lease: LeaseId,
    since: Instant,
    jobs: Vec<ClaimedJob>,
}

fn report_refusal(job: JobId, error: &StoreError) {
    let cause = error as &dyn std::error::Error;
    warn!(job.id = %job, error = cause, "job {job} cannot be claimed: {error}");
}

fn record_wait(envelope: &Envelope) {
    let waited_ms = Utc::now().timestamp_millis().saturating_sub(envelope.sent_at_ms).max(0);
    histogram!(metric::WAIT_SECONDS).record(Duration::from_millis(waited_ms.unsigned_abs()).as_secs_f64());
}

#[expect(clippy::cast_precision_loss, reason = "numbers of jobs stay far below 2^52")]
pub(crate) fn float(count: usize) -> f64 {
    count as f64
}
