//! End-to-end scenarios over the real binary, PostgreSQL, Redis and WASM modules.
//!
//! Tests of the first list share one platform and run side by side, each in an organization of its own where it counts;
//! those of the second start platforms of their own, because they kill parts of them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

mod bad_input;
mod cli;
mod commissions;
mod contract;
mod faults;
mod hostile;
mod identity;
mod job_life;
mod module_life;
mod processes;

use std::future::Future;
use std::pin::Pin;
use std::process::ExitCode;
use std::sync::{Arc, OnceLock};

use faena_tests::{Options, Platform};
use libtest_mimic::{Arguments, Trial};
use tokio::runtime::Runtime;

type Running = Pin<Box<dyn Future<Output = ()>>>;
type Shared = fn(Arc<Platform>) -> Running;
type Own = fn() -> Running;

/// A list of tests on the shared platform.
macro_rules! shared {
    ($($name:ident),* $(,)?) => {
        pub(crate) const TESTS: &[(&str, crate::Shared)] =
            &[$((concat!(module_path!(), "::", stringify!($name)), |platform| Box::pin($name(platform))),)*];
    };
}
pub(crate) use shared;

/// A list of tests that start platforms themselves.
macro_rules! own {
    ($($name:ident),* $(,)?) => {
        pub(crate) const TESTS: &[(&str, crate::Own)] =
            &[$((concat!(module_path!(), "::", stringify!($name)), || Box::pin($name())),)*];
    };
}
pub(crate) use own;

/// The platform of the first list, started by the first test that needs it.
struct Stage {
    runtime: Runtime,
    platform: OnceLock<Arc<Platform>>,
}

impl Stage {
    fn platform(&self) -> Arc<Platform> {
        let start = || {
            let options =
                Options { modules: true, slots: 16, log: "warn,faena_worker=debug,faena=info", ..Options::default() };
            Arc::new(self.runtime.block_on(Platform::start(options)))
        };
        self.platform.get_or_init(start).clone()
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let stage = Arc::new(Stage { runtime: Runtime::new().unwrap(), platform: OnceLock::new() });
    let mut trials = Vec::new();
    let shared = [
        bad_input::TESTS,
        cli::TESTS,
        commissions::TESTS,
        contract::TESTS,
        hostile::TESTS,
        identity::TESTS,
        job_life::TESTS,
        module_life::TESTS,
    ];
    for (name, test) in shared.concat() {
        let stage = stage.clone();
        trials.push(Trial::test(name, move || {
            let platform = stage.platform();
            stage.runtime.block_on(test(platform));
            Ok(())
        }));
    }
    for (name, test) in [faults::TESTS, processes::TESTS].concat() {
        trials.push(Trial::test(name, move || {
            Runtime::new()?.block_on(test());
            Ok(())
        }));
    }
    // The trials are dropped with the run, the stage after it: the platform stops before the process ends.
    let conclusion = libtest_mimic::run(&arguments, trials);
    drop(stage);
    conclusion.exit_code()
}
