//! When to look into the list next.

use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use apalis_core::backend::future::BoxSyncFuture;
use futures::FutureExt;
use tokio::sync::{Notify, Semaphore};
use tokio::time::sleep;

use crate::slots;

/// Finds what a lost wake-up hid, and keeps `last_ok` young on an idle worker.
const SAFETY_LOOK: Duration = Duration::from_millis(500);

/// What the last look into the list taught about the next one.
#[derive(Clone, Copy, Debug)]
pub(crate) enum NextLook {
    /// As much was there as we could carry: there may be more.
    AtOnce,
    /// The list was emptied: somebody will say when there is more.
    OnWake,
    /// There was no free slot: nothing to do until one is given back.
    OnSlot,
    /// Redis failed.
    After(Duration),
}

/// Where a look leaves its lesson for the gate.
#[derive(Clone, Debug)]
pub(crate) struct NextLookCell(Arc<Mutex<NextLook>>);

impl NextLookCell {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(NextLook::AtOnce)))
    }

    pub(crate) fn set(&self, next: NextLook) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = next;
    }

    fn get(&self) -> NextLook {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Opens when it is time to look.
///
/// No wake-up is lost between a look and the wait for the next one: [`Notify`] keeps a notification that comes while
/// nobody waits, and a slot that was given back meanwhile is there to be acquired.
pub(crate) struct Gate {
    wake: Arc<Notify>,
    slots: Arc<Semaphore>,
    next: NextLookCell,
    waiting: Option<BoxSyncFuture<()>>,
}

impl Gate {
    pub(crate) fn new(wake: Arc<Notify>, slots: Arc<Semaphore>, next: NextLookCell) -> Self {
        Self { wake, slots, next, waiting: None }
    }

    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let waiting = self.waiting.get_or_insert_with(|| {
            let (next, wake, slots) = (self.next.get(), Arc::clone(&self.wake), Arc::clone(&self.slots));
            async move { wait(next, &wake, &slots).await }.boxed().into()
        });
        ready!(waiting.poll_unpin(cx));
        self.waiting = None;
        Poll::Ready(())
    }
}

async fn wait(next: NextLook, wake: &Notify, slots: &Semaphore) {
    match next {
        NextLook::AtOnce => {}
        NextLook::OnWake => tokio::select! {
            () = wake.notified() => {}
            () = sleep(SAFETY_LOOK) => {}
        },
        NextLook::OnSlot => tokio::select! {
            () = slots::freed(slots) => {}
            () = sleep(SAFETY_LOOK) => {}
        },
        NextLook::After(pause) => sleep(pause).await,
    }
}
