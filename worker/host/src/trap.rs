//! From what wasmtime says about a trap to what a person can read.

use wasmtime::{Trap, WasmBacktrace};

use crate::abi::Misuse;
use crate::state::CallState;
use crate::{CallError, Limits, text};

/// Longest message of a trap, in bytes.
const MESSAGE_BYTES: usize = 4 << 10;
/// What wasmtime says when a module hands over more than it may in one call; the type of that error is private to it.
const HANDED_OVER_TOO_MUCH: &str = "fuel allocated for hostcalls has been exhausted";
/// The stack that a Rust module keeps in its memory grows down from a low address to 0. Beyond that, addresses wrap: a
/// fault up here is that stack, not a wild pointer.
const WRAPPED_ADDRESSES: std::ops::RangeInclusive<u64> = 0xf000_0000..=0xffff_ffff;
/// Functions that every panic of a Rust module goes through, and that say nothing about it.
const PANIC_MACHINERY: [&str; 4] = ["__rustc::", "core::panicking::", "std::panicking::", "std::sys::"];

/// Why the module stopped with this error.
pub(crate) fn explain(error: &wasmtime::Error, state: &CallState, limits: &Limits) -> CallError {
    let trap = error.downcast_ref::<Trap>().copied();
    if trap == Some(Trap::StackOverflow) || has_faulted_below_its_stack(error, trap) {
        return CallError::StackExceeded { backtrace: backtrace(error) };
    }
    if let Some(message) = &state.panic {
        return CallError::Trapped { message: message.clone(), backtrace: backtrace(error) };
    }
    let cause = error.root_cause().to_string();
    if cause.contains(HANDED_OVER_TOO_MUCH) {
        return CallError::OutputTooLarge { bytes: None, limit: limits.output_bytes };
    }
    // A module that was denied memory ends in `unreachable`; without a trap, it did not even start.
    let gave_up = error.downcast_ref::<Misuse>().is_none() && matches!(trap, None | Some(Trap::UnreachableCodeReached));
    if state.memory.denied && gave_up {
        return CallError::MemoryExceeded(limits.memory_bytes);
    }
    let message = trap.map_or(cause, |trap| trap.to_string());
    CallError::Trapped { message: text::shown(&message, MESSAGE_BYTES), backtrace: backtrace(error) }
}

fn has_faulted_below_its_stack(error: &wasmtime::Error, trap: Option<Trap>) -> bool {
    // wasmtime keeps the address in a type of its own, and tells it only in words.
    let address = || {
        let words = format!("{error:#}");
        let (_, rest) = words.split_once("memory fault at wasm address 0x")?;
        u64::from_str_radix(rest.split_whitespace().next()?, 16).ok()
    };
    trap == Some(Trap::MemoryOutOfBounds) && address().is_some_and(|address| WRAPPED_ADDRESSES.contains(&address))
}

/// Names of the functions, innermost first, without those of the panic itself.
fn backtrace(error: &wasmtime::Error) -> Vec<String> {
    let Some(backtrace) = error.downcast_ref::<WasmBacktrace>() else { return Vec::new() };
    // Only the text has the names in readable form: lines like `  3: 0x1f2e - module.wasm!probe::endings::index`.
    let text = backtrace.to_string();
    let names = text.lines().skip(1).filter_map(|line| line.split_once('!').map(|(_, name)| without_hashes(name)));
    names.skip_while(|name| PANIC_MACHINERY.iter().any(|prefix| name.starts_with(prefix))).collect()
}

/// `a[0123456789abcdef]::b`, and the older `a::b::h0123456789abcdef`, without the hashes that the compiler added.
fn without_hashes(name: &str) -> String {
    let mut pieces = name.split('[');
    let mut clean = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        match piece.split_once(']') {
            Some((hash, rest)) if is_hash(hash) => clean.push_str(rest),
            _ => clean.extend(["[", piece]),
        }
    }
    match clean.rsplit_once("::h") {
        Some((path, hash)) if is_hash(hash) => path.to_owned(),
        _ => clean,
    }
}

fn is_hash(text: &str) -> bool {
    (14..=16).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_cut_from_names() {
        assert_eq!(without_hashes("probe::endings::index::h0123456789abcdef"), "probe::endings::index");
        assert_eq!(without_hashes("core[6a1c743e2a4afd05]::panicking::panic"), "core::panicking::panic");
        assert_eq!(without_hashes("probe::hello::<[u8]>"), "probe::hello::<[u8]>");
    }
}
