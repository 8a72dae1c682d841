//! Why a worker does not start, or ends by itself.

use std::net::SocketAddr;

use faena_host::HostError;
use faena_queue::QueueError;
use faena_store::StoreError;
use faena_telemetry::TelemetryError;

/// Why a worker does not start, or ends by itself. Nothing that happens to one job is among it.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    /// A setting makes no sense.
    #[error("a setting of the worker is wrong: {0}")]
    Setting(&'static str),
    /// The database cannot be reached, or refuses the worker's role.
    #[error("the worker cannot connect to the database")]
    Database(#[source] StoreError),
    /// The address or the name of the queue is wrong.
    #[error("the queue cannot be used")]
    Queue(#[source] QueueError),
    /// The sandbox does not start.
    #[error("the sandbox does not start")]
    Host(#[source] HostError),
    /// The metrics of the process cannot be set up.
    #[error("the metrics cannot be set up")]
    Metrics(#[source] TelemetryError),
    /// The address for health and metrics is taken or not one of this machine.
    #[error("the worker cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// The operating system gives no more threads.
    #[error("a thread of the worker does not start")]
    Thread(#[source] std::io::Error),
    /// A part that runs as long as the worker ended before it, which is a bug.
    #[error("the worker stopped because its {0} ended")]
    PartEnded(&'static str),
}
