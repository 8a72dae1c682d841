//! Live events: hints that make things fast. Whoever misses one finds the same in the database a little later.

use std::sync::{Arc, OnceLock};

use faena_contract::JobId;
use futures::Stream;
use redis::Pipeline;
use serde::{Deserialize, Serialize};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;
use tokio_util::task::AbortOnDropHandle;
use tracing::warn;

use crate::subscription::{self, Received};
use crate::{Link, QueueError, metric};

/// A subscriber that is further behind than this has missed events, and is told so.
const BACKLOG: usize = 4_096;

/// The closed list of live events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    /// A running job is to be cancelled; its worker interrupts it.
    CancelRequested {
        /// The job.
        job: JobId,
    },
    /// Jobs have an outcome; who waits for one can read it.
    Finished {
        /// The jobs.
        jobs: Vec<JobId>,
    },
    /// Work was made available; orchestrators look at once.
    Admit,
    /// A module was installed, changed or removed; caches are stale.
    ModulesChanged,
}

/// What a subscriber receives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// An event, as it was published.
    Event(Event),
    /// Events may have been missed (there was no connection, or this subscriber was too slow): look into the database
    /// once. Who subscribes before the first connection is made gets this first; who subscribes later does not.
    Resubscribed,
}

/// Publishes events, and passes them on to any number of subscribers in this process. Cheap to clone.
#[derive(Clone)]
pub struct Events(Arc<Inner>);

struct Inner {
    link: Link,
    notices: broadcast::Sender<Notice>,
    /// One subscription to Redis serves the process; it is made for the first subscriber and ends with the last clone.
    listener: OnceLock<AbortOnDropHandle<()>>,
}

impl Events {
    /// Events over a link that may be shared with anything else. Nothing is subscribed yet.
    pub fn new(link: Link) -> Self {
        Self(Arc::new(Inner { link, notices: broadcast::Sender::new(BACKLOG), listener: OnceLock::new() }))
    }

    /// Tells every subscriber of every process.
    pub async fn publish(&self, event: &Event) -> Result<(), QueueError> {
        self.publish_many(std::slice::from_ref(event)).await
    }

    /// The same for several events, in one round trip.
    pub async fn publish_many(&self, events: &[Event]) -> Result<(), QueueError> {
        if events.is_empty() {
            return Ok(());
        }
        let mut commands = Pipeline::new();
        for event in events {
            let message =
                serde_json::to_vec(event).map_err(|source| QueueError::Encode { what: "an event", source })?;
            commands.cmd("PUBLISH").arg(&self.0.link.keys().events).arg(message).ignore();
        }
        let answer = self.0.link.call_again("publish", &commands).await;
        answer.map_err(|source| QueueError::Publish { count: events.len(), source })
    }

    /// Everything that arrives from now on. Must be called within a tokio runtime.
    ///
    /// Subscribe first and read the database then: what happens in between arrives here.
    pub fn subscribe(&self) -> EventStream {
        let receiver = self.0.notices.subscribe();
        self.0.listener.get_or_init(|| self.listen());
        EventStream { receiver }
    }

    fn listen(&self) -> AbortOnDropHandle<()> {
        let (link, channel) = (self.0.link.clone(), self.0.link.keys().events.clone());
        let notices = self.0.notices.clone();
        let pass_on = move |received| {
            if let Some(notice) = notice(received) {
                // An error says that nobody listens at the moment.
                let _ = notices.send(notice);
            }
        };
        AbortOnDropHandle::new(tokio::spawn(subscription::run(link, channel, pass_on)))
    }
}

/// A message that cannot be read comes from a newer or a foreign process; the database tells the same later.
fn notice(received: Received) -> Option<Notice> {
    let message = match received {
        Received::Subscribed => return Some(Notice::Resubscribed),
        Received::Message(message) => message,
    };
    match serde_json::from_slice(&message) {
        Ok(event) => Some(Notice::Event(event)),
        Err(error) => {
            metrics::counter!(metric::GARBAGE, "from" => "events").increment(1);
            warn!(%error, "dropped a live event that cannot be read: {error}");
            None
        }
    }
}

/// One subscriber's notices.
#[derive(Debug)]
pub struct EventStream {
    receiver: broadcast::Receiver<Notice>,
}

impl EventStream {
    /// The next notice; none once every clone of the [`Events`] it came from is dropped. Cancel safe.
    pub async fn recv(&mut self) -> Option<Notice> {
        match self.receiver.recv().await {
            Ok(notice) => Some(notice),
            Err(RecvError::Lagged(_)) => Some(Notice::Resubscribed),
            Err(RecvError::Closed) => None,
        }
    }

    /// The notices as a stream.
    pub fn into_stream(self) -> impl Stream<Item = Notice> + Send {
        futures::stream::unfold(self, |mut notices| async move { Some((notices.recv().await?, notices)) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_written_as_tagged_json() {
        let job: JobId = "01890000-0000-7000-8000-000000000001".parse().unwrap();
        let written = |event: &Event| serde_json::to_string(event).unwrap();
        assert_eq!(written(&Event::Admit), r#"{"type":"admit"}"#);
        assert_eq!(written(&Event::ModulesChanged), r#"{"type":"modules_changed"}"#);
        assert_eq!(
            written(&Event::CancelRequested { job }),
            r#"{"type":"cancel_requested","job":"01890000-0000-7000-8000-000000000001"}"#
        );
        assert_eq!(
            written(&Event::Finished { jobs: vec![job] }),
            r#"{"type":"finished","jobs":["01890000-0000-7000-8000-000000000001"]}"#
        );
    }

    #[test]
    fn what_cannot_be_read_is_dropped() {
        assert_eq!(notice(Received::Message(br#"{"type":"from_the_future"}"#.to_vec())), None);
        assert_eq!(notice(Received::Message(b"\xff".to_vec())), None);
    }
}
