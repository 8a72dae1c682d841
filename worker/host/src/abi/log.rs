//! `faena:host/log`

use faena_contract::LogLevel;

use super::bindings::faena::host::log as wit;
use crate::state::CallState;
use crate::text;

/// Longest panic message that is kept, in bytes.
const PANIC_BYTES: usize = 4 << 10;

impl wit::Host for CallState {
    fn write(&mut self, level: wit::Level, message: String) -> wasmtime::Result<()> {
        self.log.write(&*self.sink, level.into(), message);
        Ok(())
    }

    fn panic(&mut self, message: String) -> wasmtime::Result<()> {
        self.panic = Some(text::shown(&message, PANIC_BYTES));
        self.log.write(&*self.sink, LogLevel::Error, message);
        Ok(())
    }
}

impl From<wit::Level> for LogLevel {
    fn from(level: wit::Level) -> Self {
        match level {
            wit::Level::Debug => Self::Debug,
            wit::Level::Info => Self::Info,
            wit::Level::Warn => Self::Warn,
            wit::Level::Error => Self::Error,
        }
    }
}
