//! How wasmtime is set up, and the clock that interrupts modules.

use std::num::NonZeroUsize;
use std::time::Duration;

use wasmtime::{Config, Engine, EngineWeak};

use crate::HostError;

/// How long a module runs before it hands its thread back.
const EPOCH: Duration = Duration::from_millis(10);
/// Stack of the module's own functions, in bytes.
const WASM_STACK: usize = 512 << 10;
/// Stack of a call: the module's, and as much again for the host functions that it calls.
const CALL_STACK: usize = 2 * WASM_STACK;
/// Most functions that a backtrace names.
const BACKTRACE_FRAMES: usize = 64;

/// Starts an engine, and the thread that moves its epoch on for as long as the engine lives.
pub(crate) fn start() -> Result<Engine, HostError> {
    let engine = Engine::new(&settings()).map_err(|error| HostError::Engine(format!("{error:#}")))?;
    let weak = engine.weak();
    std::thread::Builder::new().name("faena-epoch".to_owned()).spawn(move || tick(&weak)).map_err(HostError::Ticker)?;
    Ok(engine)
}

fn tick(engine: &EngineWeak) {
    while let Some(engine) = engine.upgrade() {
        engine.increment_epoch();
        drop(engine);
        std::thread::sleep(EPOCH);
    }
}

/// Instances are allocated on demand. The pool of wasmtime was measured: it saves 7 % of the CPU time of a call that does
/// nothing, but fixes the number of calls and the shape of a component beforehand, and holds three times the memory.
fn settings() -> Config {
    let mut config = Config::new();
    config
        .wasm_component_model(true)
        .epoch_interruption(true)
        .parallel_compilation(true)
        .max_wasm_stack(WASM_STACK)
        .async_stack_size(CALL_STACK)
        .wasm_backtrace_max_frames(NonZeroUsize::new(BACKTRACE_FRAMES))
        // The same input gives the same result on every machine.
        .cranelift_nan_canonicalization(true)
        .relaxed_simd_deterministic(true);
    config
}
