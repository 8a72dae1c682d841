//! What `make demo` shows, in the order of [`scenes`]: a year of commissions, a plan that is refused, a module that never
//! ends, and the audit trail of all that.

mod calculate;
mod ledger;
mod random;
mod report;
mod scenes;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Result;
use faena_services::effective_uid;
use tokio_util::sync::CancellationToken;

use crate::config::Settings;
use crate::files;
use crate::output::{remark, say};
use crate::up::{self, FirstAdministrator, Plan, Running, bundled};

/// What to show.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// Where to keep everything; a temporary folder when absent.
    pub(crate) data_dir: Option<PathBuf>,
    /// Whether to go on running afterwards.
    pub(crate) keep: bool,
    /// Decides every payment.
    pub(crate) seed: u64,
    /// How much of it.
    pub(crate) size: Size,
    /// Logs.
    pub(crate) settings: Settings,
}

/// How large the ledger is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    /// Payments in all.
    pub(crate) payments: u32,
    /// People who sell.
    pub(crate) members: u32,
    /// Months.
    pub(crate) months: u32,
}

/// Shows everything; false when it was stopped before the end.
pub(crate) async fn run(options: &Options, stop: &CancellationToken) -> Result<bool> {
    let began = Instant::now();
    let dir = Dir::choose(options)?;
    say("==> Starting PostgreSQL, Redis, an orchestrator and a worker");
    let plan = Plan {
        data_dir: dir.path.clone(),
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        workers: 1,
        modules: true,
        admin_email: "admin@faena.local".to_owned(),
        settings: options.settings.clone(),
    };
    let Some(running) = stop.run_until_cancelled(up::start(&plan)).await.transpose()? else { return Ok(false) };
    say(&format!("    ready after {:.1} s at {}", began.elapsed().as_secs_f64(), running.file.url));
    let shown = stop.run_until_cancelled(show(options, &running)).await;
    let finished = matches!(shown, Some(Ok(())));
    if finished && options.keep {
        keep(&running, stop).await?;
    }
    running.stop().await;
    shown.transpose()?;
    if finished {
        say(&format!(
            "\nThe whole demonstration took {:.1} s. Nothing is left running.",
            began.elapsed().as_secs_f64()
        ));
        scenes::go_on(options.keep);
    }
    Ok(finished)
}

async fn show(options: &Options, running: &Running) -> Result<()> {
    for warning in &running.warnings {
        remark(&format!("warning: {warning}"));
    }
    say("==> Publishing, enabling and activating the modules `commissions` and `probe`");
    for name in ["commissions", "probe"] {
        bundled::ensure(&running.client, &bundled::find(name)?, running.signing_key()).await?;
    }
    scenes::commissions(options, &running.client).await?;
    scenes::refused_plan(&running.client).await?;
    scenes::endless_module(&running.client).await?;
    scenes::audit_trail(&running.client).await
}

async fn keep(running: &Running, stop: &CancellationToken) -> Result<()> {
    let dir = running.data_dir.display();
    say(&format!("\nFaena keeps running at {} until Ctrl-C. In another terminal:", running.file.url));
    say(&format!("    export FAENA_DATA_DIR={dir}"));
    if let Some(password) = &running.administrator.password {
        say(&format!("    # log in as {} with {password} (shown only this once)", running.administrator.email));
        FirstAdministrator::was_shown(&running.data_dir)?;
    }
    scenes::commands();
    stop.cancelled().await;
    Ok(())
}

/// The data folder; a temporary one is removed in the end.
struct Dir {
    path: PathBuf,
    is_temporary: bool,
}

impl Dir {
    fn choose(options: &Options) -> Result<Self> {
        if let Some(path) = &options.data_dir {
            return Ok(Self { path: path.clone(), is_temporary: false });
        }
        let path = std::env::temp_dir().join(up::random("faena-demo-", 6)?);
        // As root, PostgreSQL's user must be able to walk through.
        files::create_dir(&path, if effective_uid() == 0 { 0o755 } else { 0o700 })?;
        Ok(Self { path, is_temporary: true })
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        if self.is_temporary {
            remove(&self.path);
        }
    }
}

fn remove(path: &Path) {
    if let Err(error) = std::fs::remove_dir_all(path) {
        tracing::warn!(%error, path = %path.display(), "the folder of the demonstration could not be removed");
    }
}
