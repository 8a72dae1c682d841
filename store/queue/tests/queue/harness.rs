//! Envelopes, a consumer under test, and waiting for conditions.

use std::sync::Arc;
use std::time::{Duration, Instant};

use faena_contract::{Envelope, JobId};
use faena_queue::{Consumer, Delivery, Link, QueueError};
use tokio::sync::Semaphore;
use tokio::sync::mpsc::{self, Receiver};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

pub(crate) const DEADLINE: Duration = Duration::from_secs(20);

/// Envelopes that can be told apart by their number.
pub(crate) fn envelopes(numbers: std::ops::Range<i32>) -> Vec<Envelope> {
    numbers
        .map(|number| Envelope {
            job: JobId::new(),
            dispatch: number,
            sent_at_ms: 1_790_000_000_000 + i64::from(number),
            traceparent: Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned()),
        })
        .collect()
}

pub(crate) struct Running {
    pub(crate) slots: Arc<Semaphore>,
    pub(crate) intake: Receiver<Delivery>,
    pub(crate) shutdown: CancellationToken,
    pub(crate) link: Link,
    end: JoinHandle<Result<(), QueueError>>,
}

impl Running {
    pub(crate) fn start(link: Link, slots: usize) -> Self {
        Self::with_intake(link, slots, slots)
    }

    pub(crate) fn with_intake(link: Link, slots: usize, room: usize) -> Self {
        let (sender, intake) = mpsc::channel(room);
        let (slots, shutdown) = (Arc::new(Semaphore::new(slots)), CancellationToken::new());
        let consumer = Consumer::new(link.clone(), slots.clone(), sender);
        let end = tokio::spawn(consumer.run(shutdown.clone()));
        Self { slots, intake, shutdown, link, end }
    }

    pub(crate) async fn next(&mut self) -> Delivery {
        timeout(DEADLINE, self.intake.recv()).await.expect("a delivery in time").expect("a running consumer")
    }

    /// Takes deliveries and frees their slots at once.
    pub(crate) async fn drain(&mut self, count: usize) -> Vec<Envelope> {
        let mut taken = Vec::with_capacity(count);
        while taken.len() < count {
            taken.push(self.next().await.envelope);
        }
        taken
    }

    /// Stops the consumer and returns what it had handed over until then.
    pub(crate) async fn stop(mut self) -> Vec<Delivery> {
        self.shutdown.cancel();
        self.ended().await.unwrap();
        let mut left = Vec::new();
        while let Some(delivery) = self.intake.recv().await {
            left.push(delivery);
        }
        left
    }

    pub(crate) async fn ended(&mut self) -> Result<(), QueueError> {
        timeout(DEADLINE, &mut self.end).await.expect("an end in time").unwrap()
    }
}

/// Polls until it is true.
pub(crate) async fn eventually(what: &str, condition: impl AsyncFn() -> bool) {
    let began = Instant::now();
    while !condition().await {
        assert!(began.elapsed() < DEADLINE, "never happened: {what}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}
