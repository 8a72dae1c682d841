//! What a worker receives.

use faena_contract::Envelope;
use tokio::sync::OwnedSemaphorePermit;

/// An envelope together with the slot that was reserved for it before it was taken from Redis.
///
/// The slot is free again when the permit is dropped: keep it as long as the job runs.
#[derive(Debug)]
pub struct Delivery {
    /// What to claim.
    pub envelope: Envelope,
    /// One slot of the worker.
    pub permit: OwnedSemaphorePermit,
}
