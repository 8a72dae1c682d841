//! Reading a package that nobody vouches for yet.

use std::collections::BTreeMap;

use super::archive::{self, Entry};
use super::error::{EntryProblem, PackageError};
use super::{Digest, Package, Statement, envelope, statement};
use crate::{JobSchema, Manifest, SchemaPath};

impl Package {
    /// Reads a package and checks everything but the component and whether the key is to be trusted: form, limits,
    /// manifest, schemas, and that the statement which was signed is about this content.
    ///
    /// # Errors
    /// At the first thing that is wrong. Nothing is written anywhere, and no more than the limits is ever unpacked.
    pub fn open(bytes: &[u8]) -> Result<Self, PackageError> {
        let files = Files::sort(archive::read(envelope::unwrap(bytes)?)?)?;
        let manifest = Manifest::parse(&files.manifest_text)?;
        let digest = files.digest();
        let schemas = check_schemas(&manifest, files.schemas)?;
        let signed = statement::parse(&files.signature)?;
        let component_digest = Digest::of(&files.component);
        let key_id = signed.statement.key_id.clone();
        let actual = Statement::new(&manifest.module, digest.clone(), component_digest.clone(), key_id.clone());
        signed.statement.check(&actual)?;
        Ok(Self {
            manifest,
            manifest_text: files.manifest_text,
            component: files.component,
            schemas,
            digest,
            component_digest,
            key_id,
            statement: signed.statement,
            signed: signed.bytes,
            signature: signed.signature,
        })
    }
}

/// The entries of a package by what they are.
struct Files {
    manifest_text: String,
    component: Vec<u8>,
    schemas: BTreeMap<String, String>,
    signature: String,
}

impl Files {
    fn sort(entries: Vec<Entry>) -> Result<Self, PackageError> {
        let mut entries: BTreeMap<_, _> = entries.into_iter().map(|entry| (entry.path, entry.bytes)).collect();
        let mut take = |path: &str| entries.remove(path).ok_or_else(|| PackageError::missing(path));
        let manifest_text = text(archive::MANIFEST, take(archive::MANIFEST)?)?;
        let component = take(archive::COMPONENT)?;
        let signature = text(archive::SIGNATURE, take(archive::SIGNATURE)?)?;
        let schemas = entries.into_iter().map(|(path, bytes)| Ok((path.clone(), text(&path, bytes)?)));
        Ok(Self { manifest_text, component, schemas: schemas.collect::<Result<_, PackageError>>()?, signature })
    }

    fn digest(&self) -> Digest {
        let first =
            [(archive::MANIFEST, self.manifest_text.as_bytes()), (archive::COMPONENT, self.component.as_slice())];
        let schemas = self.schemas.iter().map(|(path, text)| (path.as_str(), text.as_bytes()));
        Digest::of_content(first.into_iter().chain(schemas))
    }
}

fn text(path: &str, bytes: Vec<u8>) -> Result<String, PackageError> {
    String::from_utf8(bytes).map_err(|_| PackageError::entry(path, EntryProblem::NotText))
}

/// The package has exactly the schemas that its jobs name, and each compiles.
fn check_schemas(
    manifest: &Manifest,
    mut files: BTreeMap<String, String>,
) -> Result<BTreeMap<SchemaPath, String>, PackageError> {
    let mut schemas = BTreeMap::new();
    for path in manifest.schema_paths() {
        let text = files.remove(path.as_str()).ok_or_else(|| PackageError::missing(path.as_str()))?;
        JobSchema::compile(&text).map_err(|source| PackageError::Schema { path: path.clone(), source })?;
        schemas.insert(path.clone(), text);
    }
    match files.keys().next() {
        Some(path) => Err(PackageError::entry(path, EntryProblem::Unknown)),
        None => Ok(schemas),
    }
}
