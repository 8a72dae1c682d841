//! Starting and stopping an orchestrator.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use faena_queue::{Events, Link, Producer, QueueConfig, QueueError};
use faena_store::{Api, Authenticator, Dispatcher, PoolSize, StoreError};
use faena_telemetry::TelemetryError;
use thiserror::Error;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::admission::{Gate, Relay, RelayTask};
use crate::app::{App, SharedApp};
use crate::auth::{AuthError, LoginThrottle, Passwords, Principals, TokenKeys};
use crate::config::OrchestratorConfig;
use crate::jobs::{Catalog, Waiters};
use crate::reconcile::{self, Wakers};
use crate::router::router;

/// How long open requests may take once shutdown began.
const GRACE: Duration = Duration::from_secs(10);

/// Why an orchestrator did not start, or stopped.
#[derive(Debug, Error)]
pub enum OrchestratorError {
    /// The database refused.
    #[error("the database is not ready for an orchestrator")]
    Database(#[from] StoreError),
    /// The configuration of Redis is wrong. That Redis does not answer is no error.
    #[error("the configuration of Redis")]
    Queue(#[from] QueueError),
    /// The signing key is wrong.
    #[error("the signing key of access tokens")]
    Auth(#[from] AuthError),
    /// Metrics could not be set up.
    #[error("metrics")]
    Telemetry(#[from] TelemetryError),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// Serving failed.
    #[error("serving requests")]
    Serve(#[source] std::io::Error),
}

/// Runs an orchestrator until `shutdown`; `on_ready` gets the address that it listens on.
pub async fn run(
    config: OrchestratorConfig,
    shutdown: CancellationToken,
    on_ready: impl FnOnce(SocketAddr),
) -> Result<(), OrchestratorError> {
    let listen = |source| OrchestratorError::Listen { address: config.listen, source };
    let listener = TcpListener::bind(config.listen).await.map_err(listen)?;
    let (app, relay) = assemble(&config).await?;
    let tasks = TaskTracker::new();
    // The relay outlives the loops and the requests, so that what they hand over last still goes out.
    let relay_shutdown = CancellationToken::new();
    let relay = tokio::spawn(relay.run(relay_shutdown.clone()));
    reconcile::start(&app, &tasks, &shutdown);
    let address = listener.local_addr().map_err(listen)?;
    tracing::info!(%address, "the orchestrator listens on {address}");
    on_ready(address);
    serve(listener, app, &shutdown).await?;
    tasks.close();
    tasks.wait().await;
    relay_shutdown.cancel();
    let _ = relay.await;
    tracing::info!("the orchestrator stopped");
    Ok(())
}

async fn assemble(config: &OrchestratorConfig) -> Result<(SharedApp, RelayTask), OrchestratorError> {
    let mut queue = QueueConfig::new(&config.redis_url);
    queue.namespace.clone_from(&config.namespace);
    let link = Link::open(&queue)?;
    let producer = Producer::new(link.clone());
    let (relay, relay_task) = Relay::new(producer.clone());
    let app = App {
        api: Api::connect(&config.database, PoolSize(config.database_connections)).await?,
        dispatcher: Dispatcher::connect(&config.database, PoolSize(5)).await?,
        authenticator: Authenticator::connect(&config.database, PoolSize(5)).await?,
        producer,
        events: Events::new(link),
        keys: TokenKeys::from_pem(&config.jwt_key_pem)?,
        passwords: Passwords::new()?,
        logins: LoginThrottle::default(),
        principals: Principals::new(),
        catalog: Catalog::new(),
        waiters: Waiters::default(),
        gate: Gate::default(),
        relay,
        wakers: Wakers::default(),
        metrics: faena_telemetry::metrics_recorder()?,
        dev_mode: config.dev_mode,
    };
    Ok((Arc::new(app), relay_task))
}

async fn serve(listener: TcpListener, app: SharedApp, shutdown: &CancellationToken) -> Result<(), OrchestratorError> {
    use axum::serve::ListenerExt;
    // Small answers leave at once: Nagle's algorithm would hold some of them back for 40 ms.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY was refused");
        }
    });
    let service = router(app).into_make_service_with_connect_info::<SocketAddr>();
    let stopping = shutdown.clone();
    let serving = axum::serve(listener, service).with_graceful_shutdown(async move { stopping.cancelled().await });
    let deadline = async {
        shutdown.cancelled().await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        served = serving => served.map_err(OrchestratorError::Serve),
        () = deadline => Ok(()),
    }
}
