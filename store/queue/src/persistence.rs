//! apalis' `Persistence` over one list: reserve slots, pop, and keep every Redis error to ourselves.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use apalis_core::backend::persistence::{Persistence, TaskEvent};
use apalis_core::task::Task;
use apalis_core::task::builder::TaskBuilder;
use apalis_core::task::task_id::TaskId;
use apalis_core::worker::context::WorkerContext;
use faena_contract::Envelope;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tracing::warn;
use ulid::Ulid;

use crate::backoff::Backoff;
use crate::envelope_list::EnvelopeList;
use crate::gate::{NextLook, NextLookCell};
use crate::{Delivery, QueueError, slots};

/// A worker without a free slot makes no calls; it is to know within two seconds that Redis is gone all the same.
const PING_WHEN_SILENT_FOR: Duration = Duration::from_millis(400);

/// What apalis fetches from. apalis clones it for every call, so all that changes is behind an `Arc`.
#[derive(Clone)]
pub(crate) struct ListPersistence {
    list: EnvelopeList,
    slots: Arc<Semaphore>,
    next: NextLookCell,
    backoff: Arc<std::sync::Mutex<Backoff>>,
}

impl ListPersistence {
    pub(crate) fn new(list: EnvelopeList, slots: Arc<Semaphore>, next: NextLookCell) -> Self {
        Self { list, slots, next, backoff: Arc::new(std::sync::Mutex::new(Backoff::new())) }
    }

    /// Never more than the free slots, and nothing at all, without a round trip, if there is none.
    async fn fetch(&self) -> Vec<Task<Delivery>> {
        let Some(permits) = slots::reserve(&self.slots) else {
            self.next.set(NextLook::OnSlot);
            return Vec::new();
        };
        let asked = permits.num_permits();
        match self.list.pop(asked).await {
            Ok((envelopes, taken)) => {
                self.with_backoff(Backoff::reset);
                self.next.set(if taken < asked { NextLook::OnWake } else { NextLook::AtOnce });
                tasks(envelopes, permits)
            }
            Err(_) => {
                // Counted and logged by the link.
                self.next.set(NextLook::After(self.with_backoff(Backoff::pause)));
                Vec::new()
            }
        }
    }

    fn with_backoff<T>(&self, change: impl FnOnce(&mut Backoff) -> T) -> T {
        change(&mut self.backoff.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}

/// Each envelope takes one permit along; what is left is given back here.
fn tasks(envelopes: Vec<Envelope>, mut permits: OwnedSemaphorePermit) -> Vec<Task<Delivery>> {
    let deliver = |envelope| permits.split(1).map(|permit| task(Delivery { envelope, permit }));
    envelopes.into_iter().filter_map(deliver).collect()
}

/// A new id for every delivery: apalis wants one, and nothing here looks at it. The claim is the only deduplication.
fn task(delivery: Delivery) -> Task<Delivery> {
    TaskBuilder::new(delivery).task_id(TaskId::from_ulid(Ulid::generate())).build()
}

fn envelopes_of(tasks: Vec<Task<Delivery>>) -> Vec<Envelope> {
    tasks.into_iter().map(|task| task.args.envelope).collect()
}

/// What failed stays with the truth in the database; apalis is not told, for it would end the worker.
fn absorb(result: Result<(), QueueError>) {
    if let Err(error) = result {
        warn!(error = &error as &dyn std::error::Error, "{error}; the orchestrator sends them again");
    }
}

impl Persistence for ListPersistence {
    type Compact = Delivery;
    type Response = ();
    type Error = Infallible;

    /// Workers are known to PostgreSQL, not to Redis.
    async fn register(&mut self, _worker: &WorkerContext) -> Result<(), Infallible> {
        Ok(())
    }

    async fn heartbeat(&mut self, _worker: &WorkerContext) -> Result<(), Infallible> {
        let link = self.list.link();
        if !link.health().is_fresh(PING_WHEN_SILENT_FOR) {
            // Whether it worked is what the link remembers.
            let _ = link.ping().await;
        }
        Ok(())
    }

    async fn fetch_next(&mut self, _worker: &WorkerContext) -> Result<Vec<Task<Delivery>>, Infallible> {
        Ok(self.fetch().await)
    }

    /// Called at shutdown with what was popped and not handed over.
    async fn reenqueue_abandoned(
        &mut self,
        tasks: Vec<Task<Delivery>>,
        _worker: &WorkerContext,
    ) -> Result<u64, Infallible> {
        let envelopes = envelopes_of(tasks);
        absorb(self.list.hand_back(envelopes.iter()).await);
        Ok(envelopes.len() as u64)
    }

    /// Nothing is acknowledged: what was popped is gone from Redis already.
    async fn handle_events(&mut self, _events: Vec<TaskEvent<()>>, _worker: &WorkerContext) -> Result<(), Infallible> {
        Ok(())
    }

    async fn push_tasks(&mut self, tasks: Vec<Task<Delivery>>) -> Result<(), Infallible> {
        absorb(self.list.push(envelopes_of(tasks).iter()).await);
        Ok(())
    }
}
