//! A running server: starting it on a free port, asking whether it runs, ending it.

use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::home::Home;
use crate::process::{ProcessId, wait_until};
use crate::{ServiceError, free_port, port, spawn, sys};

/// Signals to end a server with, each with how long it may take.
pub(crate) type Ending = &'static [(i32, Duration)];

/// How often a start is tried again because somebody else took the port in between.
const PORT_ATTEMPTS: u32 = 5;

/// What the two servers do differently when they are started.
pub(crate) struct Launch<'a> {
    pub(crate) service: &'static str,
    pub(crate) home: &'a Home,
    /// How long the server may take until it is ready.
    pub(crate) patience: Duration,
    /// How the server is ended: by `stop` and by drop; the first signal is also what it gets when we die.
    pub(crate) ending: Ending,
    /// The command that serves on a port, without its output.
    pub(crate) command: &'a dyn Fn(u16) -> Result<Command, ServiceError>,
    /// Whether the server with this port and pid takes connections.
    pub(crate) is_ready: &'a dyn Fn(u16, u32) -> bool,
}

impl Launch<'_> {
    /// Starts the server and waits until it is ready; tells the port it got.
    pub(crate) fn run(&self) -> Result<(Server, u16), ServiceError> {
        let deadline = Instant::now() + self.patience;
        let no_port = |error: io::Error| ServiceError::start(self.service, format!("no free port: {error}"));
        let mut port = port::preferably(self.home.last_port()).map_err(no_port)?;
        let mut port_attempts = 1;
        loop {
            let failure = match self.attempt(port, deadline)? {
                Ok(server) => {
                    self.home.write("port", &port.to_string())?;
                    return Ok((server, port));
                }
                Err(failure) => failure,
            };
            if failure.log.contains("Address already in use") && port_attempts < PORT_ATTEMPTS {
                port_attempts += 1;
                port = free_port().map_err(no_port)?;
            } else if failure.log.contains("pre-existing shared memory block") && Instant::now() < deadline {
                // The sessions of a killed PostgreSQL notice within moments that their server is gone.
                thread::sleep(Duration::from_millis(100));
            } else {
                return Err(ServiceError::StartFailed {
                    service: self.service,
                    reason: failure.reason,
                    log: failure.log,
                });
            }
        }
    }

    fn attempt(&self, port: u16, deadline: Instant) -> Result<Result<Server, Failure>, ServiceError> {
        let (log, log_start) = self.home.open_log()?;
        let mut command = (self.command)(port)?;
        let errors = log.try_clone().map_err(ServiceError::file("open", &self.home.dir))?;
        command.stdout(log).stderr(errors);
        let server = Server::spawn(self.service, command, self.ending, self.home)?;
        let mut ended = None;
        let ready = wait_until(deadline.saturating_duration_since(Instant::now()), || {
            ended = server.exited();
            ended.is_some() || (self.is_ready)(port, server.pid())
        });
        let reason = match ended {
            None if ready => return Ok(Ok(server)),
            None => format!("it was not ready within {} s", self.patience.as_secs()),
            Some(status) => format!("it ended at once ({status})"),
        };
        // Ended first, so that its last words are in the log.
        server.stop()?;
        Ok(Err(Failure { reason, log: self.home.log_since(log_start) }))
    }
}

struct Failure {
    reason: String,
    log: String,
}

/// A child that serves. Dropping it ends it.
#[derive(Debug)]
pub(crate) struct Server {
    service: &'static str,
    pid: u32,
    child: Mutex<Child>,
    ending: Ending,
}

impl Server {
    fn spawn(service: &'static str, mut command: Command, ending: Ending, home: &Home) -> Result<Self, ServiceError> {
        // A process group of its own: Ctrl-C in the terminal is for us, who then stop the servers last.
        command.stdin(Stdio::null()).process_group(0);
        let death_signal = ending.first().map_or(sys::SIGKILL, |(signal, _)| *signal);
        let child = spawn::spawn(command, death_signal)
            .map_err(|error| ServiceError::start(service, format!("it cannot be executed: {error}")))?;
        let server = Self { service, pid: child.id(), child: Mutex::new(child), ending };
        if let Some(id) = ProcessId::of(server.pid) {
            let path = home.pid_file();
            id.write(&path).map_err(ServiceError::file("write", &path))?;
        }
        Ok(server)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.pid
    }

    /// How the server ended, if it did; does not wait.
    pub(crate) fn exited(&self) -> Option<ExitStatus> {
        // Only somebody else's wait for our child could fail here, and nobody does that.
        self.child().try_wait().ok().flatten()
    }

    /// Waits until the server ends by itself or by another thread's `stop`.
    pub(crate) fn wait(&self) -> ExitStatus {
        loop {
            if let Some(status) = self.exited() {
                return status;
            }
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Ends the server as its kind wants it.
    pub(crate) fn stop(&self) -> Result<(), ServiceError> {
        self.end(self.ending)
    }

    /// Ends the server with other signals than usual.
    pub(crate) fn end(&self, signals: &[(i32, Duration)]) -> Result<(), ServiceError> {
        for (signal, patience) in signals {
            self.signal(*signal)?;
            if wait_until(*patience, || self.exited().is_some()) {
                return Ok(());
            }
            tracing::warn!(service = self.service, pid = self.pid, signal, "the server does not end, trying harder");
        }
        Err(ServiceError::start(self.service, format!("the server {} does not end", self.pid)))
    }

    /// The child is held meanwhile, so that nobody reaps it and its pid stays its own.
    fn signal(&self, signal: i32) -> Result<(), ServiceError> {
        let mut child = self.child();
        match child.try_wait() {
            Ok(Some(_)) => Ok(()),
            _ => sys::send_signal(self.pid, signal)
                .map_err(|error| ServiceError::start(self.service, format!("cannot signal {}: {error}", self.pid))),
        }
    }

    fn child(&self) -> MutexGuard<'_, Child> {
        self.child.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Err(error) = self.stop() {
            tracing::error!(service = self.service, pid = self.pid, %error, "a server was left running");
        }
    }
}

/// A command that sees nothing of our environment, which may hold secrets and settings of other servers (`PG...`).
pub(crate) fn clean_command(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.env_clear().env("LC_ALL", "C.UTF-8");
    for kept in ["PATH", "LD_LIBRARY_PATH"] {
        if let Some(value) = std::env::var_os(kept) {
            command.env(kept, value);
        }
    }
    command
}
