//! A module for tests. Each job does one thing that a host must carry, or one that it must stop.
//!
//! [`harmless`] has the jobs that use the host as it is meant, [`endings`] those that end in a certain way, [`hostile`]
//! those that go beyond a limit.

mod endings;
mod harmless;
mod hostile;

use faena_sdk::typed;

faena_sdk::export_jobs! {
    "noop" => harmless::noop,
    "echo" => harmless::echo,
    "sleep" => typed(harmless::sleep),
    "progress" => harmless::progress,
    "random" => harmless::random,
    "clock" => harmless::clock,
    "log" => typed(harmless::log),
    "fail" => typed(endings::fail),
    "retry" => typed(endings::retry),
    "flaky" => typed(endings::flaky),
    "panic" => typed(endings::panic),
    "index" => endings::index,
    "garbage" => endings::garbage,
    "spin" => hostile::spin,
    "burn" => typed(hostile::burn),
    "eat_memory" => hostile::eat_memory,
    "recurse" => hostile::recurse,
    "flood_logs" => hostile::flood_logs,
    "flood_output" => typed(hostile::flood_output),
}
