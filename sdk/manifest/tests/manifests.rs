//! Golden manifests: each `manifests/good_*.toml` parses, every other has the exact error of the `.err` file beside it.
//! `FAENA_BLESS=1` writes the `.err` files and the JSON Schema anew; read what changed before you commit it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test's helpers fail it by a panic, as the test itself does"
)]

use std::fs;
use std::path::{Path, PathBuf};

use faena_manifest::{Manifest, fields, manifest_json_schema};

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Compares with a checked-in file, or writes it when blessing.
fn same_as_file(path: &Path, actual: &str) -> Result<(), String> {
    if std::env::var_os("FAENA_BLESS").is_some() {
        fs::write(path, actual).unwrap();
    }
    let expected = fs::read_to_string(path).unwrap_or_default();
    let told =
        format!("{} is stale (FAENA_BLESS=1 rewrites it)\n expected {expected}\n   actual {actual}", path.display());
    if expected == actual { Ok(()) } else { Err(told) }
}

fn manifests(folder: &str) -> Vec<(String, String, PathBuf)> {
    let mut paths: Vec<_> = fs::read_dir(here(folder)).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    let read = |path: PathBuf| {
        (path.file_stem().unwrap().to_string_lossy().into_owned(), fs::read_to_string(&path).unwrap(), path)
    };
    paths.into_iter().map(read).collect()
}

#[test]
fn golden_manifests_parse_or_say_exactly_what_is_wrong() {
    let mut failures = Vec::new();
    for (name, text, path) in manifests("tests/manifests") {
        match Manifest::parse(&text) {
            Ok(_) if name.starts_with("good_") => {}
            Ok(_) => failures.push(format!("{name} parses but should not")),
            Err(error) if name.starts_with("good_") => failures.push(format!("{name}: {error}")),
            Err(error) => {
                let planned = error.code() == faena_contract::ErrorCode::FieldNotSupported;
                assert_eq!(planned, name.starts_with("planned_"), "{name}: {error}");
                let told = format!("{}: {error}\n", error.code());
                failures.extend(same_as_file(&path.with_extension("err"), &told).err());
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn every_refused_manifest_has_its_error_file_and_no_error_file_is_left_over() {
    for entry in fs::read_dir(here("tests/manifests")).unwrap() {
        let path = entry.unwrap().path();
        assert!(path.with_extension("toml").exists(), "{} has no manifest", path.display());
    }
}

#[test]
fn the_manifests_of_the_bundled_modules_parse_and_carry_their_file_name() {
    let all = manifests("../../manifests");
    assert!(all.len() >= 2);
    for (name, text, _) in all {
        let manifest = Manifest::parse(&text).unwrap_or_else(|error| panic!("{name}.toml: {error}"));
        assert_eq!(manifest.module.name.as_str(), name);
        let json = serde_json::to_value(&manifest).unwrap();
        assert_eq!(serde_json::from_value::<Manifest>(json).unwrap(), manifest);
    }
}

#[test]
fn the_json_schema_is_fresh_and_agrees_with_the_parser_about_the_golden_manifests() {
    let schema = manifest_json_schema();
    let text = format!("{}\n", serde_json::to_string_pretty(&schema).unwrap());
    same_as_file(&here("../../manifests/manifest.schema.json"), &text).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    // What a JSON Schema cannot say: unique names, what is left of a text without its spaces, and NaN.
    let parser_only = ["bad_job_twice", "bad_version_build", "bad_description_empty", "bad_timeout_nan"];
    for (name, text, _) in manifests("tests/manifests") {
        let Ok(toml) = toml::from_str::<toml::Table>(&text) else { continue };
        let fits = validator.is_valid(&serde_json::to_value(toml).unwrap());
        let expected = name.starts_with("good_") || parser_only.contains(&name.as_str());
        assert_eq!(fits, expected, "{name}");
    }
}

#[test]
fn every_example_of_the_field_list_parses() {
    let lines = |fields: &[fields::Field]| fields.iter().map(|field| field.example).collect::<Vec<_>>().join("\n");
    let (module, job) = (lines(fields::MODULE), lines(fields::JOB));
    Manifest::parse(&format!("[module]\n{module}\n[[job]]\n{job}\n[capabilities]\n")).unwrap();
}

#[test]
fn defaults_and_units() {
    let text = fs::read_to_string(here("../../manifests/probe.toml")).unwrap();
    let probe = Manifest::parse(&text).unwrap();
    let spin = probe.job("spin").unwrap();
    assert_eq!((spin.timeout_ms(), spin.cpu_ms(), spin.max_attempts()), (2_000, 1_000, 3));
    assert_eq!(probe.job("eat_memory").unwrap().memory_bytes(), 32 << 20);
    let echo = probe.job("echo").unwrap();
    assert_eq!((echo.timeout_ms(), echo.cpu_ms(), echo.memory_bytes()), (60_000, 10_000, 64 << 20));
    assert_eq!(probe.schema_paths().len(), 1);
    assert!(probe.job("nothing").is_none());
}

#[test]
fn a_manifest_that_is_too_long_or_too_deep_is_refused() {
    let long = format!("# {}\n", "x".repeat(300 << 10));
    assert!(Manifest::parse(&long).unwrap_err().to_string().contains("shorten it"));
    let deep = format!("config = {}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(Manifest::parse(&deep).is_err());
}
