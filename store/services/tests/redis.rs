//! The private Redis, on the installed one.

mod support;

use std::net::{Ipv4Addr, TcpListener};

use faena_services::{Redis, RedisConfig, ServiceError};
use support::{Dir, Stranger, redis};

#[test]
fn a_restart_keeps_data_port_and_password() {
    let dir = Dir::new("redis-restart");
    let first = Redis::start(&dir.redis()).unwrap();
    let url = first.url();
    assert_eq!(redis(&first, &["SET", "answer", "42"]), "OK");
    assert_eq!(redis(&first, &["CONFIG", "GET", "maxmemory-policy"]), "maxmemory-policy\nnoeviction");
    first.stop().unwrap();
    assert!(!first.is_running());
    drop(first);
    let second = Redis::start(&dir.redis()).unwrap();
    assert_eq!(second.url(), url);
    assert_eq!(redis(&second, &["GET", "answer"]), "42");
}

#[test]
fn a_killed_server_comes_back() {
    let dir = Dir::new("redis-killed");
    let first = Redis::start(&dir.redis()).unwrap();
    first.kill().unwrap();
    assert!(!first.wait().success());
    drop(first);
    let second = Redis::start(&dir.redis()).unwrap();
    assert_eq!(redis(&second, &["PING"]), "PONG");
}

#[test]
fn a_taken_port_is_not_insisted_on() {
    let dir = Dir::new("redis-port");
    let first = Redis::start(&dir.redis()).unwrap();
    let port = first.port();
    drop(first);
    let _other = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap();
    let second = Redis::start(&dir.redis()).unwrap();
    assert_ne!(second.port(), port);
}

#[test]
fn a_folder_in_use_and_a_missing_program_are_told_apart() {
    let dir = Dir::new("redis-errors");
    let config = RedisConfig { bin_dir: Some(dir.0.clone()), ..dir.redis() };
    assert_eq!(Redis::start(&config).unwrap_err().code(), "FAE-0705");
    let _first = Redis::start(&dir.redis()).unwrap();
    let error = Redis::start(&dir.redis()).unwrap_err();
    assert!(matches!(error, ServiceError::DataDirInUse { .. }), "{error}");
}

#[test]
fn a_leftover_is_ended_and_a_stranger_with_its_pid_is_not() {
    let dir = Dir::new("redis-leftover");
    drop(Redis::start(&dir.redis()).unwrap());
    let pid_file = dir.redis().data_dir.join("server.pid");
    let mut process = Stranger::new();
    std::fs::write(&pid_file, format!("{}-{}", process.0.id(), process.start_time() + 1)).unwrap();
    drop(Redis::start(&dir.redis()).unwrap());
    assert!(process.is_running());
    std::fs::write(&pid_file, format!("{}-{}", process.0.id(), process.start_time())).unwrap();
    drop(Redis::start(&dir.redis()).unwrap());
    assert!(!process.is_running());
}
