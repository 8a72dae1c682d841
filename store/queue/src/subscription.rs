//! A subscription to one channel that outlives any connection.

use std::time::Duration;

use apalis_redis::RedisError;
use futures::StreamExt;
use redis::aio::{PubSubSink, PubSubStream};
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};
use tracing::{info, warn};

use crate::backoff::Backoff;
use crate::link::{CONNECTION_TIMEOUT, RESPONSE_TIMEOUT};
use crate::{Link, metric};

/// A peer that went away without a word is noticed by this ping only; a silent channel looks just the same.
const PING_EVERY: Duration = Duration::from_secs(5);

/// What a subscriber learns.
pub(crate) enum Received {
    /// Messages arrive from now on; any number may have been missed before.
    Subscribed,
    /// A message.
    Message(Vec<u8>),
}

/// Never ends by itself; drop or abort it. `on` must not block.
pub(crate) async fn run(link: Link, channel: String, mut on: impl FnMut(Received)) {
    let mut backoff = Backoff::new();
    let mut silent = false;
    loop {
        match connect(&link, &channel).await {
            Ok((sink, stream)) => {
                if silent {
                    info!("subscribed to {channel} again");
                }
                backoff.reset();
                silent = false;
                on(Received::Subscribed);
                listen(sink, stream, &mut on).await;
            }
            Err(error) => {
                metrics::counter!(metric::REDIS_ERRORS, "operation" => "subscribe").increment(1);
                if !silent {
                    warn!(%error, "cannot subscribe to {channel}: {error}; trying again until it works");
                }
                silent = true;
            }
        }
        sleep(backoff.pause()).await;
    }
}

async fn connect(link: &Link, channel: &str) -> Result<(PubSubSink, PubSubStream), RedisError> {
    let subscribe = async {
        let (mut sink, stream) = link.client().get_async_pubsub().await?.split();
        sink.subscribe(channel).await?;
        Ok((sink, stream))
    };
    let elapsed = |_| RedisError::from(std::io::Error::from(std::io::ErrorKind::TimedOut));
    timeout(CONNECTION_TIMEOUT + RESPONSE_TIMEOUT, subscribe).await.map_err(elapsed)?
}

/// Until the connection ends or does not answer.
async fn listen(mut sink: PubSubSink, mut stream: PubSubStream, on: &mut impl FnMut(Received)) {
    let mut ticks = interval(PING_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            message = stream.next() => match message {
                Some(message) => on(Received::Message(message.get_payload_bytes().to_vec())),
                None => return,
            },
            _ = ticks.tick() => {
                let answer = timeout(RESPONSE_TIMEOUT, sink.ping::<redis::Value>()).await;
                if !matches!(answer, Ok(Ok(_))) {
                    return;
                }
            }
        }
    }
}
