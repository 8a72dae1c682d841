//! What a module may be linked to. One list: what is always there, and what a manifest must declare and an operator grant.

/// One interface of the WIT package `faena:host`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capability {
    /// Name of the interface, as in `faena:host/log`.
    pub name: &'static str,
    /// The minor version of `faena:host@1` that brought it.
    pub since: (u64, u64),
    /// Whether a manifest must declare it and an operator grant it.
    pub granted: bool,
}

/// The interfaces that this build of the host links, with the version that brought each.
pub const CAPABILITIES: &[Capability] = &[
    Capability { name: "types", since: (1, 0), granted: false },
    Capability { name: "log", since: (1, 0), granted: false },
    Capability { name: "progress", since: (1, 0), granted: false },
    Capability { name: "clock", since: (1, 0), granted: false },
    Capability { name: "random", since: (1, 0), granted: false },
];

/// Name of the WIT package that modules import from.
pub const PACKAGE: &str = "faena:host";
/// The version of the ABI that this build offers.
pub const ABI: (u64, u64, u64) = (1, 0, 0);

/// The capability called `name`, if the host has it.
pub fn find(name: &str) -> Option<&'static Capability> {
    CAPABILITIES.iter().find(|capability| capability.name == name)
}
