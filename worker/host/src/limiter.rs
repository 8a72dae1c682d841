//! Keeps a module inside its memory, and remembers when it wanted more: the module itself only sees that it did not get
//! it, and traps with `unreachable`.

use wasmtime::ResourceLimiter;

/// Most instances, memories and tables of one component; interpreters of scripting languages have dozens.
const MOST_PARTS: usize = 256;
/// Most elements of one table: a pointer each, so 8 MB.
const MOST_TABLE_ELEMENTS: usize = 1_000_000;

/// The memory of one call.
pub(crate) struct MemoryLimiter {
    limit: u64,
    used: u64,
    /// What the latest growth added, in case it fails after it was allowed.
    latest: u64,
    pub(crate) peak: u64,
    pub(crate) denied: bool,
}

impl MemoryLimiter {
    pub(crate) fn new(limit: u64) -> Self {
        Self { limit, used: 0, latest: 0, peak: 0, denied: false }
    }
}

impl ResourceLimiter for MemoryLimiter {
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let added = desired.saturating_sub(current) as u64;
        let wanted = self.used.saturating_add(added);
        if wanted > self.limit {
            self.denied = true;
            return Ok(false);
        }
        self.latest = added;
        self.used = wanted;
        self.peak = self.peak.max(wanted);
        Ok(true)
    }

    fn memory_grow_failed(&mut self, _: wasmtime::Error) -> wasmtime::Result<()> {
        self.used = self.used.saturating_sub(self.latest);
        self.latest = 0;
        Ok(())
    }

    fn table_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        Ok(desired <= MOST_TABLE_ELEMENTS)
    }

    fn instances(&self) -> usize {
        MOST_PARTS
    }

    fn tables(&self) -> usize {
        MOST_PARTS
    }

    fn memories(&self) -> usize {
        MOST_PARTS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_memories_of_a_call_count_together() {
        let mut limiter = MemoryLimiter::new(100);
        assert!(limiter.memory_growing(0, 60, None).unwrap());
        assert!(limiter.memory_growing(0, 40, None).unwrap());
        assert!(!limiter.denied);
        assert!(!limiter.memory_growing(40, 41, None).unwrap());
        assert!(limiter.denied);
        assert_eq!(limiter.peak, 100);
    }
}
