//! What this worker holds: its leases, the jobs under each, and the means to stop them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use faena_contract::{JobId, LeaseId};
use metrics::counter;
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

use crate::classify::Failure;
use crate::metric;

/// The leases of this worker. Time is this machine's monotonic clock, counted from before the statement that made or
/// renewed a lease was sent, so that a lease ends here no later than in the database.
pub(crate) struct Leases {
    ttl: Duration,
    held: Mutex<HashMap<LeaseId, Lease>>,
}

struct Lease {
    /// When the last statement that prolonged it was begun.
    since: Instant,
    /// What still runs or waits to be recorded under it.
    jobs: HashMap<JobId, Stop>,
    /// A statement that deletes it is under way.
    ending: bool,
    /// One of its jobs was let go without a record: the lease has to run out, so that the reaper finds the job.
    abandoned: bool,
}

/// Why an attempt was stopped from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StopReason {
    /// A person cancelled the job.
    CancelAsked,
    /// The lease ran out: somebody else may run the job by now, so nothing is written about it.
    LeaseLost,
    /// The worker ends, and the job did not in the time it was given.
    Draining,
}

/// Stops one attempt. The first reason stands.
#[derive(Clone, Default)]
pub(crate) struct Stop {
    token: CancellationToken,
    reason: Arc<OnceLock<StopReason>>,
}

/// One claimed job. Dropping it without [`Held::settle`] leaves the job to the reaper.
pub(crate) struct Held {
    pub(crate) job: JobId,
    pub(crate) lease: LeaseId,
    pub(crate) stop: Stop,
    leases: Arc<Leases>,
    settled: bool,
}

impl Stop {
    pub(crate) fn stop(&self, reason: StopReason) {
        // An error says that there was a reason before.
        let _ = self.reason.set(reason);
        self.token.cancel();
    }

    pub(crate) fn reason(&self) -> Option<StopReason> {
        self.reason.get().copied()
    }

    /// What comes of the work, unless the attempt is stopped before.
    pub(crate) async fn unless_stopped<T>(&self, work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
        tokio::select! {
            biased;
            () = self.token.cancelled() => Err(Failure::Stopped),
            result = work => result,
        }
    }

    /// For the host, which stops the module when it is cancelled.
    pub(crate) fn token(&self) -> CancellationToken {
        self.token.clone()
    }
}

impl Leases {
    pub(crate) fn new(ttl: Duration) -> Arc<Self> {
        Arc::new(Self { ttl, held: Mutex::default() })
    }

    /// Takes a fresh lease in, `since` is from before the claim was sent. The answers are in the order of the jobs.
    pub(crate) fn open(self: &Arc<Self>, lease: LeaseId, since: Instant, jobs: &[JobId]) -> Vec<Held> {
        let held: Vec<Held> = jobs
            .iter()
            .map(|job| Held { job: *job, lease, stop: Stop::default(), leases: Arc::clone(self), settled: false })
            .collect();
        if !held.is_empty() {
            let jobs = held.iter().map(|held| (held.job, held.stop.clone())).collect();
            self.lock().insert(lease, Lease { since, jobs, ending: false, abandoned: false });
        }
        held
    }

    /// The leases that are due for renewal. One that is being deleted is left in peace as long as it lasts.
    pub(crate) fn due(&self, age: Duration) -> Vec<LeaseId> {
        let is_due = |lease: &Lease| {
            let elapsed = lease.since.elapsed();
            elapsed >= age && (!lease.ending || elapsed >= self.ttl / 2)
        };
        self.lock().iter().filter(|(_, lease)| is_due(lease)).map(|(id, _)| *id).collect()
    }

    /// Takes over the answer of a renewal that was sent at `since`: what was asked for and not answered is lost, unless
    /// it ended meanwhile.
    pub(crate) fn renewed(&self, asked: &[LeaseId], answered: &[LeaseId], since: Instant) {
        let mut held = self.lock();
        for id in asked {
            let Some(lease) = held.get_mut(id) else { continue };
            if answered.contains(id) {
                lease.since = since;
            } else if !lease.ending {
                lose(*id, held.remove(id), "the database has it no more");
            }
        }
    }

    /// Stops everything under leases that were not renewed for their whole time, as of `now`.
    pub(crate) fn fence(&self, now: Instant) {
        let mut held = self.lock();
        let over = |lease: &Lease| now.saturating_duration_since(lease.since) >= self.ttl;
        let lost: Vec<LeaseId> = held.iter().filter(|(_, lease)| over(lease)).map(|(id, _)| *id).collect();
        for id in lost {
            lose(id, held.remove(&id), "it was not renewed in time");
        }
    }

    /// Whether something may still be written under the lease.
    pub(crate) fn is_alive(&self, lease: LeaseId) -> bool {
        self.lock().get(&lease).is_some_and(|lease| lease.since.elapsed() < self.ttl)
    }

    /// Stops the attempt at a job that somebody cancelled, if it runs here.
    pub(crate) fn cancel(&self, job: JobId) {
        for stop in self.lock().values().filter_map(|lease| lease.jobs.get(&job)) {
            debug!(job.id = %job, "stopping job {job}, which was cancelled");
            stop.stop(StopReason::CancelAsked);
        }
    }

    /// Stops everything, to be handed back.
    pub(crate) fn drain(&self) {
        self.lock().values().flat_map(|lease| lease.jobs.values()).for_each(|stop| stop.stop(StopReason::Draining));
    }

    pub(crate) fn ids(&self) -> Vec<LeaseId> {
        self.lock().keys().copied().collect()
    }

    /// The leases that have no job left once these are recorded; they end with the same statement.
    pub(crate) fn ending<'a>(&self, recorded: impl Iterator<Item = &'a Held>) -> Vec<LeaseId> {
        let mut counts: HashMap<LeaseId, usize> = HashMap::new();
        recorded.for_each(|held| *counts.entry(held.lease).or_default() += 1);
        let mut held = self.lock();
        let mut ending = Vec::new();
        for (id, count) in counts {
            if let Some(lease) = held.get_mut(&id).filter(|lease| lease.jobs.len() == count && !lease.abandoned) {
                lease.ending = true;
                ending.push(id);
            }
        }
        ending
    }

    fn leave(&self, id: LeaseId, job: JobId, settled: bool) {
        let mut held = self.lock();
        let Some(lease) = held.get_mut(&id) else { return };
        lease.jobs.remove(&job);
        lease.abandoned |= !settled;
        if lease.jobs.is_empty() {
            held.remove(&id);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<LeaseId, Lease>> {
        // No code under the lock panics half way.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn lose(id: LeaseId, lease: Option<Lease>, why: &'static str) {
    let Some(lease) = lease else { return };
    counter!(metric::LEASES_LOST).increment(1);
    warn!(lease = %id, jobs = lease.jobs.len(), "lost lease {id} with {} jobs: {why}", lease.jobs.len());
    lease.jobs.values().for_each(|stop| stop.stop(StopReason::LeaseLost));
}

impl Held {
    /// The job was recorded, or is known to be somebody else's.
    pub(crate) fn settle(mut self) {
        self.settled = true;
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.leases.leave(self.lease, self.job, self.settled);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TTL: Duration = Duration::from_secs(3);

    fn two_jobs() -> (Arc<Leases>, LeaseId, Held, Held) {
        let (leases, lease) = (Leases::new(TTL), LeaseId::new());
        let mut held = leases.open(lease, Instant::now(), &[JobId::new(), JobId::new()]).into_iter();
        (leases, lease, held.next().unwrap(), held.next().unwrap())
    }

    #[test]
    fn a_lease_ends_with_the_record_of_its_last_job() {
        let (leases, lease, first, second) = two_jobs();
        assert!(leases.ending([&first].into_iter()).is_empty());
        first.settle();
        assert_eq!(leases.ending([&second].into_iter()), [lease]);
        second.settle();
        assert!(leases.ids().is_empty() && !leases.is_alive(lease));
    }

    #[test]
    fn a_job_that_is_let_go_keeps_its_lease_from_being_deleted() {
        let (leases, lease, first, second) = two_jobs();
        drop(first);
        assert!(leases.ending([&second].into_iter()).is_empty());
        second.settle();
        assert!(!leases.is_alive(lease), "it is renewed no more");
    }

    #[test]
    fn a_lease_is_lost_by_the_clock_and_by_the_answer() {
        let (leases, lease, first, second) = two_jobs();
        leases.fence(Instant::now());
        assert_eq!(first.stop.reason(), None);
        leases.fence(Instant::now() + TTL);
        assert_eq!(first.stop.reason(), Some(StopReason::LeaseLost));
        assert!(!leases.is_alive(lease) && second.stop.token().is_cancelled());

        let (leases, lease, first, _second) = two_jobs();
        leases.renewed(&[lease], &[lease], Instant::now());
        assert!(leases.is_alive(lease));
        leases.renewed(&[lease], &[], Instant::now());
        assert_eq!(first.stop.reason(), Some(StopReason::LeaseLost));
    }

    #[test]
    fn a_lease_that_is_being_deleted_is_not_lost() {
        let (leases, lease, first, second) = two_jobs();
        leases.ending([&first, &second].into_iter());
        assert!(leases.due(Duration::ZERO).is_empty());
        leases.renewed(&[lease], &[], Instant::now());
        assert!(leases.is_alive(lease));
    }

    #[test]
    fn the_first_reason_to_stop_stands() {
        let (leases, _, first, second) = two_jobs();
        leases.cancel(first.job);
        leases.drain();
        assert_eq!(first.stop.reason(), Some(StopReason::CancelAsked));
        assert_eq!(second.stop.reason(), Some(StopReason::Draining));
    }
}
