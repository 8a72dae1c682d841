//! The connection to Redis that producers, consumers and events of one process share.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use apalis_redis::{Client, ConnectionManager, RedisError};
use redis::aio::ConnectionManagerConfig;
use redis::{FromRedisValue, Pipeline};

use crate::config::Keys;
use crate::health::Pulse;
use crate::{QueueConfig, QueueError, QueueHealth, redis_url};

/// Long enough to sit out a pause of Redis (a fork for its snapshot, a slow disk), far from the library's 500 ms.
pub(crate) const RESPONSE_TIMEOUT: Duration = Duration::from_secs(5);
/// Also bounds how long a call waits when the host of Redis is gone without a word.
pub(crate) const CONNECTION_TIMEOUT: Duration = Duration::from_secs(2);
const RECONNECT_DELAY: Duration = Duration::from_millis(50);

/// A shared connection to one Redis, made when it is first needed and made again whenever it breaks. Cheap to clone.
#[derive(Clone)]
pub struct Link(Arc<Inner>);

struct Inner {
    client: Client,
    keys: Keys,
    current: Mutex<Current>,
    pulse: Pulse,
}

/// The number tells a caller whether the connection that failed it is still the one in use.
struct Current {
    generation: u64,
    manager: Option<ConnectionManager>,
}

impl Link {
    /// Checks the configuration. Does not connect: an orchestrator starts without Redis.
    pub fn open(config: &QueueConfig) -> Result<Self, QueueError> {
        let keys = Keys::new(&config.namespace)?;
        let client = redis_url::open(config)?;
        let current = Mutex::new(Current { generation: 0, manager: None });
        Ok(Self(Arc::new(Inner { client, keys, current, pulse: Pulse::new() })))
    }

    /// How Redis answered the calls over this link and its clones.
    pub fn health(&self) -> QueueHealth {
        self.0.pulse.health()
    }

    /// One round trip, to learn whether Redis answers.
    pub async fn ping(&self) -> Result<(), QueueError> {
        let mut ping = Pipeline::new();
        ping.cmd("PING").ignore();
        self.call_again("ping", &ping).await.map_err(|source| QueueError::Ping { source })
    }

    pub(crate) fn keys(&self) -> &Keys {
        &self.0.keys
    }

    pub(crate) fn client(&self) -> &Client {
        &self.0.client
    }

    /// One round trip, for calls whose repetition does no harm: a connection that was found dead is replaced and the
    /// call is made once more, so that a restarted Redis costs nobody an error.
    pub(crate) async fn call_again<T: FromRedisValue>(
        &self,
        operation: &'static str,
        commands: &Pipeline,
    ) -> Result<T, RedisError> {
        match self.call(operation, commands).await {
            Err(error) if error.is_connection_dropped() => self.call(operation, commands).await,
            answer => answer,
        }
    }

    /// One round trip.
    pub(crate) async fn call<T: FromRedisValue>(
        &self,
        operation: &'static str,
        commands: &Pipeline,
    ) -> Result<T, RedisError> {
        let (generation, answer) = match self.connection() {
            Ok((generation, mut manager)) => (generation, commands.query_async(&mut manager).await),
            Err(error) => (0, Err(error)),
        };
        match &answer {
            Ok(_) => self.0.pulse.answered(),
            Err(error) => {
                self.0.pulse.failed(operation, error);
                self.replace_unless_self_curing(generation, error);
            }
        }
        answer
    }

    fn connection(&self) -> Result<(u64, ConnectionManager), RedisError> {
        let mut current = self.current();
        if let Some(manager) = &current.manager {
            return Ok((current.generation, manager.clone()));
        }
        let manager = ConnectionManager::new_lazy_with_config(self.0.client.clone(), manager_config())?;
        current.manager = Some(manager.clone());
        Ok((current.generation, manager))
    }

    /// The manager reconnects by itself after a dropped connection, and after nothing else: a peer that went away
    /// silently times out for ever, a failed login is remembered for ever, and a primary that became a replica stays
    /// connected. All of those are cured by a new connection.
    fn replace_unless_self_curing(&self, generation: u64, error: &RedisError) {
        if error.is_connection_dropped() {
            return;
        }
        let mut current = self.current();
        if current.generation == generation {
            current.generation += 1;
            current.manager = None;
        }
    }

    fn current(&self) -> MutexGuard<'_, Current> {
        self.0.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn manager_config() -> ConnectionManagerConfig {
    ConnectionManagerConfig::new()
        .set_response_timeout(Some(RESPONSE_TIMEOUT))
        .set_connection_timeout(Some(CONNECTION_TIMEOUT))
        // One quick retry; longer waiting is the caller's, who knows what it is waiting for.
        .set_number_of_retries(1)
        .set_min_delay(RECONNECT_DELAY)
        .set_max_delay(RECONNECT_DELAY)
}
