//! The command line as people and programs use it.

use std::process::{Command, Output};
use std::sync::Arc;

use faena_tests::{Platform, binary};
use serde_json::{Value, json};

use crate::shared;

shared! {
    a_job_from_submit_to_logs,
    errors_have_codes_and_exit_codes,
    tables_are_for_people_and_json_for_programs,
}

fn faena(platform: &Platform, arguments: &[&str]) -> Output {
    Command::new(binary())
        .args(arguments)
        .env("FAENA_URL", &platform.api.url)
        .env("FAENA_TOKEN", &platform.api.token)
        .env("NO_COLOR", "1")
        .current_dir(platform.folder())
        .output()
        .unwrap()
}

fn json_of(output: &Output) -> Value {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stdout)))
}

async fn a_job_from_submit_to_logs(platform: Arc<Platform>) {
    let submitted = json_of(&faena(
        &platform,
        &[
            "--json",
            "job",
            "submit",
            "probe",
            "log",
            "--payload",
            r#"{"level": "info", "message": "hola desde el módulo"}"#,
            "--wait",
            "30",
            "--tag",
            "cli",
        ],
    ));
    assert_eq!(submitted["status"], "COMPLETED", "{submitted}");
    let id = submitted["id"].as_str().unwrap();
    let logs = faena(&platform, &["job", "logs", id]);
    assert!(String::from_utf8_lossy(&logs.stdout).contains("hola desde el módulo"), "{logs:?}");
    let shown = json_of(&faena(&platform, &["--json", "job", "show", id]));
    assert_eq!(shown["tags"], json!(["cli"]));
    let followed = faena(
        &platform,
        &[
            "job",
            "submit",
            "probe",
            "fail",
            "--payload",
            r#"{"code": "NO_SALE", "message": "nothing sold"}"#,
            "--max-attempts",
            "1",
            "--follow",
        ],
    );
    assert_eq!(followed.status.code(), Some(1), "a followed job that fails makes the command fail");
    let all = [followed.stdout, followed.stderr].concat();
    assert!(String::from_utf8_lossy(&all).contains("NO_SALE"), "{}", String::from_utf8_lossy(&all));
}

async fn errors_have_codes_and_exit_codes(platform: Arc<Platform>) {
    let check = |arguments: &[&str], exit: i32, code: &str| {
        let output = faena(&platform, arguments);
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(exit), "{arguments:?}: {error}");
        assert!(error.contains(code), "{arguments:?}: {error}");
    };
    check(&["job", "show", &uuid::Uuid::now_v7().to_string()], 3, "FAE-0405");
    check(&["job", "submit", "probe", "echo", "--payload", "[]"], 4, "FAE-0404");
    check(&["module", "show", "nothing"], 3, "FAE-0308");
    check(&["job", "fly"], 2, "");
    let unreachable = Command::new(binary())
        .args(["job", "list"])
        .env("FAENA_URL", "http://127.0.0.1:9")
        .env("FAENA_TOKEN", "x")
        .output()
        .unwrap();
    assert_eq!(unreachable.status.code(), Some(5));
    assert!(String::from_utf8_lossy(&unreachable.stderr).contains("FAE-0703"));
}

async fn tables_are_for_people_and_json_for_programs(platform: Arc<Platform>) {
    platform.api.run("noop", json!({}), 30).await;
    let table =
        String::from_utf8(faena(&platform, &["job", "list", "--module", "probe", "--state", "COMPLETED"]).stdout)
            .unwrap();
    assert!(table.contains("COMPLETED") && table.contains("noop"), "{table}");
    let list = json_of(&faena(&platform, &["--json", "job", "list", "--limit", "1"]));
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
    let modules = String::from_utf8(faena(&platform, &["module", "list"]).stdout).unwrap();
    assert!(modules.contains("probe") && modules.contains("ENABLED"), "{modules}");
    let evil = platform.api.run("panic", json!({ "message": "\u{1b}[31mred\u{202e}" }), 30).await;
    let shown = String::from_utf8(faena(&platform, &["job", "show", evil["id"].as_str().unwrap()]).stdout).unwrap();
    assert!(!shown.contains('\u{1b}') && !shown.contains('\u{202e}'), "{shown:?}");
}
