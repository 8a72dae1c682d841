//! Taking envelopes for free slots.

use std::sync::Arc;

use tokio::sync::mpsc::Sender;
use tokio::sync::{Notify, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use crate::envelope_list::EnvelopeList;
use crate::supervise::supervise;
use crate::worker::{self, Parts};
use crate::{Delivery, Link, QueueError, subscription};

/// Takes envelopes out of Redis, never more than the worker has free slots, and hands them over.
pub struct Consumer {
    link: Link,
    slots: Arc<Semaphore>,
    intake: Sender<Delivery>,
}

impl Consumer {
    /// `slots` has one permit for each job that the worker may run at once; give `intake` at least as much room.
    pub fn new(link: Link, slots: Arc<Semaphore>, intake: Sender<Delivery>) -> Self {
        Self { link, slots, intake }
    }

    /// Runs until `shutdown`, through any trouble of Redis.
    ///
    /// Readiness is `Link::health`: while this runs, Redis is asked something at least every second. At the end nothing
    /// more is taken, and what was taken and not handed over is put back, if Redis answers. What is in the intake then
    /// is the worker's; [`Producer::hand_back`](crate::Producer::hand_back) is for what it will not run.
    ///
    /// The only error is that the receiver of the intake went away first.
    pub async fn run(self, shutdown: CancellationToken) -> Result<(), QueueError> {
        let wake = Arc::new(Notify::new());
        let _listener = self.listen(Arc::clone(&wake));
        let stop = shutdown.child_token();
        let parts = Parts {
            list: EnvelopeList::new(self.link),
            slots: self.slots,
            intake: self.intake,
            wake,
            stop: stop.clone(),
        };
        supervise(&stop, |name| worker::run(name, parts.clone())).await;
        if shutdown.is_cancelled() { Ok(()) } else { Err(QueueError::IntakeClosed) }
    }

    /// Any message on the channel is a reason to look, and so is a new subscription: messages may have been missed.
    fn listen(&self, wake: Arc<Notify>) -> AbortOnDropHandle<()> {
        let (link, channel) = (self.link.clone(), self.link.keys().wake.clone());
        AbortOnDropHandle::new(tokio::spawn(subscription::run(link, channel, move |_| wake.notify_one())))
    }
}
