//! Packages that are right: round trip, determinism, signatures. `hostile_packages.rs` has the others.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test's helpers fail it by a panic, as the test itself does"
)]

mod support;

use std::collections::BTreeMap;

use faena_manifest::{
    Digest, EntryProblem, Package, PackageBuilder, PackageError, SigningKey, key_id, pack, public_key_to_hex,
};
use support::{MANIFEST, component, files, key, package};

#[test]
fn a_package_comes_back_as_it_was_packed() {
    let opened = Package::open(&package()).unwrap();
    assert_eq!(opened.manifest_text, MANIFEST);
    assert_eq!(opened.component, component());
    let schemas: BTreeMap<_, _> = opened.schemas.iter().map(|(path, text)| (path.to_string(), text.clone())).collect();
    assert_eq!(schemas, files());
    assert_eq!(opened.component_digest, Digest::of(&component()));
    assert_eq!(opened.key_id, key_id(&key().verifying_key()));
    assert_eq!(opened.statement.name.as_str(), "commissions");
    assert_eq!(opened.statement.version.to_string(), "0.1.0");
    assert_eq!(opened.statement.digest, opened.digest);
    opened.verify(&key().verifying_key()).unwrap();
    opened.check_component().unwrap();
    let input = &opened.manifest.jobs[0].input_schema;
    assert_eq!(opened.schema(input).unwrap().validate(&serde_json::json!(1)).len(), 1);
}

#[test]
fn the_same_input_gives_the_same_bytes_and_the_digest_is_what_its_definition_says() {
    assert_eq!(package(), package());
    let opened = Package::open(&package()).unwrap();
    let line = |path: &str, bytes: &[u8]| {
        let digest = Digest::of(bytes).to_string().replace("sha256:", "");
        format!("{digest} {} {path}\n", bytes.len())
    };
    let files = files();
    let list = [
        "faena-package-v1\n".to_owned(),
        line("component.wasm", &component()),
        line("manifest.toml", MANIFEST.as_bytes()),
        line("schemas/in.json", files["schemas/in.json"].as_bytes()),
        line("schemas/out.json", files["schemas/out.json"].as_bytes()),
    ];
    assert_eq!(opened.digest, Digest::of(list.concat().as_bytes()));
    // Another key changes the file, and neither content nor digest.
    let other = pack(MANIFEST, &component(), &files, &SigningKey::from_bytes(&[8; 32])).unwrap();
    assert_ne!(other, package());
    assert_eq!(Package::open(&other).unwrap().digest, opened.digest);
}

#[test]
fn only_the_key_that_signed_verifies() {
    let opened = Package::open(&package()).unwrap();
    let other = SigningKey::from_bytes(&[8; 32]).verifying_key();
    let error = opened.verify(&other).unwrap_err();
    assert_eq!(error.code().as_str(), "FAE-0303");
    assert!(error.to_string().contains(key_id(&other).as_str()));
    assert_eq!(public_key_to_hex(&other).len(), 64);
}

#[test]
fn ordinary_tools_list_a_package() {
    let bytes = package();
    let tar = zstd::stream::decode_all(bytes.as_slice()).unwrap();
    let mut archive = tar::Archive::new(tar.as_slice());
    let paths = archive.entries().unwrap().map(|entry| entry.unwrap().path().unwrap().display().to_string());
    let expected = ["manifest.toml", "component.wasm", "schemas/in.json", "schemas/out.json", "signature.json"];
    assert_eq!(paths.collect::<Vec<_>>(), expected);
}

#[test]
fn packing_refuses_what_publishing_would_refuse() {
    let pack = |manifest: &str, component: &[u8], files| pack(manifest, component, &files, &key()).unwrap_err();
    assert_eq!(pack("", &component(), files()).code().as_str(), "FAE-0304");
    assert_eq!(pack(MANIFEST, b"hello", files()).code().as_str(), "FAE-0311");
    let mut lacking = files();
    lacking.remove("schemas/out.json");
    assert_eq!(pack(MANIFEST, &component(), lacking).to_string(), "entry `schemas/out.json`: is missing");
    let mut more = files();
    more.insert("schemas/more.json".to_owned(), "{}".to_owned());
    let more = pack(MANIFEST, &component(), more);
    assert!(matches!(more, PackageError::Entry { problem: EntryProblem::Unknown, .. }), "{more}");
    let mut wrong = files();
    wrong.insert("schemas/in.json".to_owned(), r#"{"$ref": "https://example.com"}"#.to_owned());
    let wrong = pack(MANIFEST, &component(), wrong);
    assert!(wrong.to_string().starts_with("schemas/in.json: at `/$ref`"), "{wrong}");
    assert_eq!(wrong.code().as_str(), "FAE-0304");
}

#[test]
fn a_package_too_large_to_open_cannot_be_made() {
    let large = vec![0; faena_manifest::limits::COMPONENT_BYTES + 1];
    let builder = files().into_iter().collect::<Vec<_>>();
    let builder =
        builder.iter().fold(PackageBuilder::new(MANIFEST, &large), |made, (path, text)| made.file(path, text));
    let error = builder.sign(&key()).unwrap_err();
    assert!(matches!(error, PackageError::Entry { problem: EntryProblem::TooLarge(_), .. }), "{error}");
}
