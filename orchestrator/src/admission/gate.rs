//! The short way past admission: with an empty backlog and room in the window, a submit is sent at once.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A tick's word counts for this long; each orchestrator ticks more often than that.
const FRESH: Duration = Duration::from_millis(400);

/// How many jobs may pass by, as the last tick of this process found.
#[derive(Default)]
pub(crate) struct Gate {
    open: Mutex<Option<(Instant, u64)>>,
}

impl Gate {
    /// Opens for up to `room` jobs: nothing was left behind.
    pub(crate) fn open(&self, room: u64, now: Instant) {
        *self.open.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, room));
    }

    /// Closes: something waits, or nobody can be asked.
    pub(crate) fn close(&self) {
        *self.open.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Takes room for `jobs`, all or nothing.
    pub(crate) fn pass(&self, jobs: u64, now: Instant) -> bool {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        match open.as_mut() {
            Some((since, room)) if now.duration_since(*since) < FRESH && *room >= jobs => {
                *room -= jobs;
                true
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_fits_passes_and_only_while_the_word_is_fresh() {
        let (gate, now) = (Gate::default(), Instant::now());
        assert!(!gate.pass(1, now));
        gate.open(3, now);
        assert!(gate.pass(2, now));
        assert!(!gate.pass(2, now));
        assert!(gate.pass(1, now));
        gate.open(3, now);
        assert!(!gate.pass(1, now + FRESH));
        gate.open(3, now);
        gate.close();
        assert!(!gate.pass(1, now));
    }
}
