//! One round of admission.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use faena_store::StoreError;
use faena_store::jobs::{Admitted, admit};

use super::window::Window;
use crate::app::App;

/// An envelope is not missed before this much time has passed since it was sent.
const GRACE: Duration = Duration::from_secs(2);
/// Most jobs of one round.
const BATCH: u64 = 1_000;

/// What admission remembers between rounds.
pub(crate) struct Admission {
    window: Window,
}

/// When to look again.
pub(crate) enum Next {
    /// At once: a full batch was admitted and there is room for more.
    Now,
    /// When woken, or when the next job becomes due.
    At(Option<DateTime<Utc>>),
}

impl Admission {
    pub(crate) fn new() -> Self {
        Self { window: Window::new() }
    }

    /// Fills the window with the next due jobs and relays them.
    pub(crate) async fn tick(&mut self, app: &App) -> Result<Next, StoreError> {
        let Ok(status) = app.producer.status().await else {
            // Without Redis nobody could take an envelope; jobs are still accepted and wait in PostgreSQL.
            app.gate.close();
            return Ok(Next::At(None));
        };
        metrics::gauge!("faena_queue_depth").set(status.depth as f64);
        let window = self.window.measure(Instant::now(), status.depth, app.relay.relayed());
        let room = window.saturating_sub(status.depth);
        if room == 0 {
            app.gate.close();
            return Ok(Next::At(None));
        }
        let limit = room.min(BATCH);
        let admitted = admit(&app.dispatcher, limit as i64, GRACE, status.oldest_sent_at_ms).await?;
        Ok(self.relay(app, admitted, room, limit))
    }

    fn relay(&self, app: &App, admitted: Admitted, room: u64, limit: u64) -> Next {
        let count = admitted.envelopes.len() as u64;
        let exhausted = count < limit && !admitted.busy;
        if exhausted && room > count {
            app.gate.open(room - count, Instant::now());
        } else {
            app.gate.close();
        }
        metrics::counter!("faena_jobs_admitted_total").increment(count);
        app.relay.send(admitted.envelopes);
        if count == limit && room > limit { Next::Now } else { Next::At(admitted.next_due) }
    }
}
