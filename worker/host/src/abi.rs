//! The host's side of the ABI: one file for each interface of `sdk/wit/v1`, and the list of what they offer.

mod clock;
mod log;
mod progress;
mod random;
mod types;

use wasmtime::component::{HasSelf, Linker};

use crate::state::CallState;

pub(crate) mod bindings {
    wasmtime::component::bindgen!({
        path: "../../sdk/wit/v1",
        world: "job",
        imports: { "faena:host/clock.sleep": async | trappable, default: trappable },
        exports: { default: async },
    });
}

/// A module called a function of the host in a way that the function forbids. It traps the module with these words.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Misuse(String);

/// What a module can import: each interface, and its functions.
pub(crate) const INTERFACES: &[(&str, &[&str])] = &[
    ("types", &[]),
    ("log", &["write", "panic"]),
    ("progress", &["report"]),
    ("clock", &["now", "monotonic", "sleep"]),
    ("random", &["bytes", "uint"]),
];

/// Adds all of it to the linker.
pub(crate) fn link(linker: &mut Linker<CallState>) -> wasmtime::Result<()> {
    bindings::Job::add_to_linker::<_, HasSelf<_>>(linker, |state| state)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The functions of an interface, as its WIT file names them.
    fn functions(wit: &str) -> Vec<&str> {
        wit.lines().filter_map(|line| line.trim().split_once(": func(").map(|(name, _)| name)).collect()
    }

    #[test]
    fn the_list_is_what_the_wit_says_and_what_the_contract_promises() {
        let wit = [
            ("types", include_str!("../../../sdk/wit/v1/types.wit")),
            ("log", include_str!("../../../sdk/wit/v1/log.wit")),
            ("progress", include_str!("../../../sdk/wit/v1/progress.wit")),
            ("clock", include_str!("../../../sdk/wit/v1/clock.wit")),
            ("random", include_str!("../../../sdk/wit/v1/random.wit")),
        ];
        for ((name, listed), (file, text)) in INTERFACES.iter().zip(wit) {
            assert_eq!(*name, file);
            assert_eq!(*listed, functions(text), "{name}");
        }
        let promised: Vec<_> = faena_contract::capability::CAPABILITIES.iter().map(|c| c.name).collect();
        assert_eq!(INTERFACES.iter().map(|(name, _)| *name).collect::<Vec<_>>(), promised);
    }
}
