//! `faena module pack`: manifest, component and schemas become one signed file.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use faena_contract::ErrorCode;
use faena_manifest::{Manifest, Package, PackageError, pack, private_key_from_pem};

use crate::commands::Context;
use crate::failure::Failure;
use crate::files;
use crate::output::say;

/// Pack and sign a module
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The manifest
    manifest: PathBuf,
    /// The WebAssembly component
    #[arg(long, value_name = "FILE")]
    component: PathBuf,
    /// Folder in which the schemas that the manifest names lie; that of the manifest when absent
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
    /// The private key to sign with, from `faena module keygen`
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// File or folder to write to; <name>-<version>.faena here when absent
    #[arg(short, long, value_name = "OUT")]
    output: Option<PathBuf>,
}

pub(crate) fn run(context: &Context, args: &Args) -> Result<()> {
    let text = files::read(&args.manifest)?;
    let manifest =
        Manifest::parse(&text).map_err(PackageError::from).with_context(|| args.manifest.display().to_string())?;
    let root = args.root.as_deref().or_else(|| args.manifest.parent()).unwrap_or(Path::new("."));
    let mut schemas = BTreeMap::new();
    for path in manifest.schema_paths() {
        schemas.insert(path.as_str().to_owned(), files::read(&root.join(path.as_str()))?);
    }
    let key = private_key_from_pem(&files::read(&args.key)?).with_context(|| args.key.display().to_string())?;
    let bytes = pack(&text, &files::read_bytes(&args.component)?, &schemas, &key)?;
    let file = format!("{}-{}.faena", manifest.module.name, manifest.module.version);
    let out = target(args.output.as_deref(), &file);
    write(&out, &bytes)?;
    let package = Package::open(&bytes)?;
    let value = serde_json::json!({
        "file": out,
        "module": manifest.module.name,
        "version": manifest.module.version.to_string(),
        "digest": package.digest.to_string(),
        "key_id": package.key_id,
        "bytes": bytes.len(),
    });
    context.output.value(&value, |_| {
        say(&format!("{}  {} bytes  {}  key {}", out.display(), bytes.len(), package.digest, package.key_id));
    })
}

fn target(output: Option<&Path>, file: &str) -> PathBuf {
    match output {
        None => PathBuf::from(file),
        Some(dir) if dir.is_dir() || dir.as_os_str().to_string_lossy().ends_with('/') => dir.join(file),
        Some(path) => path.to_owned(),
    }
}

/// A reader sees the old package or the new one.
fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let new = path.with_extension("faena.new");
    let written = parent.map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(&new, bytes));
    written.and_then(|()| fs::rename(&new, path)).map_err(|error| {
        Failure::new(ErrorCode::FileUnreadable, format!("cannot write {}: {error}", path.display())).into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_gets_the_usual_name() {
        assert_eq!(target(None, "a-1.0.0.faena"), PathBuf::from("a-1.0.0.faena"));
        assert_eq!(target(Some(Path::new("out/")), "a.faena"), PathBuf::from("out/a.faena"));
        assert_eq!(target(Some(Path::new("b.faena")), "a.faena"), PathBuf::from("b.faena"));
    }
}
