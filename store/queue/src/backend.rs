//! What apalis' worker polls: [`Persisted`] behind our own gate.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use apalis_core::backend::finalize::Ephemeral;
use apalis_core::backend::persistence::{Persisted, State};
use apalis_core::backend::{Backend, BackendConfig};
use apalis_core::task::Task;
use apalis_core::worker::context::WorkerContext;
use tokio::sync::{Notify, Semaphore};
use tower::layer::util::Identity;
use ulid::Ulid;

use crate::Delivery;
use crate::envelope_list::EnvelopeList;
use crate::gate::{Gate, NextLookCell};
use crate::persistence::ListPersistence;

const HEARTBEAT: Duration = Duration::from_millis(500);

/// Tasks are deliveries as they are: nothing is encoded, because the permit in them cannot leave the process.
pub(crate) struct ListBackend {
    persisted: Persisted<ListPersistence>,
    gate: Gate,
}

impl ListBackend {
    pub(crate) fn new(list: EnvelopeList, slots: Arc<Semaphore>, wake: Arc<Notify>) -> Self {
        let next = NextLookCell::new();
        let persistence = ListPersistence::new(list, Arc::clone(&slots), next.clone());
        Self { persisted: Persisted::new(persistence), gate: Gate::new(wake, slots, next) }
    }

    /// Nothing is being fetched and nothing is buffered.
    fn is_idle(&self) -> bool {
        matches!(self.persisted.state(), State::Ready)
    }
}

impl Backend for ListBackend {
    type Task = Task<Delivery>;
    type Error = Infallible;

    fn poll_ready(&mut self, cx: &mut Context<'_>, worker: &WorkerContext) -> Poll<Result<(), Infallible>> {
        self.persisted.poll_ready(cx, worker, HEARTBEAT)
    }

    /// `Persisted` fetches whenever it is polled and idle, and after an empty fetch nobody would wake it. So an idle one
    /// is polled only when the gate opens, and an empty fetch goes straight back to waiting at the gate.
    fn poll_next(
        &mut self,
        cx: &mut Context<'_>,
        worker: &WorkerContext,
    ) -> Poll<Option<Result<Self::Task, Infallible>>> {
        loop {
            if self.is_idle() {
                ready!(self.gate.poll(cx));
            }
            let polled = self.persisted.poll_next(cx, worker);
            let empty_fetch = polled.is_pending() && self.is_idle();
            if !empty_fetch {
                return polled;
            }
        }
    }

    /// `Persisted` would drop a fetch that is under way, and with it what the fetch has popped. So it is awaited first,
    /// and what it brings is put into the buffer, which `Persisted` hands back.
    fn poll_close(&mut self, cx: &mut Context<'_>, worker: &WorkerContext) -> Poll<Result<(), Infallible>> {
        if let State::Fetch(fetch) = self.persisted.state_mut() {
            let Ok(tasks) = ready!(fetch.poll_unpin(cx));
            *self.persisted.state_mut() = State::Buffered(VecDeque::from(tasks));
        }
        self.persisted.poll_close(cx, worker)
    }
}

impl BackendConfig for ListBackend {
    type Args = Delivery;
    type Id = Ulid;
    type Kind = Ephemeral;
    type Config = ();
    type Layer = Identity;

    fn config(&self) -> &() {
        &()
    }

    /// apalis' own layer would record results and locks, of which there are none.
    fn middleware(&mut self, _worker: &mut WorkerContext) -> Identity {
        Identity::new()
    }
}
