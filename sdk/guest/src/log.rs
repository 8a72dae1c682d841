//! The job's own log, which its users read. The macros take what `format!` takes: `faena_sdk::info!("{n} rows")`.

pub use crate::bindings::faena::host::log::Level;

/// Adds a line to the log of the job.
pub fn write(level: Level, message: &str) {
    #[cfg(target_family = "wasm")]
    crate::bindings::faena::host::log::write(level, message);
    #[cfg(not(target_family = "wasm"))]
    eprintln!("{level:?}: {message}");
}

/// Logs for the author of the module.
#[macro_export]
macro_rules! debug {
    ($($arguments:tt)+) => { $crate::log::write($crate::log::Level::Debug, &format!($($arguments)+)) };
}

/// Logs for the operator.
#[macro_export]
macro_rules! info {
    ($($arguments:tt)+) => { $crate::log::write($crate::log::Level::Info, &format!($($arguments)+)) };
}

/// Logs something to look at.
#[macro_export]
macro_rules! warn {
    ($($arguments:tt)+) => { $crate::log::write($crate::log::Level::Warn, &format!($($arguments)+)) };
}

/// Logs something that failed.
#[macro_export]
macro_rules! error {
    ($($arguments:tt)+) => { $crate::log::write($crate::log::Level::Error, &format!($($arguments)+)) };
}
