//! `faena:host/progress`

use super::bindings::faena::host::progress as wit;
use crate::state::CallState;
use crate::{Progress, text};

/// Longest message of a report that is kept, in bytes.
const MESSAGE_BYTES: usize = 512;

impl wit::Host for CallState {
    fn report(&mut self, done: u32, total: u32, message: String) -> wasmtime::Result<()> {
        self.sink.progress(Progress { done, total, message: text::shown(&message, MESSAGE_BYTES) });
        Ok(())
    }
}
