//! The private PostgreSQL, on the installed one.

mod support;

use std::os::unix::fs::PermissionsExt;

use faena_services::{Postgres, PostgresConfig, ServiceError};
use support::{Dir, Stranger, sql, sql_at};

#[test]
fn a_restart_keeps_data_port_and_password() {
    let dir = Dir::new("restart");
    let first = Postgres::start(&dir.postgres()).unwrap();
    let url = first.superuser_url();
    sql(&first, "CREATE TABLE t (n int); INSERT INTO t VALUES (42)");
    assert!(first.is_running());
    first.stop().unwrap();
    assert!(!first.is_running());
    drop(first);

    let second = Postgres::start(&dir.postgres()).unwrap();
    assert_eq!(second.superuser_url(), url);
    assert_eq!(sql(&second, "SELECT n FROM t"), "42");
}

#[test]
fn the_settings_are_what_faena_counts_on() {
    let dir = Dir::new("settings");
    let config = PostgresConfig { durable: true, ..dir.postgres() };
    let postgres = Postgres::start(&config).unwrap();
    let shown = |name: &str| sql(&postgres, &format!("SHOW {name}"));
    assert_eq!(shown("fsync"), "on");
    assert_eq!(shown("synchronous_commit"), "on");
    assert_eq!(shown("full_page_writes"), "on");
    assert_eq!(shown("data_checksums"), "on");
    assert_eq!(shown("server_encoding"), "UTF8");
    assert_eq!(shown("max_connections"), "200");
    assert_eq!(shown("shared_buffers"), "16MB");
    assert_eq!(shown("jit"), "off");
    assert_eq!(shown("listen_addresses"), "127.0.0.1");
}

#[test]
fn it_asks_for_the_password_on_tcp_and_on_the_socket() {
    let dir = Dir::new("password");
    let postgres = Postgres::start(&dir.postgres()).unwrap();
    let wrong = postgres.url_for("faena_root", "wrong", "postgres");
    let socket = format!("host={} port={} user=faena_root", postgres.socket_dir().display(), postgres.port());
    for target in [wrong, socket.clone()] {
        let answer = std::process::Command::new("psql").args(["-w", &target, "-c", "SELECT 1"]).output().unwrap();
        assert!(!answer.status.success(), "no password was asked for");
    }
    let password = std::fs::read_to_string(postgres.home().join("password")).unwrap();
    assert_eq!(sql_at(&format!("{socket} password={password} dbname=postgres"), "SELECT 1"), "1");
    for (name, mode) in [("password", 0o600), ("server.log", 0o600), ("pgdata", 0o700)] {
        let found = std::fs::metadata(postgres.home().join(name)).unwrap().permissions().mode();
        assert_eq!(found & 0o777, mode, "{name}");
    }
    assert_eq!(std::fs::metadata(postgres.socket_dir()).unwrap().permissions().mode() & 0o777, 0o700);
}

#[test]
fn a_killed_server_comes_back_with_its_data() {
    let dir = Dir::new("killed");
    let first = Postgres::start(&dir.postgres()).unwrap();
    sql(&first, "CREATE TABLE t (n int); INSERT INTO t VALUES (42)");
    first.kill().unwrap();
    assert!(!first.is_running());
    drop(first);
    let second = Postgres::start(&dir.postgres()).unwrap();
    assert_eq!(sql(&second, "SELECT n FROM t"), "42");
}

#[test]
fn a_folder_in_use_is_refused() {
    let dir = Dir::new("in-use");
    let first = Postgres::start(&dir.postgres()).unwrap();
    let error = Postgres::start(&dir.postgres()).unwrap_err();
    assert!(matches!(error, ServiceError::DataDirInUse { .. }), "{error}");
    assert_eq!(error.code(), "FAE-0706");
    assert_eq!(sql(&first, "SELECT 1"), "1");
}

#[test]
fn a_missing_program_says_what_to_install() {
    let dir = Dir::new("missing");
    let config = PostgresConfig { bin_dir: Some(dir.0.clone()), ..dir.postgres() };
    let error = Postgres::start(&config).unwrap_err();
    assert_eq!(error.code(), "FAE-0705");
    assert!(error.to_string().contains("deploy/setup.sh"), "{error}");
}

#[test]
fn a_server_that_cannot_start_shows_its_log() {
    let dir = Dir::new("broken");
    drop(Postgres::start(&dir.postgres()).unwrap());
    let config = PostgresConfig { max_connections: 0, ..dir.postgres() };
    let error = Postgres::start(&config).unwrap_err();
    assert_eq!(error.code(), "FAE-0707");
    assert!(error.to_string().contains("max_connections"), "{error}");
}

#[test]
fn a_stranger_with_the_old_pid_is_left_alone() {
    let dir = Dir::new("stranger");
    let first = Postgres::start(&dir.postgres()).unwrap();
    let data = first.home().join("pgdata");
    let home = first.home().to_owned();
    let pid_file = std::fs::read_to_string(data.join("postmaster.pid")).unwrap();
    let old = first.pid().to_string();
    first.kill().unwrap();
    drop(first);
    let mut stranger = Stranger::new();
    let new = stranger.0.id().to_string();
    std::fs::write(data.join("postmaster.pid"), pid_file.replacen(&old, &new, 1)).unwrap();
    std::fs::write(home.join("server.pid"), format!("{new}-{}", stranger.start_time() + 1)).unwrap();

    let second = Postgres::start(&dir.postgres()).unwrap();
    assert_eq!(sql(&second, "SELECT 1"), "1");
    assert!(stranger.is_running());
}

#[test]
fn a_long_path_gets_a_short_socket() {
    let dir = Dir::new("long");
    let mut config = dir.postgres();
    config.data_dir = dir.0.join("x".repeat(120)).join("it's here");
    let postgres = Postgres::start(&config).unwrap();
    assert!(postgres.socket_dir().as_os_str().len() < 50);
    assert!(postgres.socket_dir().join(format!(".s.PGSQL.{}", postgres.port())).exists());
    let socket_dir = postgres.socket_dir().to_owned();
    drop(postgres);
    std::fs::remove_dir(socket_dir).unwrap();
}

/// Root's own folders are closed to the user that PostgreSQL runs as.
#[test]
fn data_below_a_closed_folder_go_elsewhere_for_root_and_stay_there() {
    let dir = Dir::new("closed");
    std::fs::set_permissions(&dir.0, std::fs::Permissions::from_mode(0o700)).unwrap();
    let first = Postgres::start(&dir.postgres()).unwrap();
    let home = first.home().to_owned();
    sql(&first, "CREATE TABLE t (n int); INSERT INTO t VALUES (42)");
    drop(first);
    std::fs::set_permissions(&dir.0, std::fs::Permissions::from_mode(0o755)).unwrap();
    let second = Postgres::start(&dir.postgres()).unwrap();
    assert_eq!(second.home(), home);
    assert_eq!(sql(&second, "SELECT n FROM t"), "42");
    drop(second);
    if !home.starts_with(&dir.0) {
        std::fs::remove_dir_all(home).unwrap();
    }
}
