//! Prolongs the leases of this worker from a thread of its own, with connections of its own: neither busy modules nor a
//! full pool keep a renewal waiting.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use faena_contract::WorkerId;
use faena_store::{PoolSize, RoleUrls, StoreError, Worker, jobs};
use tokio::sync::oneshot;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::cancels;
use crate::error::WorkerError;
use crate::leases::Leases;

/// The net below the live event that says so at once.
const POLL_CANCELS_EVERY: Duration = Duration::from_secs(2);

/// What the keeper works with.
pub(crate) struct LeaseKeeper {
    pub(crate) database: RoleUrls,
    pub(crate) me: WorkerId,
    pub(crate) leases: Arc<Leases>,
    pub(crate) ttl: Duration,
    pub(crate) renew_every: Duration,
}

impl LeaseKeeper {
    /// Starts the thread and waits until it is connected. What comes back ends when the thread does.
    pub(crate) async fn start(self, stop: CancellationToken) -> Result<oneshot::Receiver<()>, WorkerError> {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(WorkerError::Thread)?;
        let (connected, connects) = oneshot::channel();
        let (alive, ended) = oneshot::channel::<()>();
        let keep = move || {
            let _alive = alive;
            runtime.block_on(async {
                tokio::select! {
                    () = self.keep(connected) => {}
                    () = stop.cancelled() => {}
                }
            });
        };
        thread::Builder::new().name("faena-leases".to_owned()).spawn(keep).map_err(WorkerError::Thread)?;
        connects.await.map_err(|_| WorkerError::PartEnded("lease keeper"))?.map_err(WorkerError::Database)?;
        Ok(ended)
    }

    async fn keep(self, connected: oneshot::Sender<Result<(), StoreError>>) {
        let renewing = Worker::connect(&self.database, PoolSize(1)).await;
        let polling = Worker::connect(&self.database, PoolSize(1)).await;
        let (renewing, polling) = match (renewing, polling) {
            (Ok(renewing), Ok(polling)) => (renewing, polling),
            (Err(error), _) | (_, Err(error)) => {
                let _ = connected.send(Err(error));
                return;
            }
        };
        let _ = connected.send(Ok(()));
        tokio::join!(self.renew(renewing), self.fence(), self.poll_cancels(polling));
    }

    /// Looks three times in the time of a renewal, so that none is late by more than a third of it; a renewal that
    /// failed is tried again at the next look.
    async fn renew(&self, mut store: Worker) {
        let mut ticks = interval(self.renew_every / 3);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let due = self.leases.due(self.renew_every * 2 / 3);
            if due.is_empty() {
                continue;
            }
            let began = Instant::now();
            match timeout(self.ttl / 3, jobs::renew(&store, self.me, self.ttl, &due)).await {
                Ok(Ok(renewed)) => self.leases.renewed(&due, &renewed, began),
                Ok(Err(error)) => {
                    warn!(error = &error as &dyn std::error::Error, "{} leases were not renewed: {error}", due.len());
                }
                Err(_) => {
                    warn!("{} leases were not renewed: no answer within {:?}", due.len(), self.ttl / 3);
                    // Its connection may be one whose other end is gone without a word.
                    if let Ok(Ok(fresh)) = timeout(self.ttl / 3, Worker::connect(&self.database, PoolSize(1))).await {
                        store = fresh;
                    }
                }
            }
        }
    }

    /// Stops jobs a moment before their lease ends, however the renewals are going.
    async fn fence(&self) {
        let margin = self.ttl / 30;
        let mut ticks = interval(margin);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            self.leases.fence(Instant::now() + margin);
        }
    }

    async fn poll_cancels(&self, store: Worker) {
        let mut ticks = interval(POLL_CANCELS_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            cancels::poll(&store, self.me, &self.leases).await;
        }
    }
}
