//! What readiness may say about Redis.

use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use apalis_redis::RedisError;
use tracing::{info, warn};

use crate::metric;

/// A snapshot of how Redis answered lately.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueHealth {
    /// The last call was answered. False before the first call.
    pub connected: bool,
    /// Milliseconds since the last answer; none if there never was one.
    pub last_ok_ms_ago: Option<u64>,
}

impl QueueHealth {
    /// The last call was answered, and not longer ago than `limit`.
    pub fn is_fresh(&self, limit: Duration) -> bool {
        self.connected && self.last_ok_ms_ago.is_some_and(|age| u128::from(age) <= limit.as_millis())
    }
}

const UNKNOWN: u8 = 0;
const UP: u8 = 1;
const DOWN: u8 = 2;

/// Remembers answers and failures, and logs the moments in which one turns into the other.
#[derive(Debug)]
pub(crate) struct Pulse {
    born: Instant,
    /// Milliseconds from `born` to the last answer, plus one; zero means never.
    last_ok: AtomicU64,
    state: AtomicU8,
}

impl Pulse {
    pub(crate) fn new() -> Self {
        Self { born: Instant::now(), last_ok: AtomicU64::new(0), state: AtomicU8::new(UNKNOWN) }
    }

    pub(crate) fn answered(&self) {
        self.last_ok.store(self.now() + 1, Ordering::Relaxed);
        match self.state.swap(UP, Ordering::Relaxed) {
            UP => {}
            DOWN => info!("Redis answers again"),
            _ => info!("Redis answers"),
        }
    }

    pub(crate) fn failed(&self, operation: &'static str, error: &RedisError) {
        metrics::counter!(metric::REDIS_ERRORS, "operation" => operation).increment(1);
        if self.state.swap(DOWN, Ordering::Relaxed) != DOWN {
            warn!(operation, %error, "Redis failed at {operation}: {error}; trying again until it answers");
        }
    }

    pub(crate) fn health(&self) -> QueueHealth {
        let last_ok = self.last_ok.load(Ordering::Relaxed).checked_sub(1);
        QueueHealth {
            connected: self.state.load(Ordering::Relaxed) == UP,
            last_ok_ms_ago: last_ok.map(|at| self.now().saturating_sub(at)),
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.born.elapsed().as_millis()).unwrap_or(u64::MAX - 1)
    }
}
