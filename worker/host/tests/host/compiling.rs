//! From bytes to a module, and what is refused on the way.

use std::num::NonZeroUsize;
use std::sync::Arc;

use faena_contract::ErrorCode;
use faena_host::{Host, HostConfig, HostError};

use crate::probe;

#[tokio::test]
async fn concurrent_callers_compile_once() {
    let host = Host::new(HostConfig::default()).unwrap();
    let (first, second) = tokio::join!(host.compile("probe", probe::bytes()), host.compile("probe", probe::bytes()));
    assert!(Arc::ptr_eq(&first.unwrap(), &second.unwrap()));
}

#[tokio::test]
async fn a_digest_that_failed_can_be_tried_again() {
    let host = Host::new(HostConfig::default()).unwrap();
    assert!(host.compile("probe", b"nonsense").await.is_err());
    assert!(host.compile("probe", probe::bytes()).await.is_ok());
}

#[tokio::test]
async fn the_module_used_longest_ago_goes() {
    let host = Host::new(HostConfig { modules_kept: NonZeroUsize::MIN }).unwrap();
    let first = host.compile("first", probe::bytes()).await.unwrap();
    assert!(Arc::ptr_eq(&first, &host.compile("first", probe::bytes()).await.unwrap()));

    host.compile("second", probe::bytes()).await.unwrap();
    assert!(!Arc::ptr_eq(&first, &host.compile("first", probe::bytes()).await.unwrap()));
}

#[tokio::test]
async fn bytes_that_are_no_component() {
    let error = refused(b"nonsense").await;
    assert!(error.to_string().starts_with("the component cannot be compiled: "), "{error}");
    assert_eq!(error.code(), ErrorCode::ComponentInvalid);
    assert_eq!(error.job_error().code, "FAE-0508");
    // A core module.
    assert_eq!(refused(b"\0asm\x01\0\0\0").await.code(), ErrorCode::ComponentInvalid);
}

#[tokio::test]
async fn a_component_without_jobs() {
    let error = refused(HEADER).await;
    assert_eq!(error.to_string(), "the component does not export `run` of world `faena:host/job`: there is no `run`");
    assert_eq!(error.code(), ErrorCode::ComponentInvalid);
}

#[tokio::test]
async fn imports_that_the_host_does_not_have() {
    const HAS: &str = "which this host does not have; it has faena:host@1.0.0 with types, log, progress, clock, random";
    for (import, function, what) in [
        ("faena:host/http@1.0.0", "get", "the interface `faena:host/http@1.0.0`"),
        ("faena:host/log@2.0.0", "write", "the interface `faena:host/log@2.0.0`"),
        ("wasi:cli/environment@0.2.0", "get-environment", "the interface `wasi:cli/environment@0.2.0`"),
        ("faena:host/log@1.1.0", "flush", "the function `flush` of `faena:host/log@1.1.0`"),
    ] {
        let error = refused(&importing(import, function)).await;
        assert_eq!(error.to_string(), format!("the component imports {what}, {HAS}"));
        assert_eq!(error.code(), ErrorCode::ImportUnknown);
    }
}

#[tokio::test]
async fn functions_with_other_types() {
    // `write` takes a level and a message, and `run` a job; these take and return nothing.
    let error = refused(&[importing("faena:host/log@1.0.0", "write"), exporting_run(1)].concat()).await;
    assert!(
        error.to_string().starts_with("the component imports a function of `faena:host` with other types"),
        "{error}"
    );

    let error = refused(&[HEADER.to_vec(), exporting_run(0)].concat()).await;
    assert_eq!(
        error.to_string(),
        "the component does not export `run` of world `faena:host/job`: its parameters or its result have other types"
    );
}

async fn refused(bytes: &[u8]) -> HostError {
    probe::host().compile(&format!("{bytes:?}"), bytes).await.unwrap_err()
}

/// The first bytes of every component.
const HEADER: &[u8] = b"\0asm\x0d\0\x01\0";

/// A component that imports the interface `import`, with one function that takes and returns nothing.
fn importing(import: &str, function: &str) -> Vec<u8> {
    let function_type = [0x01, 0x40, 0x00, 0x01, 0x00];
    let export = [&[0x04, 0x00][..], &name(function), &[0x01, 0x00]].concat();
    let types = [&[0x01, 0x42, 0x02][..], &function_type, &export].concat();
    let imports = [&[0x01, 0x00][..], &name(import), &[0x05, 0x00]].concat();
    [HEADER, &section(7, &types), &section(10, &imports)].concat()
}

/// What follows to make a component export a `run` that takes and returns nothing; `types` is how many types it has yet.
fn exporting_run(types: u8) -> Vec<u8> {
    let core_sections = [
        section(1, &[1, 0x60, 0, 0]),
        section(3, &[1, 0]),
        section(7, b"\x01\x03run\0\0"),
        section(10, &[1, 2, 0, 0x0b]),
    ];
    let module = [b"\0asm\x01\0\0\0".to_vec(), core_sections.concat()].concat();
    let instance = [1, 0, 0, 0];
    let alias = [&[1, 0, 0, 1, 0][..], &name("run")].concat();
    let run_type = [1, 0x40, 0, 1, 0];
    let lift = [1, 0, 0, 0, 0, types];
    let export = [&[1, 0][..], &name("run"), &[1, 0, 0]].concat();
    let sections =
        [(1, &module[..]), (2, &instance[..]), (6, &alias), (7, &run_type[..]), (8, &lift[..]), (11, &export)];
    sections.into_iter().flat_map(|(id, content)| section(id, content)).collect()
}

fn name(text: &str) -> Vec<u8> {
    [&[u8::try_from(text.len()).unwrap()], text.as_bytes()].concat()
}

fn section(id: u8, content: &[u8]) -> Vec<u8> {
    [&[id, u8::try_from(content.len()).unwrap()], content].concat()
}
