//! The life of one call: a store and an instance of its own, run until it ends or something ends it.

use std::time::Instant;

use serde::de::IgnoredAny;
use tokio_util::sync::CancellationToken;
use wasmtime::{Store, UpdateDeadline};

use crate::abi::bindings::faena::host::types::JobError;
use crate::meter::{Measured, Metered};
use crate::state::CallState;
use crate::{Call, CallContext, CallEnd, CallError, Host, Limits, Module, Usage, trap};

/// Most bytes that a module may hand to the host in one call of a function, result included. What is between the limit
/// of a result and this is copied before it is refused.
const HANDOVER_BYTES: usize = 16 << 20;

/// What the call of `run` gives: a trap, or what the module returned.
type Returned = wasmtime::Result<Result<String, JobError>>;

/// How running a call came to its end.
enum Ending {
    /// The module returned or trapped, or the meter stopped it.
    Module(Measured<Returned>),
    TimedOut,
    Cancelled,
}

impl Host {
    /// Calls the module in an instance of its own. Dropping the future stops the call.
    pub async fn run(&self, module: &Module, call: Call) -> CallEnd {
        let Call { job, payload, context, limits, sink, cancel } = call;
        let mut store = self.store(CallState::new(sink, &limits));
        let mut guest = Metered::new(call_run(module, &mut store, job, payload, context), limits.cpu);
        let started = Instant::now();
        let ending = drive(&mut guest, &limits, &cancel).await;
        let (cpu, wall) = (guest.used, started.elapsed());
        drop(guest);

        let state = store.data();
        state.log.close(&*state.sink);
        let result = judge(ending, state, &limits);
        CallEnd { result, usage: Usage { cpu, wall, peak_memory_bytes: state.memory.peak } }
    }

    fn store(&self, state: CallState) -> Store<CallState> {
        let mut store = Store::new(&self.engine, state);
        store.limiter(|state| &mut state.memory);
        store.set_hostcall_fuel(HANDOVER_BYTES);
        store.set_epoch_deadline(1);
        // At each epoch the module goes to the end of the runtime's queue. tokio's own yield lets the runtime look at
        // timers and sockets first, which waking the task right away would not.
        store.epoch_deadline_callback(|_| Ok(UpdateDeadline::YieldCustom(1, Box::pin(tokio::task::yield_now()))));
        store
    }
}

async fn call_run(
    module: &Module,
    store: &mut Store<CallState>,
    job: String,
    payload: String,
    context: CallContext,
) -> Returned {
    let instance = module.job.instantiate_async(&mut *store).await?;
    instance.call_run(store, &job, &payload, &context.into()).await
}

/// Runs the call until it ends by itself, in time or not, or is cancelled.
async fn drive<F>(guest: &mut Metered<F>, limits: &Limits, cancel: &CancellationToken) -> Ending
where
    F: Future<Output = Returned>,
{
    tokio::select! {
        biased;
        // First, so that a call that was cancelled before it started never runs.
        () = cancel.cancelled() => Ending::Cancelled,
        measured = guest => Ending::Module(measured),
        () = tokio::time::sleep(limits.wall) => Ending::TimedOut,
    }
}

fn judge(ending: Ending, state: &CallState, limits: &Limits) -> Result<String, CallError> {
    match ending {
        Ending::Cancelled => Err(CallError::Cancelled),
        Ending::TimedOut => Err(CallError::TimedOut(limits.wall)),
        Ending::Module(Measured::CpuExceeded) => Err(CallError::CpuExceeded(limits.cpu)),
        Ending::Module(Measured::Panicked(message)) => {
            tracing::error!("a host function panicked: {message}");
            Err(CallError::HostFailed("a function of the host panicked".to_owned()))
        }
        Ending::Module(Measured::Ready(Err(error))) => Err(trap::explain(&error, state, limits)),
        Ending::Module(Measured::Ready(Ok(Err(error)))) => Err(error.into()),
        Ending::Module(Measured::Ready(Ok(Ok(output)))) => check_output(output, limits),
    }
}

fn check_output(output: String, limits: &Limits) -> Result<String, CallError> {
    if output.len() > limits.output_bytes {
        return Err(CallError::OutputTooLarge { bytes: Some(output.len()), limit: limits.output_bytes });
    }
    match serde_json::from_str::<IgnoredAny>(&output) {
        Ok(_) => Ok(output),
        Err(error) => Err(CallError::OutputInvalid(format!("the module returned something that is not JSON: {error}"))),
    }
}
