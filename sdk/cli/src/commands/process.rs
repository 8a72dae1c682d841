//! What `faena orchestrator` and `faena worker` have in common: flags, logs, and being told to stop.

use std::io::Read;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use faena_telemetry::{Guard, LogFormat};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use toml::{Table, Value};

use crate::config::Settings;
use crate::files;

/// How long a process may take to end after the one that started it is gone.
const ORPHAN: Duration = Duration::from_secs(12);

/// Flags of both processes.
#[derive(Debug, clap::Args)]
pub(crate) struct ProcessArgs {
    /// Address and port to listen on; port 0 picks a free one
    #[arg(long, value_name = "ADDR:PORT")]
    pub(crate) listen: Option<SocketAddr>,
    /// File with settings (TOML)
    #[arg(long, value_name = "FILE", env = "FAENA_CONFIG")]
    pub(crate) config: Option<PathBuf>,
    /// File to write the address to, once ready
    #[arg(long, hide = true, value_name = "FILE")]
    ready_file: Option<PathBuf>,
    /// End when standard input ends, as it does when the process that started this one is gone
    #[arg(long, hide = true)]
    supervised: bool,
}

impl ProcessArgs {
    /// All settings; `listen_key` is the key that `--listen` sets.
    pub(crate) fn settings(&self, listen_key: &str, mut flags: Table) -> Result<Settings> {
        if let Some(listen) = self.listen {
            flags.insert(listen_key.to_owned(), Value::String(listen.to_string()));
        }
        Settings::load(self.config.as_deref(), flags)
    }

    /// Is told to stop by SIGINT, SIGTERM or the end of a supervised process' input.
    pub(crate) fn shutdown(&self) -> Result<CancellationToken> {
        let token = CancellationToken::new();
        on_signal(token.clone())?;
        if self.supervised {
            let orphaned = token.clone();
            std::thread::Builder::new().name("faena-parent".to_owned()).spawn(move || end_with_input(&orphaned))?;
        }
        Ok(token)
    }

    /// Where to write the address, for the process that waits for it.
    pub(crate) fn ready_file(&self) -> Option<PathBuf> {
        self.ready_file.clone()
    }
}

/// Writes where the process listens into a file, if somebody waits for it. The process itself logs it.
pub(crate) fn announce(address: SocketAddr, ready_file: Option<&Path>) {
    let written = ready_file.map_or(Ok(()), |path| files::write_private(path, &address.to_string()));
    if let Err(error) = written {
        tracing::error!(error = format!("{error:#}"), "the address could not be written");
    }
}

/// Starts the log: text for a person who looks on, JSON otherwise.
pub(crate) fn telemetry(settings: &Settings, service: &'static str) -> Result<Guard> {
    let is_watched = std::io::IsTerminal::is_terminal(&std::io::stderr());
    let usual = if is_watched { LogFormat::Text } else { LogFormat::Json };
    Ok(faena_telemetry::init(&settings.telemetry(service, usual)?)?)
}

/// Cancels at the first SIGINT or SIGTERM; a second one ends the process at once.
pub(crate) fn on_signal(token: CancellationToken) -> Result<()> {
    let mut interrupt = signal(SignalKind::interrupt()).context("listen for SIGINT")?;
    let mut terminate = signal(SignalKind::terminate()).context("listen for SIGTERM")?;
    tokio::spawn(async move {
        tokio::select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {} }
        token.cancel();
        tokio::select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {} }
        std::process::exit(130);
    });
    Ok(())
}

fn end_with_input(token: &CancellationToken) {
    let mut buffer = [0; 64];
    let mut input = std::io::stdin().lock();
    while input.read(&mut buffer).is_ok_and(|length| length > 0) {}
    token.cancel();
    std::thread::sleep(ORPHAN);
    // Whoever would wait is gone; what hangs must not stay.
    std::process::exit(1);
}
