//! The package, `<name>-<version>.faena`: what a module's author publishes in one signed file.
//!
//! From outside to inside:
//!
//! * `envelope.rs`: one zstd frame, then a checksum of it in a frame that zstd tools skip, so that
//!   `zstd -dc some.faena | tar t` lists a package;
//! * `archive.rs`: the only tar of its entries: fixed order, fixed headers, regular files alone;
//! * `statement.rs`: `signature.json`, a DSSE envelope with what the author signed, above all the [`Digest`];
//! * `build.rs` makes a package, `open.rs` reads one.
//!
//! The same input gives the same bytes. One content has one form: an archive that another program would have written
//! differently is refused, so nothing can hide in what is not signed.

mod archive;
mod build;
mod digest;
mod envelope;
mod error;
mod open;
mod statement;

use std::collections::BTreeMap;

use ed25519_dalek::{Signature, VerifyingKey};

use crate::signing_key::key_id;
use crate::{ComponentError, ComponentInfo, JobSchema, KeyId, Manifest, SchemaPath, check_imports, inspect};

pub use build::{PackageBuilder, pack};
pub use digest::Digest;
pub use error::{EntryProblem, PackageError};
pub use statement::Statement;

/// A package that is sound in itself. Whether its key is one to trust is for the caller to say, by [`Package::verify`].
#[derive(Clone, Debug)]
pub struct Package {
    /// The manifest.
    pub manifest: Manifest,
    /// The manifest as its author wrote it.
    pub manifest_text: String,
    /// The WebAssembly component.
    pub component: Vec<u8>,
    /// The text of each schema that the manifest refers to.
    pub schemas: BTreeMap<SchemaPath, String>,
    /// Digest of all entries but the signature: the identity of the content.
    pub digest: Digest,
    /// Digest of the component alone.
    pub component_digest: Digest,
    /// Which key the package says that it is signed with.
    pub key_id: KeyId,
    /// What was signed. It agrees with the content.
    pub statement: Statement,
    /// The exact bytes that the signature is over.
    signed: Vec<u8>,
    signature: Signature,
}

impl Package {
    /// Checks that `key` signed this package, by the strict rules of Ed25519.
    ///
    /// # Errors
    /// When the package names another key, or the signature is not this key's.
    pub fn verify(&self, key: &VerifyingKey) -> Result<(), PackageError> {
        let given = key_id(key);
        if given != self.key_id {
            return Err(PackageError::OtherKey { signed_with: self.key_id.clone(), given });
        }
        key.verify_strict(&self.signed, &self.signature).map_err(|_| PackageError::Signature)
    }

    /// Checks the component: what it is, what it exports, and its imports against manifest and host.
    ///
    /// # Errors
    /// When the component cannot run on this host, or imports what the manifest does not declare.
    pub fn check_component(&self) -> Result<ComponentInfo, ComponentError> {
        let info = inspect(&self.component)?;
        check_imports(&info, &self.manifest)?;
        Ok(info)
    }

    /// The compiled schema at `path`, which a job of the manifest names.
    ///
    /// # Errors
    /// When no job names the path; the text itself compiled when the package was opened.
    pub fn schema(&self, path: &SchemaPath) -> Result<JobSchema, PackageError> {
        let text = self.schemas.get(path).ok_or_else(|| PackageError::missing(path.as_str()))?;
        JobSchema::compile(text).map_err(|source| PackageError::Schema { path: path.clone(), source })
    }
}
