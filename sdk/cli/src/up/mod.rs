//! A whole Faena on one machine: `faena up`, and beneath `faena demo`.
//!
//! Start at [`start`]: the steps of a start, in their order. `data_dir.rs` is the folder, `secrets.rs` what in it nobody
//! else may read, `servers.rs` the private PostgreSQL and Redis, `install.rs` the database and the first administrator,
//! `child.rs` one orchestrator or worker, `supervise.rs` what keeps all of them running, `bundled.rs` the modules that
//! come with Faena.
//!
//! Invariants: one `up` a data folder (its lock); a child ends when this process does, however it ends (its standard input
//! closes), and what outlived an earlier `up` is ended before anything starts; `client.json` is there only while Faena is
//! ready.

pub(crate) mod bundled;
mod child;
mod data_dir;
mod install;
mod process;
mod secrets;
mod servers;
mod supervise;

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::Result;
use faena_client::Client;
use faena_contract::ErrorCode;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::config::Settings;
use crate::failure::Failure;
use crate::session::ClientFile;
use data_dir::DataDir;
use install::Installation;
use secrets::Secrets;
use servers::Servers;
use supervise::Supervisor;

pub(crate) use install::FirstAdministrator;
pub(crate) use secrets::random;

/// How long the first answer of the orchestrator and the workers may take.
const READY: Duration = Duration::from_secs(60);

/// What to start.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// Where everything of this Faena is kept.
    pub(crate) data_dir: PathBuf,
    /// Where the API listens; port 0 picks a free one.
    pub(crate) listen: SocketAddr,
    /// Worker processes.
    pub(crate) workers: usize,
    /// Whether to install the modules that come with Faena.
    pub(crate) modules: bool,
    /// E-mail address of the first administrator.
    pub(crate) admin_email: String,
    /// Databases of somebody else, slots and logs.
    pub(crate) settings: Settings,
}

/// A Faena that runs. [`Running::stop`] ends it.
pub(crate) struct Running {
    /// Talks to it as the first administrator.
    pub(crate) client: Client,
    /// What scripts are told.
    pub(crate) file: ClientFile,
    /// The data folder, as an absolute path.
    pub(crate) data_dir: PathBuf,
    /// The first administrator.
    pub(crate) administrator: FirstAdministrator,
    /// What went not as it should and keeps nothing from running.
    pub(crate) warnings: Vec<String>,
    signing_key: faena_manifest::SigningKey,
    cancel: CancellationToken,
    supervisor: JoinHandle<()>,
}

/// Starts everything and waits until it is ready.
pub(crate) async fn start(plan: &Plan) -> Result<Running> {
    let dir = DataDir::open(&plan.data_dir)?;
    ClientFile::remove(&dir.path)?;
    process::end_leftovers(&dir.run()).await?;
    check_address(plan.listen)?;
    let secrets = Secrets::open(&dir)?;
    let servers = Servers::start(&dir, &plan.settings, &secrets).await?;
    let installation = Installation::prepare(&servers, &secrets, &plan.admin_email).await?;
    let mut supervisor = Supervisor::new(dir, plan, servers, &secrets)?;
    let ready = supervisor.first_start(READY).await;
    let listen = match ready {
        Ok(listen) => listen,
        Err(error) => {
            supervisor.stop().await;
            return Err(error);
        }
    };
    finish(plan, supervisor, &installation, &secrets, listen).await
}

/// From the first answer to ready: the token, the supervision, the modules, `client.json`.
async fn finish(
    plan: &Plan,
    supervisor: Supervisor,
    installation: &Installation,
    secrets: &Secrets,
    listen: SocketAddr,
) -> Result<Running> {
    let url = format!("http://{}", reachable(listen));
    let data_dir = supervisor.data_dir();
    let (database_url, redis_url) = supervisor.urls();
    let cancel = CancellationToken::new();
    let (publish, published) = tokio::sync::watch::channel(None);
    let supervisor = tokio::spawn(supervisor.run(cancel.clone(), published));
    let mut running = Running {
        client: Client::new(&url, None, Some(&installation.organization.to_string()))?,
        file: ClientFile {
            url,
            organization: installation.organization.to_string(),
            token: String::new(),
            database_url,
            redis_url,
        },
        data_dir,
        administrator: installation.administrator.clone(),
        warnings: Vec::new(),
        signing_key: secrets.module_key()?,
        cancel,
        supervisor,
    };
    match settle(plan, &mut running, installation, secrets).await {
        Ok(()) => {
            // From now on the supervisor keeps the file true.
            publish.send_replace(Some(running.file.clone()));
            Ok(running)
        }
        Err(error) => {
            running.stop().await;
            Err(error)
        }
    }
}

async fn settle(plan: &Plan, running: &mut Running, installation: &Installation, secrets: &Secrets) -> Result<()> {
    let token = installation.token(&running.client, secrets).await?;
    running.client = running.client.with_token(&token);
    running.file.token = token;
    if plan.modules {
        running.warnings = bundled::install(running, secrets).await?;
    }
    running.file.write(&running.data_dir)
}

impl Running {
    /// The development key, with which packages are signed that this Faena trusts.
    pub(crate) fn signing_key(&self) -> &faena_manifest::SigningKey {
        &self.signing_key
    }

    /// Stops everything, the databases last.
    pub(crate) async fn stop(self) {
        self.cancel.cancel();
        if let Err(error) = self.supervisor.await {
            tracing::error!(%error, "the supervisor ended badly");
        }
    }
}

/// Finds out at once, not from a log of a child, that somebody else listens there.
fn check_address(listen: SocketAddr) -> Result<()> {
    match TcpListener::bind(listen) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
            Err(Failure::new(ErrorCode::AddressInUse, format!("Something listens on {listen} already.")).into())
        }
        Err(error) => Err(Failure::invalid(format!("Cannot listen on {listen}: {error}.")).into()),
    }
}

/// An address to connect to for one to listen on: "any" is no place to go.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let mut address = listen;
    if listen.ip().is_unspecified() {
        address.set_ip(match listen {
            SocketAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
        });
    }
    address
}

/// Asks until `ask` gives an answer, or the time is up.
pub(crate) async fn until<T>(patience: Duration, mut ask: impl AsyncFnMut() -> Result<Option<T>>) -> Result<Option<T>> {
    let deadline = Instant::now() + patience;
    loop {
        if let Some(answer) = ask().await? {
            return Ok(Some(answer));
        }
        if Instant::now() >= deadline {
            return Ok(None);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_in_use_has_its_code() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let error = check_address(taken.local_addr().unwrap()).unwrap_err();
        assert_eq!(Failure::of(&error).code, "FAE-0709");
    }

    #[test]
    fn nobody_is_sent_to_the_address_of_everywhere() {
        assert_eq!(reachable("0.0.0.0:7070".parse().unwrap()).to_string(), "127.0.0.1:7070");
        assert_eq!(reachable("[::]:7070".parse().unwrap()).to_string(), "[::1]:7070");
        assert_eq!(reachable("10.0.0.1:7070".parse().unwrap()).to_string(), "10.0.0.1:7070");
    }
}
