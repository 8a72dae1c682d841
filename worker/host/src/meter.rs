//! CPU time of a call: what its thread spends while it polls the call.
//!
//! A module hands its thread back at each epoch, about every 10 ms (`engine.rs`), so a poll never lasts much longer, and
//! the limit is checked after each. Time that other processes take from the thread does not count.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

/// A future whose polls are measured.
pub(crate) struct Metered<F> {
    future: Pin<Box<F>>,
    limit: Duration,
    pub(crate) used: Duration,
}

/// How a metered future ended.
pub(crate) enum Measured<T> {
    /// By itself.
    Ready(T),
    /// It used more CPU time than its limit.
    CpuExceeded,
    /// It panicked: a bug of the host, with its message.
    Panicked(String),
}

impl<F: Future> Metered<F> {
    pub(crate) fn new(future: F, limit: Duration) -> Self {
        Self { future: Box::pin(future), limit, used: Duration::ZERO }
    }
}

impl<F: Future> Future for Metered<F> {
    type Output = Measured<F::Output>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let start = thread_cpu_time();
        // After a panic the future is never polled again, so it does not matter in which state it was left.
        let polled = catch_unwind(AssertUnwindSafe(|| self.future.as_mut().poll(cx)));
        self.used += thread_cpu_time().saturating_sub(start);
        match polled {
            Ok(Poll::Ready(output)) => Poll::Ready(Measured::Ready(output)),
            Ok(Poll::Pending) if self.used > self.limit => Poll::Ready(Measured::CpuExceeded),
            Ok(Poll::Pending) => Poll::Pending,
            Err(panic) => Poll::Ready(Measured::Panicked(panic_message(panic.as_ref()))),
        }
    }
}

fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("a panic without a message").to_owned()
}

fn thread_cpu_time() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    #[expect(unsafe_code, reason = "the standard library has no CPU clock; the call only writes to `time`")]
    unsafe {
        libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time);
    }
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}
