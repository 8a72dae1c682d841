//! Growing pauses between attempts to reach the database.

use std::time::Duration;

const FIRST: Duration = Duration::from_millis(20);
const LONGEST: Duration = Duration::from_millis(500);

/// Doubles from 20 ms to half a second; half of each pause is random, so that a fleet does not come back in one moment.
pub(crate) struct Backoff(Duration);

impl Backoff {
    pub(crate) fn new() -> Self {
        Self(FIRST)
    }

    /// Whether there was no pause yet: trouble is worth a line in the log when it begins.
    pub(crate) fn is_first(&self) -> bool {
        self.0 == FIRST
    }

    pub(crate) async fn pause(&mut self) {
        let full = self.0;
        self.0 = (full * 2).min(LONGEST);
        tokio::time::sleep(full.mul_f64(rand::random_range(0.5..=1.0))).await;
    }
}
