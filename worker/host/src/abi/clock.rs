//! `faena:host/clock`

use std::time::Duration;

use super::bindings::faena::host::clock as wit;
use crate::state::CallState;

impl wit::Host for CallState {
    fn now(&mut self) -> wasmtime::Result<i64> {
        Ok(chrono::Utc::now().timestamp_millis())
    }

    fn monotonic(&mut self) -> wasmtime::Result<i64> {
        Ok(i64::try_from(self.started.elapsed().as_nanos())?)
    }

    /// The call is parked on its fiber meanwhile and holds no thread.
    async fn sleep(&mut self, ms: u32) -> wasmtime::Result<()> {
        tokio::time::sleep(Duration::from_millis(ms.into())).await;
        Ok(())
    }
}
