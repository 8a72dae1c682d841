//! Rules of the source tree that no compiler checks.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use faena_contract::ErrorCode;
use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Every file that git tracks with one of these endings.
fn tracked(endings: &[&str]) -> Vec<(String, String)> {
    let output = Command::new("git").args(["ls-files"]).current_dir(root()).output().unwrap();
    let names = String::from_utf8(output.stdout).unwrap();
    let wanted = names.lines().filter(|name| endings.iter().any(|ending| name.ends_with(ending)));
    wanted.filter_map(|name| Some((name.to_owned(), std::fs::read_to_string(root().join(name)).ok()?))).collect()
}

/// Who may depend on whom inside the workspace (ARCHITECTURE.md, "Map"): anything not listed is not allowed.
const ALLOWED: &[(&str, &[&str])] = &[
    ("faena-contract", &[]),
    ("faena-manifest", &["faena-contract"]),
    ("faena-telemetry", &[]),
    ("faena-services", &[]),
    ("faena-client", &["faena-contract"]),
    ("faena-queue", &["faena-contract"]),
    ("faena-store", &["faena-contract"]),
    ("faena-host", &["faena-contract"]),
    ("faena-orchestrator", &["faena-contract", "faena-manifest", "faena-queue", "faena-store", "faena-telemetry"]),
    (
        "faena-worker",
        &["faena-contract", "faena-host", "faena-manifest", "faena-queue", "faena-store", "faena-telemetry"],
    ),
];

/// Which crates may use what is worth keeping in one place.
const ONLY: &[(&str, &[&str])] = &[
    ("sqlx", &["faena-store", "faena-tests"]),
    ("redis", &["faena-queue", "faena-tests"]),
    ("apalis-core", &["faena-queue"]),
    ("apalis-redis", &["faena-queue"]),
    ("axum", &["faena-orchestrator", "faena-worker"]),
    ("wasmtime", &["faena-host"]),
];

#[test]
fn dependencies_point_one_way() {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--locked"])
        .current_dir(root())
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    for package in metadata["packages"].as_array().unwrap() {
        let name = package["name"].as_str().unwrap();
        let dependencies: Vec<&str> = package["dependencies"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|dependency| dependency["kind"].is_null())
            .map(|dependency| dependency["name"].as_str().unwrap())
            .collect();
        if let Some((_, allowed)) = ALLOWED.iter().find(|(of, _)| *of == name) {
            let ours = dependencies.iter().filter(|dependency| dependency.starts_with("faena-"));
            let wrong: Vec<_> = ours.filter(|dependency| !allowed.contains(dependency)).collect();
            assert!(wrong.is_empty(), "{name} must not depend on {wrong:?}");
        }
        for (library, users) in ONLY {
            assert!(!dependencies.contains(library) || users.contains(&name), "{name} must not use {library}");
        }
    }
}

#[test]
fn every_error_code_has_its_page_and_every_page_its_code() {
    let pages: BTreeSet<String> = std::fs::read_dir(root().join("deploy/errors"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap().trim_end_matches(".md").to_owned())
        .collect();
    let codes: BTreeSet<String> = ErrorCode::ALL.iter().map(|code| code.as_str().to_owned()).collect();
    assert_eq!(pages, codes);
    for code in ErrorCode::ALL {
        let page = std::fs::read_to_string(root().join(format!("deploy/errors/{code}.md"))).unwrap();
        assert_eq!(page.lines().next().unwrap(), format!("# {code}: {}", code.title()));
        for part in ["**What it means.**", "**What to do.**", "**En español.**"] {
            assert!(page.contains(part), "{code} lacks {part}");
        }
    }
}

#[test]
fn every_error_code_is_used() {
    let sources = tracked(&[".rs"]);
    for code in ErrorCode::ALL {
        let (variant, text) = (format!("{code:?}"), format!("\"{code}\""));
        let used = sources
            .iter()
            .filter(|(name, _)| !name.contains("tests/") && !name.ends_with("error_code.rs"))
            .any(|(_, source)| source.contains(&variant) || source.contains(&text));
        assert!(used, "{code} ({code:?}) is in the registry and nowhere else");
    }
}

#[test]
fn every_statement_file_is_used() {
    let sources = tracked(&[".rs"]);
    for (name, _) in tracked(&[".sql"]) {
        let file = name.rsplit('/').next().unwrap();
        let migration = name.starts_with("migrations/0");
        let used = sources.iter().any(|(_, source)| source.contains(&format!("{file}\"")));
        assert!(migration || used, "{name} is used by nobody");
    }
}

#[test]
fn files_stay_short_enough_to_read() {
    for (name, text) in tracked(&[".rs", ".sql", ".sh"]) {
        let without_tests = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        assert!(
            without_tests.lines().count() <= 500,
            "{name} has {} lines: split it by use case",
            without_tests.lines().count()
        );
    }
}

#[test]
fn every_crate_opens_with_a_map() {
    for (name, text) in tracked(&["/src/lib.rs", "/src/main.rs"]) {
        assert!(text.starts_with("//! "), "{name} does not say what the crate is for");
    }
}

#[test]
fn links_of_the_documentation_lead_somewhere() {
    for (name, text) in tracked(&[".md"]) {
        let folder = root().join(&name).parent().unwrap().to_owned();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let path = link.split('#').next().unwrap();
            let outside = path.is_empty() || path.contains("://") || path.starts_with("mailto:");
            assert!(outside || folder.join(path).exists(), "{name} links to {link}");
        }
    }
}
