//! From the commit to Redis: batches while a push is in flight, at once when idle.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use faena_contract::Envelope;
use faena_queue::Producer;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Envelopes that may wait here; beyond it they are dropped, and admission sends them again.
const CAPACITY: usize = 20_000;
const BATCH: usize = 1_000;

/// Takes envelopes of jobs that are marked as sent in PostgreSQL. Losing one costs a delay and nothing else.
pub(crate) struct Relay {
    sender: mpsc::Sender<Envelope>,
    relayed: Arc<AtomicU64>,
}

/// The loop behind a [`Relay`].
pub(crate) struct RelayTask {
    receiver: mpsc::Receiver<Envelope>,
    producer: Producer,
    relayed: Arc<AtomicU64>,
}

impl Relay {
    pub(crate) fn new(producer: Producer) -> (Self, RelayTask) {
        let (sender, receiver) = mpsc::channel(CAPACITY);
        let relayed = Arc::new(AtomicU64::new(0));
        (Self { sender, relayed: relayed.clone() }, RelayTask { receiver, producer, relayed })
    }

    /// Hands over envelopes, in their order.
    pub(crate) fn send(&self, envelopes: impl IntoIterator<Item = Envelope>) {
        for envelope in envelopes {
            if self.sender.try_send(envelope).is_err() {
                metrics::counter!("faena_relay_dropped_total").increment(1);
            }
        }
    }

    /// Envelopes that were pushed by this process so far.
    pub(crate) fn relayed(&self) -> u64 {
        self.relayed.load(Ordering::Relaxed)
    }
}

impl RelayTask {
    /// Pushes until shutdown, then what is left.
    pub(crate) async fn run(mut self, shutdown: CancellationToken) {
        let mut batch = Vec::with_capacity(BATCH);
        loop {
            let taken = tokio::select! {
                taken = self.receiver.recv_many(&mut batch, BATCH) => taken,
                () = shutdown.cancelled() => {
                    self.receiver.close();
                    self.receiver.recv_many(&mut batch, BATCH).await
                }
            };
            if taken == 0 {
                return;
            }
            self.push(&batch).await;
            batch.clear();
        }
    }

    async fn push(&self, batch: &[Envelope]) {
        match self.producer.push(batch).await {
            Ok(()) => {
                self.relayed.fetch_add(batch.len() as u64, Ordering::Relaxed);
            }
            // The queue logs its own state; admission finds that these were lost and sends them again.
            Err(error) => tracing::debug!(%error, lost = batch.len(), "envelopes were not relayed"),
        }
    }
}
