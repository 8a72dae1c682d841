//! Processes of the platform, as the operating system sees them.

use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// The binary under test, beside which the test binaries lie.
pub fn binary() -> PathBuf {
    let mut folder = std::env::current_exe().expect("a test has a path");
    while folder.pop() {
        let candidate = folder.join("faena");
        if candidate.is_file() {
            return candidate;
        }
    }
    panic!("there is no `faena` beside the tests: run `make build` first");
}

/// A child that is killed when it is dropped.
#[derive(Debug)]
pub struct Process(Child);

impl Process {
    /// Starts the binary with these arguments and variables.
    pub fn start(arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let child = Command::new(binary())
            .args(arguments)
            .envs(variables.iter().copied())
            .env("NO_COLOR", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::inherit())
            .spawn();
        Self(child.expect("the binary starts"))
    }

    /// Its id.
    pub fn id(&self) -> u32 {
        self.0.id()
    }

    /// Asks it to stop, as Ctrl-C does, and waits for its end.
    pub fn terminate(&mut self) -> ExitStatus {
        signal(self.id(), libc::SIGTERM);
        self.0.wait().expect("a child can be waited for")
    }

    /// Kills it without a word.
    pub fn kill(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if matches!(self.0.try_wait(), Ok(None)) {
            signal(self.id(), libc::SIGTERM);
            let deadline = Instant::now() + Duration::from_secs(20);
            while matches!(self.0.try_wait(), Ok(None)) && Instant::now() < deadline {
                std::thread::sleep(Duration::from_millis(20));
            }
            self.kill();
        }
    }
}

/// Kills a process without a word.
pub fn kill_9(pid: u32) {
    signal(pid, libc::SIGKILL);
}

#[expect(unsafe_code, reason = "std has no way to send a signal")]
fn signal(pid: u32, number: i32) {
    // SAFETY: kill(2) takes two integers and touches no memory of ours.
    unsafe {
        libc::kill(pid.try_into().expect("a pid fits"), number);
    }
}

/// Whether a process runs (a zombie does not).
pub fn is_alive(pid: u32) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| {
        !matches!(stat.rsplit(')').next().map(str::trim_start).and_then(|rest| rest.chars().next()), Some('Z' | 'X'))
    })
}

/// Every process below `root` whose command line holds `word`, with its id.
pub fn descendants(root: u32, word: &str) -> Vec<u32> {
    let parents: Vec<(u32, u32)> = std::fs::read_dir("/proc")
        .expect("Linux")
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter_map(|pid: u32| {
            let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
            Some((pid, stat.rsplit(')').next()?.split_whitespace().nth(1)?.parse().ok()?))
        })
        .collect();
    let mut found = Vec::new();
    let mut open = vec![root];
    while let Some(parent) = open.pop() {
        for (pid, _) in parents.iter().filter(|(_, of)| *of == parent) {
            open.push(*pid);
            let command = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            if String::from_utf8_lossy(&command).replace('\0', " ").contains(word) {
                found.push(*pid);
            }
        }
    }
    found
}

/// Waits until `condition` gives something, looking again and again up to a deadline.
pub async fn eventually<T>(what: &str, seconds: u64, mut condition: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(seconds);
    loop {
        if let Some(found) = condition().await {
            return found;
        }
        assert!(Instant::now() < deadline, "{what}: not within {seconds} s");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
