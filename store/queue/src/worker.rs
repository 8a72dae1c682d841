//! One life of apalis' worker: build it, run it, stop it without losing what it has popped.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use apalis_core::error::WorkerError;
use apalis_core::worker::builder::WorkerBuilder;
use apalis_core::worker::context::WorkerContext;
use tokio::sync::mpsc::Sender;
use tokio::sync::{Notify, Semaphore};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::Delivery;
use crate::backend::ListBackend;
use crate::envelope_list::EnvelopeList;
use crate::handover::Handover;
use crate::link::RESPONSE_TIMEOUT;

/// A pop that is under way is awaited, then put back: two calls, and Redis may be slow or gone.
const STOP_WITHIN: Duration = Duration::from_secs(2 * RESPONSE_TIMEOUT.as_secs() + 1);

/// What every life of the worker is made from.
#[derive(Clone)]
pub(crate) struct Parts {
    pub(crate) list: EnvelopeList,
    pub(crate) slots: Arc<Semaphore>,
    pub(crate) intake: Sender<Delivery>,
    pub(crate) wake: Arc<Notify>,
    pub(crate) stop: CancellationToken,
}

/// Runs until `stop` is cancelled, or until apalis ends the worker, which is not supposed to happen.
pub(crate) async fn run(name: String, parts: Parts) -> Result<(), WorkerError> {
    let Parts { list, slots, intake, wake, stop } = parts;
    let context = WorkerContext::new(&name);
    let worker = WorkerBuilder::new(&context).backend(ListBackend::new(list.clone(), slots, wake)).build(Handover {
        intake,
        list,
        stop: stop.clone(),
    });
    let mut running = pin!(worker.run());
    tokio::select! {
        // First, so that the worker has started by the time it is stopped.
        biased;
        end = &mut running => return end,
        () = stop.cancelled() => {}
    }
    context.stop()?;
    timeout(STOP_WITHIN, running).await.unwrap_or_else(|_| {
        warn!("the queue consumer {name} did not stop within {STOP_WITHIN:?} and was dropped");
        Ok(())
    })
}
