//! Packages for tests, signed with the key of the platform under test.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use faena_manifest::{Manifest, SigningKey, pack, private_key_from_pem};

/// A file of the source tree.
pub fn workspace_file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// The package of a manifest text and a component of `modules/target/components`, with the schemas of a source folder.
pub fn sign_package(manifest: &str, component: &str, schemas: &str, key: &SigningKey) -> Vec<u8> {
    let component = workspace_file("modules/target/components").join(component);
    let component = std::fs::read(&component)
        .unwrap_or_else(|error| panic!("{}: {error}; `make modules` builds it", component.display()));
    let parsed = Manifest::parse(manifest).expect("a manifest");
    let read = |path: &str| std::fs::read_to_string(workspace_file(schemas).join(path)).expect("a schema");
    let files: BTreeMap<String, String> =
        parsed.schema_paths().into_iter().map(|path| (path.as_str().to_owned(), read(path.as_str()))).collect();
    pack(manifest, &component, &files, key).expect("a package")
}

/// The package of the probe module, whose manifest `change` may change.
pub fn probe_package(data_dir: &Path, change: impl FnOnce(String) -> String) -> Vec<u8> {
    let manifest = std::fs::read_to_string(workspace_file("manifests/probe.toml")).expect("the manifest of the probe");
    sign_package(&change(manifest), "probe.wasm", "tests/modules/probe", &development_key(data_dir))
}

fn development_key(data_dir: &Path) -> SigningKey {
    let pem = std::fs::read_to_string(data_dir.join("secrets/modules.pem")).expect("the development key");
    private_key_from_pem(&pem).expect("a private key")
}
