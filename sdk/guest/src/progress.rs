//! How far the job is, for those who watch it.

/// `done` of `total` parts are finished; a `total` of 0 means that it is not known. `message` may be empty.
pub fn report(done: u32, total: u32, message: &str) {
    #[cfg(target_family = "wasm")]
    crate::bindings::faena::host::progress::report(done, total, message);
    #[cfg(not(target_family = "wasm"))]
    eprintln!("{done} of {total} {message}");
}
