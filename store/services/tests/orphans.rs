//! What remains when the process that started the servers is killed, and servers side by side.

#![allow(clippy::unwrap_used, reason = "what fails in a helper fails its test")]

mod support;

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use faena_services::{Postgres, Redis, TestServices};
use support::{Dir, eventually, redis, sql};

const HELPER_DIR: &str = "FAENA_SERVICES_TEST_HELPER_DIR";

/// Not a test: what the tests below run in a process of its own and kill.
#[test]
fn helper_process() {
    let Some(dir) = std::env::var_os(HELPER_DIR) else { return };
    let dir = Dir(PathBuf::from(dir));
    // From a thread that ends at once: the servers must live as long as the process, not as this thread.
    let start = std::thread::spawn(move || {
        let postgres = Postgres::start(&dir.postgres()).unwrap();
        let redis = Redis::start(&dir.redis()).unwrap();
        (dir, postgres, redis)
    });
    let (_dir, postgres, redis) = start.join().unwrap();
    sql(&postgres, "CREATE TABLE t (n int); INSERT INTO t VALUES (42)");
    println!("\nready {} {}", postgres.pid(), redis.pid());
    loop {
        std::thread::park();
    }
}

fn start_helper(dir: &Path) -> (Child, Vec<u32>) {
    let program = std::env::current_exe().unwrap();
    let mut command = Command::new(program);
    command.args(["--exact", "helper_process", "--nocapture"]).env(HELPER_DIR, dir).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let ready = lines.map(Result::unwrap).find(|line| line.starts_with("ready ")).unwrap();
    (child, ready.split(' ').skip(1).map(|pid| pid.parse().unwrap()).collect())
}

fn runs(pid: u32) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    status.contains("State:") && !status.contains("State:\tZ")
}

#[test]
fn servers_end_by_themselves_when_their_parent_is_killed() {
    let dir = Dir::new("orphans");
    let (mut helper, pids) = start_helper(&dir.0);
    assert!(pids.iter().all(|pid| runs(*pid)));
    helper.kill().unwrap();
    helper.wait().unwrap();
    for pid in pids {
        eventually("the server ends", || !runs(pid));
    }
}

#[test]
fn a_start_right_after_the_parent_was_killed_takes_over() {
    let dir = Dir::new("takeover");
    let (mut helper, pids) = start_helper(&dir.0);
    helper.kill().unwrap();
    helper.wait().unwrap();
    let postgres = Postgres::start(&dir.postgres()).unwrap();
    let queue = Redis::start(&dir.redis()).unwrap();
    assert_eq!(sql(&postgres, "SELECT n FROM t"), "42");
    assert_eq!(redis(&queue, &["PING"]), "PONG");
    assert!(pids.iter().all(|pid| !runs(*pid)));
}

#[test]
fn two_pairs_side_by_side_do_not_meet_and_leave_nothing() {
    let [one, two] =
        [(), ()].map(|()| std::thread::spawn(|| TestServices::start().unwrap())).map(|t| t.join().unwrap());
    sql(&one.postgres, "CREATE TABLE t ()");
    assert_eq!(sql(&two.postgres, "SELECT to_regclass('t') IS NULL"), "t");
    redis(&one.redis, &["SET", "a", "1"]);
    assert_eq!(redis(&two.redis, &["DBSIZE"]), "0");
    let (dir, pids) = (one.dir().to_owned(), [one.postgres.pid(), one.redis.pid()]);
    drop(one);
    assert!(!dir.exists());
    assert!(pids.iter().all(|pid| !runs(*pid)));
    assert_eq!(sql(&two.postgres, "SELECT 1"), "1");
}
