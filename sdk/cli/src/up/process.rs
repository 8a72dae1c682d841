//! One child process, known by pid and start time, since the kernel gives a pid to somebody else after a while.
//!
//! A child is told to end in two ways: SIGTERM, and the end of its standard input, a pipe that this process holds. The
//! pipe also closes when this process is killed, so no child outlives it.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use faena_services::{ProcessId, SIGKILL, SIGTERM, send_signal};

use super::until;
use crate::files;

/// How long what is left of an earlier run may take to end by itself, before it is killed.
const LEFTOVER: Duration = Duration::from_secs(15);

/// A running child.
pub(crate) struct Process {
    child: Child,
}

impl Process {
    /// Starts a child in a process group of its own, so that Ctrl-C in the terminal reaches this process alone.
    pub(crate) fn spawn(mut command: Command, pid_file: &Path) -> Result<Self> {
        let child = command.stdin(Stdio::piped()).process_group(0).spawn().context("start a process of Faena")?;
        if let Some(identity) = ProcessId::of(child.id()) {
            files::write_private(pid_file, &identity.to_text())?;
        }
        Ok(Self { child })
    }

    /// The process id.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// How it ended, if it did.
    pub(crate) fn exited(&mut self) -> Option<ExitStatus> {
        // Only somebody else's wait for our child could fail here, and nobody does that.
        self.child.try_wait().ok().flatten()
    }

    /// Asks it to end.
    pub(crate) fn ask_to_end(&mut self) {
        drop(self.child.stdin.take());
        if self.exited().is_none() {
            // It is our child and not reaped, so the pid is its own; a closed input says the same.
            let _ = send_signal(self.child.id(), SIGTERM);
        }
    }

    /// Waits until it has ended, and kills it when it takes too long.
    pub(crate) async fn end(mut self, patience: Duration) {
        self.ask_to_end();
        let deadline = Instant::now() + patience;
        while self.exited().is_none() && Instant::now() < deadline {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        if self.exited().is_none() {
            tracing::warn!(pid = self.pid(), "the process does not end, killing it");
            // A process that cannot be killed cannot be waited for either.
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// Ends what an earlier run left behind in this folder of identities.
pub(crate) async fn end_leftovers(run: &Path) -> Result<()> {
    let mut leftovers = Vec::new();
    for entry in fs::read_dir(run).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.extension().is_some_and(|extension| extension == "pid") {
            leftovers.extend(Leftover::find(path)?);
        }
    }
    for leftover in &leftovers {
        send_signal(leftover.identity.pid, SIGTERM)?;
    }
    for leftover in leftovers {
        leftover.end().await?;
    }
    Ok(())
}

struct Leftover {
    path: PathBuf,
    identity: ProcessId,
}

impl Leftover {
    fn find(path: PathBuf) -> Result<Option<Self>> {
        let identity = files::read_if_there(&path)?.and_then(|text| ProcessId::parse(&text));
        match identity.filter(|identity| identity.is_alive()) {
            Some(identity) => Ok(Some(Self { path, identity })),
            None => files::remove(&path).map(|()| None),
        }
    }

    async fn end(self) -> Result<()> {
        tracing::warn!(pid = self.identity.pid, "waiting for a process that an earlier run left behind");
        let gone = async || Ok((!self.identity.is_alive()).then_some(()));
        if until(LEFTOVER, gone).await?.is_none() {
            send_signal(self.identity.pid, SIGKILL)?;
            until(LEFTOVER, gone).await?;
        }
        files::remove(&self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sleeper() -> Command {
        let mut command = Command::new("sleep");
        command.arg("60");
        command
    }

    #[tokio::test]
    async fn a_leftover_is_ended_and_an_innocent_process_is_not() {
        let run = tempfile::tempdir().unwrap();
        let mut leftover = Process::spawn(sleeper(), &run.path().join("worker-1.pid")).unwrap();
        let mut innocent = Process::spawn(sleeper(), &run.path().join("innocent.tmp")).unwrap();
        let reused = format!("{}-1", innocent.pid());
        files::write_private(&run.path().join("orchestrator.pid"), &reused).unwrap();
        end_leftovers(run.path()).await.unwrap();
        assert!(leftover.exited().is_some());
        assert!(innocent.exited().is_none());
        assert!(!run.path().join("worker-1.pid").exists() && !run.path().join("orchestrator.pid").exists());
        innocent.end(Duration::from_secs(5)).await;
    }

    #[tokio::test]
    async fn a_child_that_reads_ends_when_its_input_does() {
        let run = tempfile::tempdir().unwrap();
        let mut child = Process::spawn(Command::new("cat"), &run.path().join("cat.pid")).unwrap();
        drop(child.child.stdin.take());
        let ended = until(Duration::from_secs(5), async || Ok(child.exited())).await.unwrap();
        assert!(ended.is_some_and(|status| status.success()));
    }
}
