//! The tasks that live as long as the worker, by name.

use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::timeout;

/// Tasks with names. Dropping the crew ends them.
#[derive(Default)]
pub(crate) struct Crew(JoinSet<&'static str>);

impl Crew {
    pub(crate) fn spawn(&mut self, name: &'static str, task: impl Future<Output = ()> + Send + 'static) {
        self.0.spawn(async move {
            task.await;
            name
        });
    }

    /// The name of the next task that ends; waits for ever when there is none.
    pub(crate) async fn next_end(&mut self) -> &'static str {
        match self.0.join_next().await {
            Some(Ok(name)) => name,
            Some(Err(error)) => {
                tracing::error!(%error, "a part of the worker failed: {error}");
                "part that panicked"
            }
            None => std::future::pending().await,
        }
    }

    /// Waits for the end of all.
    pub(crate) async fn ended(&mut self, within: Duration) {
        let all = async { while self.0.join_next().await.is_some() {} };
        if timeout(within, all).await.is_err() {
            tracing::warn!("{} parts of the worker did not end within {within:?} and are dropped", self.0.len());
        }
    }
}
