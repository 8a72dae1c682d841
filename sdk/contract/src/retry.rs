//! The one place that says how long a failed job waits before its next attempt.

use std::time::Duration;

/// Exponential back-off with full jitter between a half and the whole of the step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// The first delay.
    pub base: Duration,
    /// No delay is longer.
    pub cap: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { base: Duration::from_secs(1), cap: Duration::from_secs(600) }
    }
}

impl RetryPolicy {
    /// The delay after attempt number `attempt` (from 1), where `jitter` is uniform in `0.0..1.0`.
    pub fn delay(self, attempt: u32, jitter: f64) -> Duration {
        let doublings = attempt.saturating_sub(1).min(20);
        let step = self.base.saturating_mul(1 << doublings).min(self.cap);
        step.mul_f64(0.5 + 0.5 * jitter.clamp(0.0, 1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_up_to_the_cap_and_jitter_takes_at_most_half() {
        let policy = RetryPolicy { base: Duration::from_secs(2), cap: Duration::from_secs(60) };
        assert_eq!(policy.delay(1, 1.0), Duration::from_secs(2));
        assert_eq!(policy.delay(1, 0.0), Duration::from_secs(1));
        assert_eq!(policy.delay(4, 1.0), Duration::from_secs(16));
        assert_eq!(policy.delay(9, 1.0), Duration::from_secs(60));
        assert_eq!(policy.delay(u32::MAX, 0.0), Duration::from_secs(30));
    }
}
