//! Every metric of this crate, by name.

/// Envelopes that Redis took from this process.
pub(crate) const PUSHED: &str = "faena_queue_pushed_total";
/// Envelopes that this process took from Redis.
pub(crate) const POPPED: &str = "faena_queue_popped_total";
/// Envelopes that were put back because they were not handed over.
pub(crate) const HANDED_BACK: &str = "faena_queue_handed_back_total";
/// Entries of the list or messages of a channel that cannot be read, and were dropped; `from` says which.
pub(crate) const GARBAGE: &str = "faena_queue_garbage_total";
/// Failed calls, by `operation`.
pub(crate) const REDIS_ERRORS: &str = "faena_queue_redis_errors_total";
/// Times that apalis' worker ended by itself and was started again.
pub(crate) const RESTARTS: &str = "faena_queue_consumer_restarts_total";
