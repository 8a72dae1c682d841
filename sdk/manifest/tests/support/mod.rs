//! What the tests of packages and components share.
#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::collections::BTreeMap;

use faena_manifest::{SigningKey, pack};

pub(crate) const MANIFEST: &str = r#"[module]
name = "commissions"
version = "0.1.0"
description = "Calculates sales commissions."
abi = "^1.0"

[[job]]
name = "calculate"
description = "Calculates the commissions of one period."
input_schema = "schemas/in.json"
output_schema = "schemas/out.json"
"#;

/// A component that imports one function of `log` and exports a job.
pub(crate) const COMPONENT: &str = r#"(component
  (import "faena:host/log@1.0.0" (instance (export "flush" (func))))
  (core module $m (func (export "run")))
  (core instance $i (instantiate $m))
  (func (export "run") (canon lift (core func $i "run"))))"#;

pub(crate) fn component() -> Vec<u8> {
    wat::parse_str(COMPONENT).unwrap()
}

pub(crate) fn files() -> BTreeMap<String, String> {
    let schema = |path: &str| (path.to_owned(), r#"{"type":"object"}"#.to_owned());
    [schema("schemas/in.json"), schema("schemas/out.json")].into()
}

pub(crate) fn key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

/// A small package that is right in every way.
pub(crate) fn package() -> Vec<u8> {
    pack(MANIFEST, &component(), &files(), &key()).unwrap()
}
