//! What is told about components without running them.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test's helpers fail it by a panic, as the test itself does"
)]

mod support;

use faena_contract::capability::Capability;
use faena_manifest::component::{Host, check_imports_on};
use faena_manifest::{ComponentError, ComponentInfo, Manifest, check_imports, inspect, limits};
use support::{COMPONENT, MANIFEST};

fn inspect_text(text: &str) -> Result<ComponentInfo, ComponentError> {
    inspect(&wat::parse_str(text).unwrap())
}

/// The component with another import in place of its own.
fn importing(name: &str) -> ComponentInfo {
    inspect_text(&COMPONENT.replace("faena:host/log@1.0.0", name)).unwrap()
}

fn refusal(name: &str) -> (String, String) {
    let error = check_imports(&importing(name), &Manifest::parse(MANIFEST).unwrap()).unwrap_err();
    (error.code().to_string(), error.to_string())
}

#[test]
fn a_job_component_is_described() {
    let info = inspect_text(COMPONENT).unwrap();
    assert_eq!(info.exports, ["run"]);
    assert_eq!(info.functions, 1);
    let [import] = info.imports.as_slice() else { panic!("one import, not {:?}", info.imports) };
    assert_eq!((import.package.as_str(), import.interface.as_str()), ("faena:host", "log"));
    assert_eq!(import.version, Some(semver::Version::new(1, 0, 0)));
    assert_eq!(import.functions, ["flush"]);
    check_imports(&info, &Manifest::parse(MANIFEST).unwrap()).unwrap();
}

/// What a world with `use types.{context}` compiles to.
#[test]
fn a_type_of_an_imported_interface_is_no_import_of_its_own() {
    let types = r#"(component
      (import "faena:host/types@1.0.0" (instance $types
        (type $context (record (field "attempt" u32)))
        (export "context" (type (eq $context)))))
      (alias export $types "context" (type $context))
      (import "context" (type (eq $context)))"#;
    let info = inspect_text(&COMPONENT.replace("(component", types)).unwrap();
    let names: Vec<_> = info.imports.iter().map(|import| import.name.as_str()).collect();
    assert_eq!(names, ["faena:host/types@1.0.0", "faena:host/log@1.0.0"]);
    check_imports(&info, &Manifest::parse(MANIFEST).unwrap()).unwrap();
    // A resource would have to come from the host.
    let resource = r#"(component (import "thing" (type (sub resource)))"#;
    let info = inspect_text(&COMPONENT.replace("(component", resource)).unwrap();
    assert!(check_imports(&info, &Manifest::parse(MANIFEST).unwrap()).is_err());
}

#[test]
fn what_is_no_job_component_is_refused_by_what_it_is() {
    assert_eq!(inspect(b"hello"), Err(ComponentError::NotWasm));
    assert_eq!(inspect(b""), Err(ComponentError::NotWasm));
    assert_eq!(inspect_text("(module)"), Err(ComponentError::CoreModule));
    assert_eq!(inspect_text("(component)"), Err(ComponentError::NoRun));
    // An instance that is called `run`, and a function of that name that is not at the top.
    let instance = r#"(component (instance $i) (export "run" (instance $i)))"#;
    assert_eq!(inspect_text(instance), Err(ComponentError::NoRun));
    let inner = format!("(component {COMPONENT})");
    assert_eq!(inspect_text(&inner), Err(ComponentError::NoRun));
    assert_eq!(ComponentError::NoRun.code().as_str(), "FAE-0311");
}

#[test]
fn invalid_and_switched_off_webassembly_is_refused() {
    let mut cut = wat::parse_str(COMPONENT).unwrap();
    cut.truncate(cut.len() - 3);
    assert!(matches!(inspect(&cut), Err(ComponentError::Invalid { .. })));
    for core in [
        "(func (result i32))",
        "(memory 1 1 shared)",
        "(memory i64 1)",
        "(memory 1) (memory 1)",
        "(func (param v128 v128 v128) (result v128) local.get 0 local.get 1 local.get 2 f32x4.relaxed_madd)",
    ] {
        let text = COMPONENT.replace("(core module $m", &format!("(core module $m {core}"));
        assert!(matches!(inspect_text(&text), Err(ComponentError::Invalid { .. })), "{core}");
    }
    for core in ["(memory 1)", "(func (param i32) (result i32) local.get 0 i32.extend8_s)", "(func return_call 0)"] {
        let text = COMPONENT.replace("(func (export \"run\"))", &format!("(func (export \"run\")) {core}"));
        inspect_text(&text).unwrap();
    }
}

#[test]
fn limits_hold() {
    let functions = "(func)".repeat(limits::FUNCTIONS as usize);
    let many = COMPONENT.replace("(core module $m", &format!("(core module $m {functions}"));
    assert_eq!(inspect_text(&many), Err(ComponentError::TooManyFunctions { limit: limits::FUNCTIONS }));
    let nested = |levels: usize| format!("(component {}{})", "(component ".repeat(levels), ")".repeat(levels));
    assert_eq!(inspect_text(&nested(limits::NESTING)), Err(ComponentError::NoRun));
    assert_eq!(inspect_text(&nested(limits::NESTING + 1)), Err(ComponentError::TooDeep { limit: limits::NESTING }));
    let large = vec![0; limits::COMPONENT_BYTES + 1];
    assert!(matches!(inspect(&large), Err(ComponentError::TooLarge { .. })));
}

#[test]
fn wasi_is_refused_with_the_target_to_build_for() {
    let error = inspect_text(&COMPONENT.replace("faena:host/log@1.0.0", "wasi:cli/environment@0.2.0")).unwrap_err();
    assert_eq!(error.code().as_str(), "FAE-0306");
    let told =
        "the component imports `wasi:cli/environment@0.2.0`; modules have no WASI, so build for wasm32-unknown-unknown";
    assert_eq!(error.to_string(), told);
}

#[test]
fn imports_that_the_host_lacks_are_named_with_what_it_offers() {
    let told = "the component imports `faena:host/telepathy@1.0.0`, which this host does not have; \
                it offers faena:host@1.0.0: types, log, progress, clock, random";
    assert_eq!(refusal("faena:host/telepathy@1.0.0"), ("FAE-0306".to_owned(), told.to_owned()));
    for name in ["acme:host/log@1.0.0", "faena:host/log@2.0.0", "faena:host/log@1.1.0", "faena:host/log", "log"] {
        assert_eq!(refusal(name).0, "FAE-0306", "{name}");
    }
    assert!(refusal("faena:host/log@1.7.0").1.contains("this host offers faena:host 1.0.0"));
    // A patch is no question of compatibility.
    check_imports(&importing("faena:host/log@1.0.9"), &Manifest::parse(MANIFEST).unwrap()).unwrap();
}

#[test]
fn a_capability_needs_its_line_in_the_manifest() {
    let http = Capability { name: "http", since: (1, 1), granted: true };
    let host = Host { abi: (1, 1, 0), capabilities: &[http] };
    let info = importing("faena:host/http@1.1.0");
    let error = check_imports_on(&host, &info, |_| false).unwrap_err();
    assert_eq!(error.code().as_str(), "FAE-0305");
    assert!(error.to_string().ends_with("add `[capabilities.http]` to it"), "{error}");
    check_imports_on(&host, &info, |name| name == "http").unwrap();
}

#[test]
fn a_manifest_for_another_abi_is_refused() {
    let manifest = Manifest::parse(&MANIFEST.replace("^1.0", "^2.0")).unwrap();
    let error = check_imports(&inspect_text(COMPONENT).unwrap(), &manifest).unwrap_err();
    assert_eq!(error.code().as_str(), "FAE-0306");
    assert!(error.to_string().contains("abi = \"^2.0\""), "{error}");
}
