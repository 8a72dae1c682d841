//! What the host keeps for one running call; the data of its store.

use std::sync::Arc;
use std::time::Instant;

use crate::limiter::MemoryLimiter;
use crate::log_quota::LogQuota;
use crate::{JobSink, Limits};

/// What the host keeps for one running call.
pub(crate) struct CallState {
    pub(crate) sink: Arc<dyn JobSink>,
    pub(crate) memory: MemoryLimiter,
    pub(crate) log: LogQuota,
    pub(crate) started: Instant,
    /// What the module said about its panic, right before it traps.
    pub(crate) panic: Option<String>,
}

impl CallState {
    pub(crate) fn new(sink: Arc<dyn JobSink>, limits: &Limits) -> Self {
        Self {
            sink,
            memory: MemoryLimiter::new(limits.memory_bytes),
            log: LogQuota::new(limits),
            started: Instant::now(),
            panic: None,
        }
    }
}
