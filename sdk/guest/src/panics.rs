//! A panic ends in a trap that says nothing but `unreachable`. So the message goes to the host first.

/// From now on the host hears of each panic before the trap.
#[cfg(target_family = "wasm")]
pub(crate) fn report_to_host() {
    std::panic::set_hook(Box::new(|panic| {
        let message = panic.payload_as_str().unwrap_or("a value that is no text");
        let place = panic.location().map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
        crate::bindings::faena::host::log::panic(&format!("panicked at {place}: {message}"));
    }));
}

/// A native build keeps the hook of its test harness.
#[cfg(not(target_family = "wasm"))]
pub(crate) fn report_to_host() {}
