//! What a host is told when it starts.

use std::num::NonZeroUsize;

/// What a host is told when it starts.
#[derive(Clone, Debug)]
pub struct HostConfig {
    /// How many compiled modules are kept; the one that was used longest ago goes first.
    pub modules_kept: NonZeroUsize,
}

impl Default for HostConfig {
    fn default() -> Self {
        Self { modules_kept: NonZeroUsize::MIN.saturating_add(63) }
    }
}
