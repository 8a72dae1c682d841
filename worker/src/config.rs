//! What a worker is told when it starts.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use faena_queue::QueueConfig;
use faena_store::RoleUrls;
use tokio::sync::oneshot;

use crate::WorkerError;

const MOST_SLOTS: usize = 10_000;

/// What a worker is told when it starts.
pub struct WorkerConfig {
    /// Where the database is; only the worker's role is used.
    pub database: RoleUrls,
    /// Where Redis is, and the name of the queue in it.
    pub queue: QueueConfig,
    /// Where `/health/*` and `/metrics` are served; port 0 picks one.
    pub listen: SocketAddr,
    /// How many jobs run at once.
    pub slots: usize,
    /// How long a lease lasts without being renewed.
    pub lease_ttl: Duration,
    /// How often each lease is renewed; at most half of `lease_ttl`.
    pub renew_every: Duration,
    /// How long running jobs may go on after the shutdown began, before they are handed back.
    pub grace: Duration,
    /// Told the address that the worker listens on, once it takes jobs.
    pub on_ready: Option<oneshot::Sender<SocketAddr>>,
}

impl WorkerConfig {
    /// The usual settings: 128 slots, leases of 3 s, 30 s of grace, any free port of this machine.
    pub fn new(database: RoleUrls, queue: QueueConfig) -> Self {
        Self {
            database,
            queue,
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            slots: 128,
            lease_ttl: Duration::from_secs(3),
            renew_every: Duration::from_millis(750),
            grace: Duration::from_secs(30),
            on_ready: None,
        }
    }

    /// Refuses settings with which a worker would lose its leases or run nothing.
    pub(crate) fn check(&self) -> Result<(), WorkerError> {
        if self.renew_every.is_zero() || self.renew_every * 2 > self.lease_ttl {
            return Err(WorkerError::Setting("`renew_every` must be above 0 and at most half of `lease_ttl`"));
        }
        if !(1..=MOST_SLOTS).contains(&self.slots) {
            return Err(WorkerError::Setting("`slots` must be 1 to 10000"));
        }
        Ok(())
    }
}
