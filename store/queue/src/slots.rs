//! The worker's free slots, as far as the consumer may touch them.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Bounds one pop, so that a worker with very many slots leaves something to the others.
const MAX_PER_POP: usize = 1_000;

/// Takes all slots that are free now, or none if none is. What is not used is given back by dropping it.
pub(crate) fn reserve(slots: &Arc<Semaphore>) -> Option<OwnedSemaphorePermit> {
    loop {
        let free = slots.available_permits().min(MAX_PER_POP);
        if free == 0 || slots.is_closed() {
            return None;
        }
        // Others may take slots between the count and this line; then there are fewer, and the loop ends.
        if let Ok(permit) = slots.clone().try_acquire_many_owned(u32::try_from(free).unwrap_or(u32::MAX)) {
            return Some(permit);
        }
    }
}

/// Waits until a slot is free, without taking it. Never ends once the worker has closed its slots.
pub(crate) async fn freed(slots: &Semaphore) {
    if slots.acquire().await.is_err() {
        std::future::pending::<()>().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserves_what_is_free_and_nothing_else() {
        let slots = Arc::new(Semaphore::new(3));
        let taken = reserve(&slots).unwrap();
        assert_eq!(taken.num_permits(), 3);
        assert!(reserve(&slots).is_none());
        drop(taken);
        assert_eq!(slots.available_permits(), 3);
        slots.close();
        assert!(reserve(&slots).is_none());
    }
}
