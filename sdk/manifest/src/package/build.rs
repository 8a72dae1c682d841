//! Making a package.

use std::collections::BTreeMap;

use ed25519_dalek::SigningKey;

use super::error::{EntryProblem, PackageError};
use super::{Digest, Statement, archive, envelope, statement};
use crate::signing_key::key_id;
use crate::{JobSchema, Manifest, check_imports, inspect};

/// Makes a package out of everything that an author has, after all the checks that publishing makes.
///
/// `files` maps paths in the package to contents, and has exactly the schemas that the manifest names
/// ([`Manifest::schema_paths`]).
///
/// # Errors
/// For everything that publishing would refuse, so that an author sees it first.
pub fn pack(
    manifest_text: &str,
    component: &[u8],
    files: &BTreeMap<String, String>,
    key: &SigningKey,
) -> Result<Vec<u8>, PackageError> {
    check_imports(&inspect(component)?, &Manifest::parse(manifest_text)?)?;
    let builder = PackageBuilder::new(manifest_text, component);
    files.iter().fold(builder, |builder, (path, text)| builder.file(path, text)).sign(key)
}

/// A package in the making, for a component that is not checked here. Most callers want [`pack`].
#[derive(Clone, Debug)]
pub struct PackageBuilder<'a> {
    manifest_text: &'a str,
    component: &'a [u8],
    files: BTreeMap<&'a str, &'a str>,
}

impl<'a> PackageBuilder<'a> {
    /// Starts with what every package has.
    pub fn new(manifest_text: &'a str, component: &'a [u8]) -> Self {
        Self { manifest_text, component, files: BTreeMap::new() }
    }

    /// Adds the text of a schema, at a path such as `schemas/calculate.input.json`.
    #[must_use]
    pub fn file(mut self, path: &'a str, text: &'a str) -> Self {
        self.files.insert(path, text);
        self
    }

    /// Signs and writes the package. The same input gives the same bytes.
    ///
    /// # Errors
    /// When the manifest or a schema is wrong, a schema is missing or named by no job, or something is too large.
    pub fn sign(self, key: &SigningKey) -> Result<Vec<u8>, PackageError> {
        let manifest = Manifest::parse(self.manifest_text)?;
        self.check_files(&manifest)?;
        let digest = Digest::of_content(self.entries());
        let key_id = key_id(&key.verifying_key());
        let statement = Statement::new(&manifest.module, digest, Digest::of(self.component), key_id);
        let signature = statement::sign(&statement, key)?;
        let last = std::iter::once((archive::SIGNATURE, signature.as_bytes()));
        let bytes = archive::write(self.entries().chain(last))?;
        // What cannot be opened must not be made: this also holds every limit.
        archive::read(bytes.as_slice())?;
        envelope::wrap(&bytes)
    }

    fn entries(&self) -> impl Iterator<Item = (&'a str, &'a [u8])> {
        let first = [(archive::MANIFEST, self.manifest_text.as_bytes()), (archive::COMPONENT, self.component)];
        first.into_iter().chain(self.files.iter().map(|(path, text)| (*path, text.as_bytes())))
    }

    fn check_files(&self, manifest: &Manifest) -> Result<(), PackageError> {
        let named = manifest.schema_paths();
        if let Some(path) = self.files.keys().find(|path| !named.iter().any(|named| named.as_str() == **path)) {
            return Err(PackageError::entry(path, EntryProblem::Unknown));
        }
        for path in named {
            let text = self.files.get(path.as_str()).ok_or_else(|| PackageError::missing(path.as_str()))?;
            JobSchema::compile(text).map_err(|source| PackageError::Schema { path: path.clone(), source })?;
        }
        Ok(())
    }
}
