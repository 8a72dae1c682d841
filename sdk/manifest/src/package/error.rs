//! Why a package is refused.

use std::io;

use faena_contract::ErrorCode;

use crate::{ComponentError, KeyId, ManifestError, SchemaError, SchemaPath};

/// Why a package cannot be made, read or trusted.
#[derive(Debug, thiserror::Error)]
pub enum PackageError {
    /// The file is something else.
    #[error("this is not a Faena package: {0}; make one with `faena module pack`")]
    NotAPackage(&'static str),
    /// The file is a package, but not as its author made it.
    #[error("the package is damaged: {0}; fetch or pack it again")]
    Damaged(&'static str),
    /// The compressed content cannot be read.
    #[error("the package is damaged or asks for too much memory to unpack: {0}")]
    Unpack(#[source] io::Error),
    /// The content cannot be compressed.
    #[error("the package cannot be written: {0}")]
    Write(#[source] io::Error),
    /// The package or its content is too large.
    #[error("the {what} has more than {limit} bytes, which is the limit")]
    TooLarge {
        /// `package` or `unpacked package`.
        what: &'static str,
        /// Bytes that it may have.
        limit: u64,
    },
    /// The package has too many entries.
    #[error("the package has more than {limit} entries, which is the limit")]
    TooManyEntries {
        /// Entries that it may have.
        limit: usize,
    },
    /// An entry is not as the format says.
    #[error("entry `{path}`: {problem}")]
    Entry {
        /// Path of the entry, escaped and cut.
        path: String,
        /// What is wrong with it.
        problem: EntryProblem,
    },
    /// The manifest is wrong.
    #[error("manifest.toml: {0}")]
    Manifest(#[from] ManifestError),
    /// A schema is wrong.
    #[error("{path}: {source}")]
    Schema {
        /// Where the package has the schema.
        path: SchemaPath,
        /// What is wrong with it.
        source: SchemaError,
    },
    /// The component is wrong.
    #[error("component.wasm: {0}")]
    Component(#[from] ComponentError),
    /// `signature.json` is not a signature of this format.
    #[error("signature.json: {0}")]
    SignatureForm(&'static str),
    /// What was signed is not what the package holds.
    #[error("the package holds another {0} than its author signed; somebody changed it after signing")]
    Statement(&'static str),
    /// The signature is not the key's.
    #[error("the signature is not made by the key that the package names")]
    Signature,
    /// The package is signed with another key than the one asked about.
    #[error("the package is signed with key {signed_with}, not with key {given}")]
    OtherKey {
        /// Key that the package names.
        signed_with: KeyId,
        /// Key that was asked about.
        given: KeyId,
    },
}

/// What is wrong with one entry of a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EntryProblem {
    /// It is missing.
    #[error("is missing")]
    Missing,
    /// Its path is absolute.
    #[error("its path is absolute; a package holds relative paths only")]
    Absolute,
    /// Its path leaves the package.
    #[error("its path leaves the package")]
    Traversal,
    /// It is a link.
    #[error("is a link; a package holds regular files only")]
    Link,
    /// It is a directory, a device or an extension of tar.
    #[error("is not a regular file")]
    NotAFile,
    /// No package has such an entry, or no job of the manifest names it.
    #[error(
        "does not belong in a package: only manifest.toml, component.wasm, signature.json and schemas named by jobs do"
    )]
    Unknown,
    /// It is there twice.
    #[error("is there twice")]
    Duplicate,
    /// It stands at the wrong place.
    #[error("is out of order; the order is manifest.toml, component.wasm, schemas by name, signature.json")]
    OutOfOrder,
    /// It is larger than such an entry may be.
    #[error("is larger than the {0} bytes that it may have")]
    TooLarge(u64),
    /// It says another size than it has.
    #[error("has less content than it says")]
    SizeLie,
    /// Its header is not the one that this format writes.
    #[error("has a header with something that the format does not have, such as an owner or a time")]
    Header,
    /// It is not UTF-8 text.
    #[error("is not UTF-8 text")]
    NotText,
}

impl PackageError {
    /// The stable code of the error.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::NotAPackage(_) | Self::Damaged(_) | Self::Unpack(_) | Self::Entry { .. } => ErrorCode::NotAPackage,
            Self::TooManyEntries { .. } | Self::TooLarge { .. } => ErrorCode::PackageTooLarge,
            Self::Manifest(error) => error.code(),
            Self::Schema { source, .. } => source.code(),
            Self::Component(error) => error.code(),
            Self::SignatureForm(_) | Self::Statement(_) | Self::Signature => ErrorCode::SignatureInvalid,
            Self::OtherKey { .. } => ErrorCode::KeyNotTrusted,
            Self::Write(_) => ErrorCode::Internal,
        }
    }

    pub(super) fn entry(path: &str, problem: EntryProblem) -> Self {
        let shown: String = path.chars().take(100).collect();
        Self::Entry { path: shown.escape_debug().to_string(), problem }
    }

    pub(super) fn missing(path: &str) -> Self {
        Self::entry(path, EntryProblem::Missing)
    }
}
