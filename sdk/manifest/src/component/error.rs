//! Why a component is refused.

use faena_contract::ErrorCode;
use semver::Version;

use crate::AbiRange;

/// Why a component cannot be a module on this host.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ComponentError {
    /// The bytes are not WebAssembly.
    #[error("this is not WebAssembly; build the module for wasm32-unknown-unknown with the linker wasm-component-ld")]
    NotWasm,
    /// The bytes are a core module.
    #[error("this is a core module, not a component; build the module with the linker wasm-component-ld")]
    CoreModule,
    /// The component breaks the rules of WebAssembly or uses features that this host has switched off.
    #[error("this is not a valid component for this host: {message} (at byte {offset})")]
    Invalid {
        /// What is wrong.
        message: String,
        /// Where.
        offset: usize,
    },
    /// The component has too many bytes.
    #[error("the component has {found} bytes; at most {limit} are allowed, so build it with optimisation for size")]
    TooLarge {
        /// Bytes that it has.
        found: usize,
        /// Bytes that it may have.
        limit: usize,
    },
    /// The component has too many functions.
    #[error("the component has more than {limit} functions; split the module or use fewer dependencies")]
    TooManyFunctions {
        /// Functions that it may have.
        limit: u32,
    },
    /// Components are nested too deep in it.
    #[error("the component nests modules or components deeper than {limit}")]
    TooDeep {
        /// How deep they may nest.
        limit: usize,
    },
    /// The job export is missing.
    #[error(
        "the component does not export the function `run` of the world `job` of faena:host; export a job with the SDK's macro"
    )]
    NoRun,
    /// The component imports from WASI.
    #[error("the component imports `{0}`; modules have no WASI, so build for wasm32-unknown-unknown")]
    Wasi(String),
    /// The component imports something that this host does not have.
    #[error("the component imports `{name}`, which this host does not have; it offers {offers}")]
    Unknown {
        /// Name of the import.
        name: String,
        /// What the host offers.
        offers: String,
    },
    /// The component was built with an ABI that this host does not have.
    #[error(
        "the component imports `{name}`, but this host offers faena:host {host}; build with an SDK of that version or update Faena"
    )]
    Version {
        /// Name of the import.
        name: String,
        /// The version that the host offers.
        host: Version,
    },
    /// The manifest wants an ABI that this host does not have.
    #[error(
        "the manifest asks for abi = \"{wanted}\", but this host offers faena:host {host}; change the range or update Faena"
    )]
    AbiRange {
        /// The range in the manifest.
        wanted: AbiRange,
        /// The version that the host offers.
        host: Version,
    },
    /// The component imports a capability that the manifest does not declare.
    #[error(
        "the component imports `{name}`, which the manifest does not declare; add `[capabilities.{capability}]` to it"
    )]
    NotDeclared {
        /// Name of the import.
        name: String,
        /// The capability to declare.
        capability: String,
    },
}

impl ComponentError {
    /// The stable code of the error.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::NotWasm
            | Self::CoreModule
            | Self::Invalid { .. }
            | Self::TooLarge { .. }
            | Self::TooManyFunctions { .. }
            | Self::TooDeep { .. }
            | Self::NoRun => ErrorCode::ComponentInvalid,
            Self::Wasi(_) | Self::Unknown { .. } | Self::Version { .. } | Self::AbiRange { .. } => {
                ErrorCode::ImportUnknown
            }
            Self::NotDeclared { .. } => ErrorCode::ImportNotDeclared,
        }
    }
}
