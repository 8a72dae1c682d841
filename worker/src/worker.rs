//! Puts the parts of a worker together, and takes them apart again.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use faena_contract::WorkerId;
use faena_host::{Host, HostConfig};
use faena_queue::{Consumer, Events, Link, Producer};
use faena_store::{PoolSize, Worker};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, error, info, info_span};

use crate::announcer::{self, Announcer};
use crate::claimer::Claimer;
use crate::crew::Crew;
use crate::guests::Guests;
use crate::http::{self, Status};
use crate::lease_keeper::LeaseKeeper;
use crate::leases::Leases;
use crate::log_writer::LogWriter;
use crate::logs::Logs;
use crate::pipeline::Parts;
use crate::recorder::{Outbox, Recorder};
use crate::versions::Versions;
use crate::{WorkerConfig, WorkerError, cancels};

/// Claims, finishes, logs and look-ups of code at once; the leases have connections of their own.
const CONNECTIONS: PoolSize = PoolSize(6);
/// Compiled versions that are kept.
const VERSIONS: NonZeroUsize = NonZeroUsize::MIN.saturating_add(63);
/// What the consumer gets to put back what it has popped; it gives up a silent Redis by itself a little earlier.
const INTAKE_ENDS_WITHIN: Duration = Duration::from_secs(12);
/// What a stopped module gets to notice; it looks every 10 ms.
const GUESTS_STOP_WITHIN: Duration = Duration::from_secs(3);
/// What the last records get.
const RECORDS_END_WITHIN: Duration = Duration::from_secs(5);

/// Runs a worker until `shutdown`: then it takes no more jobs, gives those that run `grace` to end, hands back the
/// others and returns. An error is about the worker itself, never about a job.
pub async fn run(config: WorkerConfig, shutdown: CancellationToken) -> Result<(), WorkerError> {
    config.check()?;
    start_and_stop(config, shutdown).await
}

/// The same for tests, which may ask for leases that run out.
pub(crate) async fn start_and_stop(mut config: WorkerConfig, shutdown: CancellationToken) -> Result<(), WorkerError> {
    let on_ready = config.on_ready.take();
    let me = WorkerId::new();
    let span = info_span!("worker", worker.id = %me);
    async {
        let mut running = Running::start(&config, me, shutdown.child_token()).await?;
        let (slots, address) = (config.slots, running.address);
        info!(slots, %address, "worker {me} takes jobs into {slots} slots and answers on {address}");
        if let Some(on_ready) = on_ready {
            // Whoever asked may not care any more.
            let _ = on_ready.send(address);
        }
        let end = running.until(&shutdown).await;
        running.stop(config.grace).await;
        info!("worker {me} has ended");
        end
    }
    .instrument(span)
    .await
}

/// A worker at work.
struct Running {
    address: SocketAddr,
    parts: Arc<Parts>,
    guests: Guests,
    store: Worker,
    /// Brings jobs in; ends with `stop`.
    front: Crew,
    /// Takes their endings; ends when the parts are dropped.
    back: Crew,
    /// Looks on; ends when it is dropped.
    side: Crew,
    keeper: oneshot::Receiver<()>,
    keeper_stop: CancellationToken,
    stop: CancellationToken,
    last_call: CancellationToken,
}

impl Running {
    async fn start(config: &WorkerConfig, me: WorkerId, stop: CancellationToken) -> Result<Self, WorkerError> {
        let metrics = faena_telemetry::metrics_recorder().map_err(WorkerError::Metrics)?;
        let link = Link::open(&config.queue).map_err(WorkerError::Queue)?;
        let store = Worker::connect(&config.database, CONNECTIONS).await.map_err(WorkerError::Database)?;
        let listener = listen(config.listen).await?;
        let address = listener.local_addr().map_err(|source| not_listening(config.listen, source))?;
        let host = HostConfig { modules_kept: VERSIONS };
        let host = Arc::new(Host::new(host).map_err(WorkerError::Host)?);
        let guests = Guests::start()?;
        let (leases, keeper_stop) = (Leases::new(config.lease_ttl), CancellationToken::new());
        let keeper = LeaseKeeper {
            database: config.database.clone(),
            me,
            leases: Arc::clone(&leases),
            ttl: config.lease_ttl,
            renew_every: config.renew_every,
        };
        let keeper = keeper.start(keeper_stop.clone()).await?;

        let (mut front, mut back, mut side) = (Crew::default(), Crew::default(), Crew::default());
        let slots = Arc::new(Semaphore::new(config.slots));
        let events = Events::new(link.clone());
        let last_call = CancellationToken::new();
        let (logs, signals) = Logs::new();
        let (outbox, endings) = Outbox::new();
        let (announcer, announcements) = Announcer::new();
        let versions = Versions::new(store.clone(), Arc::clone(&host), VERSIONS);
        let parts = Arc::new(Parts { me, host, leases: Arc::clone(&leases), versions, logs, outbox });

        back.spawn("log writer", LogWriter::new(store.clone()).run(signals));
        back.spawn("announcer", announcer::publish(events.clone(), announcements));
        let recorder =
            Recorder { store: store.clone(), me, leases: Arc::clone(&leases), announcer, last_call: last_call.clone() };
        back.spawn("recorder", recorder.run(endings));
        side.spawn("cancel watcher", cancels::watch(events, store.clone(), me, leases));
        let status = Status {
            store: store.clone(),
            link: link.clone(),
            slots: Arc::clone(&slots),
            metrics,
            stopping: stop.clone(),
        };
        side.spawn("health and metrics server", http::serve(listener, status));
        let (intake, deliveries) = mpsc::channel(config.slots);
        let claimer = Claimer {
            parts: Arc::clone(&parts),
            store: store.clone(),
            ttl: config.lease_ttl,
            guests: guests.spawner(),
            slots: Arc::clone(&slots),
            producer: Producer::new(link.clone()),
            stop: stop.clone(),
        };
        front.spawn("claimer", claimer.run(deliveries));
        let consumer = Consumer::new(link, slots, intake);
        front.spawn("queue consumer", consume(consumer, stop.clone()));
        Ok(Self { address, parts, guests, store, front, back, side, keeper, keeper_stop, stop, last_call })
    }

    /// Waits for the shutdown, or for a part that ends before its time.
    async fn until(&mut self, shutdown: &CancellationToken) -> Result<(), WorkerError> {
        let part = tokio::select! {
            biased;
            () = shutdown.cancelled() => return Ok(()),
            part = self.front.next_end() => part,
            part = self.back.next_end() => part,
            part = self.side.next_end() => part,
            _ = &mut self.keeper => "lease keeper",
        };
        error!("the {part} of the worker ended by itself; the worker stops");
        Err(WorkerError::PartEnded(part))
    }

    /// Nothing more comes in; what runs ends or is handed back; what ended is recorded; then the parts go.
    async fn stop(mut self, grace: Duration) {
        self.stop.cancel();
        self.front.ended(INTAKE_ENDS_WITHIN).await;
        if !self.guests.idle(grace).await {
            info!("jobs are still running after {grace:?}; they are handed back");
            self.parts.leases.drain();
            self.guests.idle(GUESTS_STOP_WITHIN).await;
        }
        self.last_call.cancel();
        drop((self.front, self.parts));
        self.back.ended(RECORDS_END_WITHIN).await;
        self.keeper_stop.cancel();
        drop(self.side);
        self.store.close().await;
    }
}

async fn consume(consumer: Consumer, stop: CancellationToken) {
    if let Err(error) = consumer.run(stop).await {
        error!(error = &error as &dyn std::error::Error, "the queue consumer ended: {error}");
    }
}

async fn listen(address: SocketAddr) -> Result<TcpListener, WorkerError> {
    TcpListener::bind(address).await.map_err(|source| not_listening(address, source))
}

fn not_listening(address: SocketAddr, source: std::io::Error) -> WorkerError {
    WorkerError::Listen { address, source }
}
