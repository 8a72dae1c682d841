//! Sending envelopes.

use faena_contract::Envelope;

use crate::envelope_list::EnvelopeList;
use crate::{Link, QueueError, QueueHealth, QueueStatus};

/// Sends envelopes, and tells what waits in Redis. Cheap to clone.
#[derive(Clone)]
pub struct Producer {
    list: EnvelopeList,
}

impl Producer {
    /// A producer over a link that may be shared with anything else.
    pub fn new(link: Link) -> Self {
        Self { list: EnvelopeList::new(link) }
    }

    /// Sends the envelopes in their order and wakes the consumers, in one round trip.
    ///
    /// An error leaves open which of them arrived. Sending them again is harmless, a claim counts once.
    pub async fn push(&self, envelopes: &[Envelope]) -> Result<(), QueueError> {
        self.list.push(envelopes.iter()).await
    }

    /// Puts envelopes back in front of all others: for a worker that leaves with deliveries it has not claimed.
    pub async fn hand_back(&self, envelopes: &[Envelope]) -> Result<(), QueueError> {
        self.list.hand_back(envelopes.iter()).await
    }

    /// How many envelopes wait, and how old the next one is, in one round trip.
    pub async fn status(&self) -> Result<QueueStatus, QueueError> {
        self.list.status().await
    }

    /// One round trip, to learn whether Redis answers.
    pub async fn ping(&self) -> Result<(), QueueError> {
        self.list.link().ping().await
    }

    /// How Redis answered lately, without a round trip.
    pub fn health(&self) -> QueueHealth {
        self.list.link().health()
    }
}
