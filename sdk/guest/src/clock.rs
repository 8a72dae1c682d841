//! Time.

use std::time::Duration;

/// Time since 1970-01-01T00:00:00Z, in whole milliseconds.
pub fn now() -> Duration {
    imports::now()
}

/// Time since some moment before the job started; never goes back.
pub fn monotonic() -> Duration {
    imports::monotonic()
}

/// Waits, in whole milliseconds, rounded up. Costs no CPU time, but counts against the time-out of the attempt.
pub fn sleep(duration: Duration) {
    imports::sleep(duration);
}

#[cfg(target_family = "wasm")]
mod imports {
    use super::Duration;
    use crate::bindings::faena::host::clock;

    /// The longest that one call may ask for; the ABI has no larger `u32`.
    const LONGEST_MS: u32 = i32::MAX as u32;

    pub(super) fn now() -> Duration {
        Duration::from_millis(u64::try_from(clock::now()).unwrap_or(0))
    }

    pub(super) fn monotonic() -> Duration {
        Duration::from_nanos(u64::try_from(clock::monotonic()).unwrap_or(0))
    }

    pub(super) fn sleep(duration: Duration) {
        let ms = duration.as_micros().div_ceil(1000);
        clock::sleep(u32::try_from(ms).unwrap_or(LONGEST_MS).min(LONGEST_MS));
    }
}

#[cfg(not(target_family = "wasm"))]
mod imports {
    use super::Duration;
    use std::sync::LazyLock;
    use std::time::{Instant, SystemTime, UNIX_EPOCH};

    static START: LazyLock<Instant> = LazyLock::new(Instant::now);

    pub(super) fn now() -> Duration {
        SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
    }

    pub(super) fn monotonic() -> Duration {
        START.elapsed()
    }

    pub(super) fn sleep(duration: Duration) {
        std::thread::sleep(duration);
    }
}
