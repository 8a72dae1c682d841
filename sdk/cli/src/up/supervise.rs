//! What keeps a Faena running: one loop that looks at every process and starts again what has died.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::Result;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::Plan;
use super::child::Child;
use super::data_dir::DataDir;
use super::secrets::Secrets;
use super::servers::Servers;
use crate::config::Settings;
use crate::files;
use crate::session::ClientFile;

/// How often the loop looks; a poll of a process costs microseconds.
const LOOK: Duration = Duration::from_millis(100);

/// How long it looks away after an error of its own, such as a full disk, so as not to fill the log with it.
const PAUSE: Duration = Duration::from_secs(2);

/// Seconds that running jobs may go on when Faena stops. What is cut off then runs again at the next start.
const GRACE_S: u32 = 5;

/// How long a child may take to end after that.
const PATIENCE: Duration = Duration::from_secs(15);

/// Every process of a Faena.
pub(crate) struct Supervisor {
    dir: DataDir,
    settings: Settings,
    servers: Servers,
    orchestrator: Child,
    workers: Vec<Child>,
}

impl Supervisor {
    /// Writes what the children are told; starts none of them.
    pub(crate) fn new(dir: DataDir, plan: &Plan, servers: Servers, secrets: &Secrets) -> Result<Self> {
        let given = plan.settings.clone();
        let settings = Settings {
            jwt_key_file: Some(secrets.jwt_key_file()),
            dev_mode: Some(true),
            grace_s: given.grace_s.or(Some(GRACE_S)),
            log_format: given.log_format.clone().or_else(|| Some("json".to_owned())),
            listen: None,
            worker_listen: None,
            ..given
        };
        let orchestrator = Child::orchestrator(&dir, plan.listen);
        let workers = (1..=plan.workers).map(|number| Child::worker(&dir, number)).collect();
        let supervisor = Self { dir, settings, servers, orchestrator, workers };
        supervisor.write_config()?;
        Ok(supervisor)
    }

    /// The data folder.
    pub(crate) fn data_dir(&self) -> PathBuf {
        self.dir.path.clone()
    }

    /// PostgreSQL as the role with the fewest rights, and Redis.
    pub(crate) fn urls(&self) -> (String, String) {
        (self.servers.urls.client.clone(), self.servers.urls.redis.clone())
    }

    /// Starts the children and waits until each one is ready; gives the address of the API.
    pub(crate) async fn first_start(&mut self, patience: Duration) -> Result<SocketAddr> {
        let deadline = Instant::now() + patience;
        loop {
            self.look().await?;
            let listen = self.orchestrator.ready()?;
            let mut waiting = listen.is_none().then_some(&self.orchestrator);
            for worker in &mut self.workers {
                if worker.ready()?.is_none() {
                    waiting = Some(worker);
                }
            }
            match (listen, waiting) {
                (Some(listen), None) => return Ok(listen),
                (_, Some(child)) if Instant::now() >= deadline => {
                    return Err(child.not_ready(&format!("it was not ready within {} s", patience.as_secs())));
                }
                (_, Some(child)) => child.check_hope()?,
                (None, None) => {}
            }
            tokio::time::sleep(LOOK / 4).await;
        }
    }

    /// Keeps everything running until `cancel`, then stops it. `client.json` follows the addresses once it is published.
    pub(crate) async fn run(mut self, cancel: CancellationToken, published: watch::Receiver<Option<ClientFile>>) {
        let mut pause = LOOK;
        while !cancel.is_cancelled() {
            tokio::select! {
                () = cancel.clone().cancelled_owned() => break,
                () = tokio::time::sleep(pause) => {}
            }
            pause = LOOK;
            let done = match self.look().await {
                Ok(true) => self.tell(&published),
                Ok(false) => Ok(()),
                Err(error) => Err(error),
            };
            if let Err(error) = done {
                tracing::error!(error = format!("{error:#}"), "the supervision of Faena met an error and goes on");
                pause = PAUSE;
            }
        }
        self.stop().await;
    }

    /// Starts again what has died, the databases first; true when a database has another address now.
    async fn look(&mut self) -> Result<bool> {
        let moved = self.servers.revive().await;
        if moved {
            self.write_config()?;
            self.orchestrator.ask_to_end();
            self.workers.iter_mut().for_each(Child::ask_to_end);
        }
        self.orchestrator.tick()?;
        for worker in &mut self.workers {
            worker.tick()?;
        }
        Ok(moved)
    }

    fn tell(&self, published: &watch::Receiver<Option<ClientFile>>) -> Result<()> {
        let Some(mut file) = published.borrow().clone() else { return Ok(()) };
        (file.database_url, file.redis_url) = self.urls();
        file.write(&self.dir.path)
    }

    fn write_config(&self) -> Result<()> {
        let urls = &self.servers.urls;
        let mut settings = Settings { redis_url: Some(urls.redis.clone()), ..self.settings.clone() };
        if urls.roles.own_logins {
            // The owner's login stays with this process.
            settings.database_url = None;
            settings.database_api_url = Some(urls.roles.api.clone());
            settings.database_dispatcher_url = Some(urls.roles.dispatcher.clone());
            settings.database_worker_url = Some(urls.roles.worker.clone());
            settings.database_authenticator_url = Some(urls.roles.authenticator.clone());
        }
        let text = format!("# Written by `faena up` at every start.\n{}", toml::to_string(&settings)?);
        files::write_private(&self.dir.config(), &text)
    }

    /// Stops everything: workers first, so that they can still say how their jobs ended, and the databases last.
    pub(crate) async fn stop(mut self) {
        let removed = ClientFile::remove(&self.dir.path);
        self.workers.iter_mut().for_each(Child::ask_to_end);
        let mut stopped = vec![removed];
        for worker in self.workers {
            stopped.push(worker.stop(PATIENCE).await);
        }
        stopped.push(self.orchestrator.stop(PATIENCE).await);
        self.servers.stop().await;
        for error in stopped.into_iter().filter_map(Result::err) {
            tracing::error!(error = format!("{error:#}"), "Faena did not stop as it should");
        }
    }
}
