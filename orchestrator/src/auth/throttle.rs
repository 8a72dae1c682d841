//! Slows down guessing: too many failed logins for one address and the next ones are refused for a while.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

const FAILURES: u32 = 10;
const WINDOW: Duration = Duration::from_secs(300);
const MOST_ADDRESSES: usize = 10_000;

/// Failed logins of the last minutes, by e-mail address. Per process: an installation with two orchestrators allows
/// twice as many, which changes nothing for a guesser.
#[derive(Default)]
pub(crate) struct LoginThrottle {
    failures: Mutex<HashMap<String, (u32, Instant)>>,
}

impl LoginThrottle {
    /// Whether a login for this address may be tried now.
    pub(crate) fn allows(&self, email: &str, now: Instant) -> bool {
        let failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        failures.get(email).is_none_or(|(count, since)| *count < FAILURES || now.duration_since(*since) > WINDOW)
    }

    /// Counts a failed login.
    pub(crate) fn failed(&self, email: &str, now: Instant) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        if failures.len() >= MOST_ADDRESSES {
            failures.retain(|_, (_, since)| now.duration_since(*since) <= WINDOW);
        }
        let entry = failures.entry(email.to_owned()).or_insert((0, now));
        if now.duration_since(entry.1) > WINDOW {
            *entry = (0, now);
        }
        entry.0 += 1;
    }

    /// Forgets the failures after a login that succeeded.
    pub(crate) fn succeeded(&self, email: &str) {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner).remove(email);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_failures_close_the_door_until_the_window_has_passed() {
        let throttle = LoginThrottle::default();
        let start = Instant::now();
        for _ in 0..FAILURES {
            assert!(throttle.allows("a@b.mx", start));
            throttle.failed("a@b.mx", start);
        }
        assert!(!throttle.allows("a@b.mx", start));
        assert!(throttle.allows("other@b.mx", start));
        assert!(throttle.allows("a@b.mx", start + WINDOW + Duration::from_secs(1)));
        throttle.succeeded("a@b.mx");
        assert!(throttle.allows("a@b.mx", start));
    }
}
