//! `faena:host/random`

use super::Misuse;
use super::bindings::faena::host::random as wit;
use crate::state::CallState;

/// Most bytes of one call.
const MOST_BYTES: u32 = 65_536;
/// Largest bound of a number; some guest languages corrupt what is larger.
const LARGEST_BOUND: u32 = 1 << 31;

impl wit::Host for CallState {
    fn bytes(&mut self, count: u32) -> wasmtime::Result<Vec<u8>> {
        if count > MOST_BYTES {
            return Err(Misuse(format!("random.bytes({count}): one call gives at most {MOST_BYTES} bytes")).into());
        }
        let mut bytes = vec![0; count as usize];
        getrandom::fill(&mut bytes).map_err(no_entropy)?;
        Ok(bytes)
    }

    fn uint(&mut self, below: u32) -> wasmtime::Result<u32> {
        if below > LARGEST_BOUND {
            return Err(Misuse(format!("random.uint({below}): the bound is at most {LARGEST_BOUND}")).into());
        }
        // The product of 64 random bits and a bound below 2^32 is biased by less than 2^-32, which nobody can see.
        let number = getrandom::u64().map_err(no_entropy)?;
        Ok(u32::try_from((u128::from(number) * u128::from(below)) >> 64)?)
    }
}

fn no_entropy(error: getrandom::Error) -> wasmtime::Error {
    wasmtime::Error::msg(format!("the system gives no random numbers: {error}"))
}
