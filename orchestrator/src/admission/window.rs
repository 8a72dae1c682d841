//! How many envelopes may wait in Redis: some milliseconds of work, so that depth costs nothing and a cancel, a pause
//! or a higher priority finds the rest still in PostgreSQL.

use std::time::{Duration, Instant};

/// Work that the window holds.
const HORIZON: Duration = Duration::from_millis(250);
const SMALLEST: u64 = 64;
const LARGEST: u64 = 4_096;
/// Weight of the newest measurement.
const WEIGHT: f64 = 0.3;

/// Follows how fast workers take envelopes.
pub(crate) struct Window {
    taken_per_second: f64,
    last: Option<Sample>,
}

#[derive(Clone, Copy)]
struct Sample {
    at: Instant,
    depth: u64,
    relayed: u64,
}

impl Window {
    pub(crate) fn new() -> Self {
        Self { taken_per_second: 0.0, last: None }
    }

    /// Takes in the depth of the queue and the count of envelopes relayed so far; returns how deep the queue may be.
    #[expect(clippy::cast_precision_loss, reason = "counts of envelopes within a second")]
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a positive rate, clamped right after")]
    pub(crate) fn measure(&mut self, at: Instant, depth: u64, relayed: u64) -> u64 {
        if let Some(last) = self.last {
            let seconds = at.duration_since(last.at).as_secs_f64();
            let taken = (last.depth + relayed.saturating_sub(last.relayed)).saturating_sub(depth);
            // A short interval says nothing; an empty queue says only that workers are at least this fast.
            if seconds >= 0.02 && (taken > 0 || depth > 0) {
                let rate = taken as f64 / seconds;
                self.taken_per_second += WEIGHT * (rate - self.taken_per_second);
                self.last = Some(Sample { at, depth, relayed });
            }
        } else {
            self.last = Some(Sample { at, depth, relayed });
        }
        let wanted = (self.taken_per_second * HORIZON.as_secs_f64()) as u64;
        // Doubling lets a queue that runs empty between two ticks find its real speed.
        (wanted * 2).clamp(SMALLEST, LARGEST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_follows_the_speed_of_the_workers_within_bounds() {
        let mut window = Window::new();
        let start = Instant::now();
        assert_eq!(window.measure(start, 0, 0), SMALLEST);
        let mut size = 0;
        for step in 1..50_u64 {
            size = window.measure(start + Duration::from_millis(50 * step), 0, 250 * step);
        }
        assert!((2_400..=2_600).contains(&size), "5,000 a second give 2,500, not {size}");
        for step in 50..200_u64 {
            size = window.measure(start + Duration::from_millis(50 * step), 100, 250 * 49);
        }
        assert_eq!(size, SMALLEST, "workers that take nothing get the smallest window");
    }
}
