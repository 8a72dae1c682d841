//! One orchestrator or worker of this Faena: started as this very program, started again when it ends.

use std::env;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use faena_contract::ErrorCode;

use super::data_dir::DataDir;
use super::process::Process;
use crate::config;
use crate::failure::Failure;
use crate::files;

/// A log longer than this is set aside at the next start.
const LOG_LIMIT: u64 = 16 << 20;

/// The pauses before a child is started again double between these two.
const SHORTEST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(10);

/// A child that lived this long did not fail at its start, and counts anew.
const STEADY: Duration = Duration::from_secs(10);

/// Failed starts after which the first start of all is given up.
const HOPELESS: u32 = 3;

/// What one child is and how it is doing.
pub(crate) struct Child {
    name: String,
    role: &'static str,
    /// Where it listens; fixed once it got a port.
    listen: SocketAddr,
    /// Whether it keeps the port that it got at first.
    keeps_port: bool,
    config: PathBuf,
    log: PathBuf,
    ready_file: PathBuf,
    pid_file: PathBuf,
    process: Option<(Process, Instant)>,
    failures: u32,
    next_start: Instant,
}

impl Child {
    /// The orchestrator, whose address others remember.
    pub(crate) fn orchestrator(dir: &DataDir, listen: SocketAddr) -> Self {
        Self::new(dir, "orchestrator".to_owned(), "orchestrator", listen, true)
    }

    /// A worker; any port will do each time.
    pub(crate) fn worker(dir: &DataDir, number: usize) -> Self {
        let listen = SocketAddr::from(([127, 0, 0, 1], 0));
        Self::new(dir, format!("worker-{number}"), "worker", listen, false)
    }

    fn new(dir: &DataDir, name: String, role: &'static str, listen: SocketAddr, keeps_port: bool) -> Self {
        Self {
            role,
            listen,
            keeps_port,
            config: dir.config(),
            log: dir.logs().join(format!("{name}.log")),
            ready_file: dir.run().join(format!("{name}.address")),
            pid_file: dir.run().join(format!("{name}.pid")),
            name,
            process: None,
            failures: 0,
            next_start: Instant::now(),
        }
    }

    /// Notices an end, and starts the child when its time has come.
    pub(crate) fn tick(&mut self) -> Result<()> {
        let now = Instant::now();
        if let Some((process, since)) = &mut self.process {
            let Some(status) = process.exited() else { return Ok(()) };
            self.failures = if since.elapsed() >= STEADY { 1 } else { self.failures + 1 };
            let pause = SHORTEST.saturating_mul(1 << (self.failures - 1).min(10)).min(LONGEST);
            tracing::warn!(name = self.name, pid = process.pid(), %status, "{} ended, starting it again", self.name);
            self.next_start = now + pause;
            self.process = None;
        }
        if now >= self.next_start { self.start() } else { Ok(()) }
    }

    fn start(&mut self) -> Result<()> {
        files::remove(&self.ready_file)?;
        let log = files::open_log(&self.log, LOG_LIMIT)?;
        let mut command = Command::new(env::current_exe().context("find the program itself")?);
        command.arg(self.role).arg("--config").arg(&self.config).arg("--listen").arg(self.listen.to_string());
        command.arg("--ready-file").arg(&self.ready_file).arg("--supervised");
        command.stdout(log.try_clone().context("open the log")?).stderr(log);
        for (key, _) in config::KEYS {
            // The file says it all; the environment would beat it.
            command.env_remove(config::variable(key));
        }
        self.process = Some((Process::spawn(command, &self.pid_file)?, Instant::now()));
        Ok(())
    }

    /// The address that the child listens on, once it is ready.
    pub(crate) fn ready(&mut self) -> Result<Option<SocketAddr>> {
        let text = files::read_if_there(&self.ready_file)?;
        let Some(address) = text.and_then(|text| text.trim().parse().ok()) else { return Ok(None) };
        if self.keeps_port {
            self.listen = address;
        }
        Ok(Some(address))
    }

    /// Fails when the child ended again and again before it was ever ready.
    pub(crate) fn check_hope(&self) -> Result<()> {
        if self.failures < HOPELESS { Ok(()) } else { Err(self.not_ready("it ended at once, several times")) }
    }

    /// The error of a child that does not get ready, with the end of its log.
    pub(crate) fn not_ready(&self, reason: &str) -> anyhow::Error {
        let log = files::read_if_there(&self.log).ok().flatten().unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        let end = lines.get(lines.len().saturating_sub(8)..).unwrap_or_default().join("\n  ");
        let detail = format!("{} did not start: {reason}. The end of {}:\n  {end}", self.name, self.log.display());
        Failure::new(ErrorCode::ServiceFailed, detail).into()
    }

    /// Asks the process to end; `tick` starts it anew, with the settings of then.
    pub(crate) fn ask_to_end(&mut self) {
        if let Some((process, _)) = &mut self.process {
            process.ask_to_end();
        }
    }

    /// Ends the process for good.
    pub(crate) async fn stop(mut self, patience: Duration) -> Result<()> {
        if let Some((process, _)) = self.process.take() {
            process.end(patience).await;
        }
        files::remove(&self.ready_file)?;
        files::remove(&self.pid_file)
    }
}
