//! The apalis handler: puts a delivery into the worker's intake and is done.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::task::{Context, Poll};

use apalis_core::task::Task;
use futures::FutureExt;
use futures::future::{BoxFuture, Either};
use tokio::sync::mpsc::Sender;
use tokio::sync::mpsc::error::TrySendError;
use tokio_util::sync::CancellationToken;
use tower_service::Service;
use tracing::warn;

use crate::Delivery;
use crate::envelope_list::EnvelopeList;

type Done = Result<(), Infallible>;

/// Jobs run in the worker's own task set, so that nothing which happens to apalis or Redis drops a running job.
#[derive(Clone)]
pub(crate) struct Handover {
    pub(crate) intake: Sender<Delivery>,
    pub(crate) list: EnvelopeList,
    /// Cancelled by whoever shuts down, and by us when nobody receives any more.
    pub(crate) stop: CancellationToken,
}

impl Service<Task<Delivery>> for Handover {
    type Response = ();
    type Error = Infallible;
    type Future = Either<Ready<Done>, BoxFuture<'static, Done>>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Done> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, task: Task<Delivery>) -> Self::Future {
        match self.intake.try_send(task.args) {
            Ok(()) => Either::Left(ready(Ok(()))),
            Err(TrySendError::Full(delivery) | TrySendError::Closed(delivery)) => {
                Either::Right(self.clone().wait_for_room(delivery).map(Ok).boxed())
            }
        }
    }
}

impl Handover {
    /// Only when the intake has less room than the worker has slots, or is closed.
    async fn wait_for_room(self, delivery: Delivery) {
        let room = tokio::select! {
            biased;
            room = self.intake.reserve() => room,
            () = self.stop.cancelled() => return self.hand_back(delivery).await,
        };
        match room {
            Ok(room) => room.send(delivery),
            Err(_) => {
                // Popping on would carry the whole list through a closed door, one by one.
                self.stop.cancel();
                self.hand_back(delivery).await;
            }
        }
    }

    async fn hand_back(&self, delivery: Delivery) {
        if let Err(error) = self.list.hand_back([delivery.envelope].iter()).await {
            warn!(error = &error as &dyn std::error::Error, "{error}; the orchestrator sends it again");
        }
    }
}
