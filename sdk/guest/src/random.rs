//! Random numbers that nobody can predict.

/// `count` random bytes.
pub fn bytes(count: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(count);
    while bytes.len() < count {
        let missing = (count - bytes.len()).min(LARGEST_CALL);
        bytes.extend(imports::bytes(missing as u32));
    }
    bytes
}

/// A random number from 0 to `below` - 1, all equally likely; 0 if `below` is 0. `below` is at most 2^31.
pub fn uint(below: u32) -> u32 {
    imports::uint(below)
}

/// Most bytes that the host gives out in one call.
const LARGEST_CALL: usize = 65_536;

#[cfg(target_family = "wasm")]
mod imports {
    pub(super) use crate::bindings::faena::host::random::{bytes, uint};
}

/// Good enough for native tests, which have no host: the seeds of the standard library's hash maps are random.
#[cfg(not(target_family = "wasm"))]
mod imports {
    use std::hash::{BuildHasher, RandomState};

    pub(super) fn bytes(count: u32) -> Vec<u8> {
        (0..count).map(|_| number().to_le_bytes()[0]).collect()
    }

    pub(super) fn uint(below: u32) -> u32 {
        u32::try_from(number() % u64::from(below.max(1))).unwrap_or(0)
    }

    fn number() -> u64 {
        RandomState::new().hash_one(0)
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn counts_and_bounds_hold() {
        assert_eq!(super::bytes(70_000).len(), 70_000);
        assert_eq!(super::uint(0), 0);
        assert!((0..100).all(|_| super::uint(3) < 3));
    }
}
