//! What can go wrong here, named by the operation that failed.

use apalis_redis::RedisError;

/// A failed operation of the queue. URLs in it are redacted.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// The URL is understood, but asks for something that is not supported.
    #[error("the Redis URL {url} is not supported: {reason}")]
    UnsupportedUrl {
        /// The URL without its password.
        url: String,
        /// What is not supported, and what to use in its place.
        reason: &'static str,
    },
    /// The URL is not a Redis URL.
    #[error("the Redis URL {url} cannot be read; write redis://, rediss:// or unix://")]
    InvalidUrl {
        /// The URL without its password.
        url: String,
        /// What the client library says about it.
        #[source]
        source: RedisError,
    },
    /// The namespace cannot be part of a Redis key.
    #[error("the queue namespace {namespace:?} is refused: use 1 to 100 letters, digits, '-', '_', '.' or ':'")]
    InvalidNamespace {
        /// What was asked for.
        namespace: String,
    },
    /// An envelope or an event could not be written as JSON.
    #[error("{what} cannot be written as JSON")]
    Encode {
        /// What was to be written.
        what: &'static str,
        /// Why not.
        #[source]
        source: serde_json::Error,
    },
    /// Envelopes were not sent, or not all of them. Sending them again is harmless: the claim decides.
    #[error("{count} envelopes could not be sent")]
    Push {
        /// How many were to be sent.
        count: usize,
        /// What Redis answered.
        #[source]
        source: RedisError,
    },
    /// Envelopes were not put back; the orchestrator will send them again.
    #[error("{count} envelopes could not be put back")]
    HandBack {
        /// How many were to be put back.
        count: usize,
        /// What Redis answered.
        #[source]
        source: RedisError,
    },
    /// The depth of the list could not be read.
    #[error("the depth of the queue could not be read")]
    Status {
        /// What Redis answered.
        #[source]
        source: RedisError,
    },
    /// Events were not published; who waits for them finds out by looking into the database.
    #[error("{count} events could not be published")]
    Publish {
        /// How many were to be published.
        count: usize,
        /// What Redis answered.
        #[source]
        source: RedisError,
    },
    /// Redis did not answer a ping.
    #[error("Redis does not answer")]
    Ping {
        /// What went wrong.
        #[source]
        source: RedisError,
    },
    /// The receiver of deliveries was dropped while the consumer was to go on.
    #[error("the intake of the worker is closed")]
    IntakeClosed,
}
