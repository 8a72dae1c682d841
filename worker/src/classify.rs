//! What the end of an attempt means: decided here, once, and nowhere else.

use std::time::Duration;

use faena_contract::{ErrorCode, JobError, RetryPolicy, Verdict};
use faena_host::CallError;

use crate::leases::StopReason;

/// No retry waits longer, whatever the module asks for.
const LONGEST_DELAY: Duration = Duration::from_secs(30 * 24 * 3600);

/// Why an attempt has no result.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Failure {
    /// The module was called, and this came of it.
    Call(CallError),
    /// Another attempt would end the same way.
    Final(JobError),
    /// The attempt was stopped before the module was called.
    Stopped,
}

impl Failure {
    pub(crate) fn no_such_job(module: &str, version: &str, job: &str) -> Self {
        let message = format!("version {version} of module {module} has no job `{job}`");
        Self::Final(JobError::platform(ErrorCode::JobTypeUnknown, message))
    }
}

/// Judges the end of an attempt, given its number and how many there may be, and why it was stopped if it was. Nothing
/// is said about a job whose lease was lost.
pub(crate) fn classify(
    result: Result<String, Failure>,
    attempts: (i16, i16),
    stopped: Option<StopReason>,
    jitter: f64,
) -> Option<Verdict> {
    let failure = match (result, stopped) {
        (_, Some(StopReason::LeaseLost)) => return None,
        // It was faster than the wish to cancel it.
        (Ok(result), _) => return Some(Verdict::Done(result)),
        (Err(_), Some(StopReason::CancelAsked)) => return Some(Verdict::Cancelled),
        (Err(failure), _) => failure,
    };
    Some(match failure {
        Failure::Stopped | Failure::Call(CallError::Cancelled) => Verdict::HandedBack,
        Failure::Final(error) => Verdict::Failed(error),
        Failure::Call(error) => judge_call(&error, attempts, jitter),
    })
}

/// A trap or a time-out may be bad luck: another service was slow, the random numbers were unkind. What ran out of
/// memory, CPU time or stack, or returned what it may not, would do the same with the same payload.
fn judge_call(error: &CallError, (attempt, max_attempts): (i16, i16), jitter: f64) -> Verdict {
    let policy = || RetryPolicy::default().delay(u32::from(attempt.unsigned_abs()), jitter);
    let delay = match error {
        CallError::Retry(_, Some(delay)) => Some((*delay).min(LONGEST_DELAY)),
        CallError::Retry(_, None) | CallError::Trapped { .. } | CallError::TimedOut(_) | CallError::HostFailed(_) => {
            Some(policy())
        }
        CallError::Failed(_)
        | CallError::CpuExceeded(_)
        | CallError::MemoryExceeded(_)
        | CallError::StackExceeded { .. }
        | CallError::OutputInvalid(_)
        | CallError::OutputTooLarge { .. }
        | CallError::Cancelled => None,
    };
    let Some(shown) = error.job_error() else { return Verdict::HandedBack };
    match delay.filter(|_| attempt < max_attempts) {
        Some(delay) => Verdict::RetryAfter(delay, shown),
        None => Verdict::Failed(shown),
    }
}

#[cfg(test)]
mod tests {
    use faena_host::ModuleError;
    use serde_json::Value;

    use super::*;

    /// What a verdict comes to, without its error: `retry` and `failed` with the code of the error.
    fn word(verdict: Option<Verdict>) -> String {
        match verdict {
            None => "nothing".to_owned(),
            Some(Verdict::Done(_)) => "done".to_owned(),
            Some(Verdict::RetryAfter(delay, error)) => format!("retry {} {}", delay.as_millis(), error.code),
            Some(Verdict::Failed(error)) => format!("failed {}", error.code),
            Some(Verdict::Cancelled) => "cancelled".to_owned(),
            Some(Verdict::HandedBack) => "handed back".to_owned(),
        }
    }

    fn module_error() -> ModuleError {
        ModuleError { code: "NOT_YET".to_owned(), message: "later".to_owned(), details: Value::Null }
    }

    fn ends() -> Vec<(Result<String, Failure>, &'static str, &'static str)> {
        let (ms, year) = (Duration::from_millis(5), Duration::from_secs(365 * 24 * 3600));
        let call = |error| Err(Failure::Call(error));
        let unusable = JobError::platform(ErrorCode::ComponentUnusable, "no");
        vec![
            // The end, the verdict on attempt 1 of 3, the verdict on attempt 3 of 3.
            (Ok("1".to_owned()), "done", "done"),
            (call(CallError::Failed(module_error())), "failed NOT_YET", "failed NOT_YET"),
            (call(CallError::Retry(module_error(), None)), "retry 1000 NOT_YET", "failed NOT_YET"),
            (call(CallError::Retry(module_error(), Some(ms))), "retry 5 NOT_YET", "failed NOT_YET"),
            (call(CallError::Retry(module_error(), Some(year))), "retry 2592000000 NOT_YET", "failed NOT_YET"),
            (
                call(CallError::Trapped { message: "m".to_owned(), backtrace: Vec::new() }),
                "retry 1000 FAE-0501",
                "failed FAE-0501",
            ),
            (call(CallError::TimedOut(ms)), "retry 1000 FAE-0502", "failed FAE-0502"),
            (call(CallError::CpuExceeded(ms)), "failed FAE-0503", "failed FAE-0503"),
            (call(CallError::MemoryExceeded(1)), "failed FAE-0504", "failed FAE-0504"),
            (call(CallError::StackExceeded { backtrace: Vec::new() }), "failed FAE-0510", "failed FAE-0510"),
            (call(CallError::OutputInvalid("m".to_owned())), "failed FAE-0505", "failed FAE-0505"),
            (call(CallError::OutputTooLarge { bytes: None, limit: 1 }), "failed FAE-0506", "failed FAE-0506"),
            (call(CallError::HostFailed("m".to_owned())), "retry 1000 FAE-0509", "failed FAE-0509"),
            (call(CallError::Cancelled), "handed back", "handed back"),
            (Err(Failure::Final(unusable)), "failed FAE-0508", "failed FAE-0508"),
            (Err(Failure::Stopped), "handed back", "handed back"),
        ]
    }

    #[test]
    fn every_end_has_the_verdict_written_here() {
        for (end, first, last) in ends() {
            for stopped in [None, Some(StopReason::Draining)] {
                assert_eq!(word(classify(end.clone(), (1, 3), stopped, 1.0)), first, "{end:?}");
                assert_eq!(word(classify(end.clone(), (3, 3), stopped, 1.0)), last, "{end:?}");
            }
        }
    }

    #[test]
    fn a_cancelled_job_is_cancelled_unless_it_was_faster() {
        for (end, ..) in ends() {
            let expected = if end.is_ok() { "done" } else { "cancelled" };
            assert_eq!(word(classify(end, (1, 3), Some(StopReason::CancelAsked), 1.0)), expected);
        }
    }

    #[test]
    fn nothing_is_said_about_a_job_whose_lease_is_lost() {
        for (end, ..) in ends() {
            assert_eq!(word(classify(end, (1, 3), Some(StopReason::LeaseLost), 1.0)), "nothing");
        }
    }
}
