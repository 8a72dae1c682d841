//! The list of envelopes in Redis: the only file that knows its commands and its encoding.

use apalis_redis::RedisError;
use faena_contract::Envelope;
use redis::Pipeline;
use tracing::warn;

use crate::{Link, QueueError, metric};

/// Bounds one command, so that Redis serves others in between.
const MAX_PER_COMMAND: usize = 1_000;
/// How much of an entry that cannot be read is logged.
const SHOWN_OF_GARBAGE: usize = 120;

/// What is waiting in Redis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueStatus {
    /// Number of envelopes in the list.
    pub depth: u64,
    /// When the envelope that will be taken next was sent, by the database's clock. Anything sent earlier that is not
    /// claimed yet was lost. None if the list is empty (or its next entry cannot be read and will be dropped).
    pub oldest_sent_at_ms: Option<i64>,
}

/// First in, first out: pushed at the head, popped at the tail, put back at the tail.
#[derive(Clone)]
pub(crate) struct EnvelopeList {
    link: Link,
}

impl EnvelopeList {
    pub(crate) fn new(link: Link) -> Self {
        Self { link }
    }

    pub(crate) fn link(&self) -> &Link {
        &self.link
    }

    /// Appends the envelopes in their order and wakes the consumers, in one round trip.
    pub(crate) async fn push<'a>(
        &self,
        envelopes: impl ExactSizeIterator<Item = &'a Envelope>,
    ) -> Result<(), QueueError> {
        let count = envelopes.len();
        self.append("LPUSH", "push", envelopes).await?.map_err(|source| QueueError::Push { count, source })?;
        metrics::counter!(metric::PUSHED).increment(count as u64);
        Ok(())
    }

    /// Puts envelopes back, so that they are popped next and in the order in which they were popped before.
    pub(crate) async fn hand_back<'a, I>(&self, envelopes: I) -> Result<(), QueueError>
    where
        I: ExactSizeIterator<Item = &'a Envelope> + DoubleEndedIterator,
    {
        let count = envelopes.len();
        let appended = self.append("RPUSH", "hand_back", envelopes.rev()).await?;
        appended.map_err(|source| QueueError::HandBack { count, source })?;
        metrics::counter!(metric::HANDED_BACK).increment(count as u64);
        Ok(())
    }

    /// Takes up to `count` envelopes out of the list for good, and says how many entries it took.
    ///
    /// Never repeated by itself: an answer that was lost on the way took envelopes with it, and they are sent again by
    /// whoever keeps the truth.
    pub(crate) async fn pop(&self, count: usize) -> Result<(Vec<Envelope>, usize), RedisError> {
        let mut commands = Pipeline::new();
        commands.cmd("RPOP").arg(&self.link.keys().envelopes).arg(count);
        let (entries,): (Vec<Vec<u8>>,) = self.link.call("pop", &commands).await?;
        let taken = entries.len();
        let envelopes: Vec<Envelope> = entries.iter().filter_map(|entry| decode(entry)).collect();
        metrics::counter!(metric::POPPED).increment(envelopes.len() as u64);
        Ok((envelopes, taken))
    }

    pub(crate) async fn status(&self) -> Result<QueueStatus, QueueError> {
        let key = &self.link.keys().envelopes;
        let mut commands = Pipeline::new();
        commands.cmd("LLEN").arg(key).cmd("LINDEX").arg(key).arg(-1);
        let answer = self.link.call_again("status", &commands).await;
        let (depth, next): (u64, Option<Vec<u8>>) = answer.map_err(|source| QueueError::Status { source })?;
        let next: Option<Envelope> = next.and_then(|entry| serde_json::from_slice(&entry).ok());
        Ok(QueueStatus { depth, oldest_sent_at_ms: next.map(|envelope| envelope.sent_at_ms) })
    }

    async fn append<'a>(
        &self,
        command: &str,
        operation: &'static str,
        envelopes: impl Iterator<Item = &'a Envelope>,
    ) -> Result<Result<(), RedisError>, QueueError> {
        let entries = envelopes.map(encode).collect::<Result<Vec<_>, _>>()?;
        if entries.is_empty() {
            return Ok(Ok(()));
        }
        let keys = self.link.keys();
        let mut commands = Pipeline::new();
        for chunk in entries.chunks(MAX_PER_COMMAND) {
            commands.cmd(command).arg(&keys.envelopes).arg(chunk).ignore();
        }
        commands.cmd("PUBLISH").arg(&keys.wake).arg(entries.len()).ignore();
        Ok(self.link.call_again(operation, &commands).await)
    }
}

fn encode(envelope: &Envelope) -> Result<Vec<u8>, QueueError> {
    serde_json::to_vec(envelope).map_err(|source| QueueError::Encode { what: "an envelope", source })
}

/// An entry that is no envelope was not written by us; it is dropped, or it would be popped for ever.
fn decode(entry: &[u8]) -> Option<Envelope> {
    match serde_json::from_slice(entry) {
        Ok(envelope) => Some(envelope),
        Err(error) => {
            metrics::counter!(metric::GARBAGE, "from" => "list").increment(1);
            let shown = entry.get(..SHOWN_OF_GARBAGE).unwrap_or(entry).escape_ascii();
            warn!(%error, "dropped an entry of the queue that is no envelope: {shown}");
            None
        }
    }
}
