//! Tells the other processes what was recorded. Hints only: who misses one finds the same in the database.

use faena_contract::JobId;
use faena_queue::{Event, Events};
use tokio::sync::mpsc::{self, Receiver, Sender};
use tracing::debug;

/// Beyond this many flushes behind, hints are dropped: Redis is slow or gone.
const BACKLOG: usize = 1_000;

/// What one flush of the recorder came to.
pub(crate) struct Announcement {
    /// Jobs that have an outcome now.
    pub(crate) ended: Vec<JobId>,
    /// Whether some are to run again.
    pub(crate) released: bool,
}

/// Takes announcements without ever keeping the recorder waiting.
pub(crate) struct Announcer(Sender<Announcement>);

impl Announcer {
    pub(crate) fn new() -> (Self, Receiver<Announcement>) {
        let (sender, receiver) = mpsc::channel(BACKLOG);
        (Self(sender), receiver)
    }

    pub(crate) fn announce(&self, announcement: Announcement) {
        // An error says that too many are waiting already.
        let _ = self.0.try_send(announcement);
    }
}

/// Publishes until the announcer is dropped; what gathers meanwhile goes out in one round trip.
pub(crate) async fn publish(events: Events, mut announcements: Receiver<Announcement>) {
    let mut batch = Vec::new();
    while announcements.recv_many(&mut batch, BACKLOG).await > 0 {
        let merged = merge(std::mem::take(&mut batch));
        if let Err(error) = events.publish_many(&merged).await {
            debug!(error = &error as &dyn std::error::Error, "events were not published: {error}");
        }
    }
}

fn merge(batch: Vec<Announcement>) -> Vec<Event> {
    let released = batch.iter().any(|announcement| announcement.released);
    let jobs: Vec<JobId> = batch.into_iter().flat_map(|announcement| announcement.ended).collect();
    let finished = (!jobs.is_empty()).then_some(Event::Finished { jobs });
    finished.into_iter().chain(released.then_some(Event::Admit)).collect()
}
