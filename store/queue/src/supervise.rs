//! Starts apalis' worker again should it end.

use std::future::Future;
use std::time::{Duration, Instant};

use apalis_core::error::WorkerError;
use tokio::task::JoinError;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use tracing::error;
use ulid::Ulid;

use crate::backoff::Backoff;
use crate::metric;

/// A life this long counts as a success; the next pause is short again.
const GOOD_LIFE: Duration = Duration::from_secs(30);

/// Keeps one worker alive until `stop`. Each life is a task of its own, so that a panic ends only that life, and has a
/// name of its own, because apalis refuses to start a name twice.
pub(crate) async fn supervise<Life>(stop: &CancellationToken, mut start: impl FnMut(String) -> Life)
where
    Life: Future<Output = Result<(), WorkerError>> + Send + 'static,
{
    let mut backoff = Backoff::new();
    while !stop.is_cancelled() {
        let name = format!("faena-{}", Ulid::generate());
        let began = Instant::now();
        let end = AbortOnDropHandle::new(tokio::spawn(start(name.clone()))).await;
        if stop.is_cancelled() {
            break;
        }
        report(&name, &end);
        if began.elapsed() > GOOD_LIFE {
            backoff.reset();
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(backoff.pause()) => {}
        }
    }
}

fn report(name: &str, end: &Result<Result<(), WorkerError>, JoinError>) {
    metrics::counter!(metric::RESTARTS).increment(1);
    match end {
        Ok(Ok(())) => error!("the queue consumer {name} ended without being asked to; starting another"),
        Ok(Err(error)) => error!(%error, "the queue consumer {name} failed: {error}; starting another"),
        Err(error) => error!(%error, "the queue consumer {name} crashed: {error}; starting another"),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[tokio::test]
    async fn whatever_ends_a_worker_another_one_starts_under_a_new_name() {
        let stop = CancellationToken::new();
        let names: Arc<Mutex<Vec<String>>> = Arc::default();
        let start = |name: String| {
            let (names, stop) = (names.clone(), stop.clone());
            async move {
                let life = {
                    let mut names = names.lock().unwrap();
                    names.push(name);
                    names.len()
                };
                match life {
                    1 => Ok(()),
                    2 => Err(WorkerError::PanicError("apalis caught it".to_owned())),
                    3 => panic!("nobody caught it"),
                    _ => {
                        stop.cancel();
                        Ok(())
                    }
                }
            }
        };
        supervise(&stop, start).await;
        let names = names.lock().unwrap();
        assert_eq!(names.len(), 4);
        assert_eq!(names.iter().collect::<HashSet<_>>().len(), 4);
    }
}
