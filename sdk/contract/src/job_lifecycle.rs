//! The life of a job: states, what moves it, and the one table that says where it goes (architecture, "A job's life").
//!
//! PostgreSQL derives the state from rows (`faena.job_state`); a test compares that function with this table.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Where a job is. Stored as the number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[repr(i16)]
pub enum JobState {
    /// Accepted, and waiting for its time, its turn or its next attempt.
    Pending = 1,
    /// A worker holds it under a lease.
    Running = 2,
    /// Parked for one of the [`WaitReason`]s.
    Waiting = 3,
    /// Ended with a result.
    Completed = 4,
    /// Ended with an error.
    Failed = 5,
    /// Ended because a person or a program asked.
    Cancelled = 6,
}

/// Why a job is parked. A closed list; stored as the number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(i16)]
pub enum WaitReason {
    /// Until a time that the module chose.
    Timer = 1,
    /// Until a named signal arrives.
    Signal = 2,
    /// Until its child jobs end.
    Children = 3,
    /// Until a person has done something.
    Intervention = 4,
    /// Until it is known whether an effect happened.
    Uncertain = 5,
    /// Until what is switched off (module, activation, queue) is switched on.
    Paused = 6,
}

/// What can happen to a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum JobEvent {
    /// A worker claimed it.
    Claim,
    /// Its attempt ended with a result.
    Complete,
    /// Its attempt ended with an error that is final, or its queue time-out passed.
    Fail,
    /// Its attempt ended with an error that is worth another attempt.
    Retry,
    /// The lease of its worker ran out.
    LeaseLost,
    /// It cannot go on before something else happens.
    Park,
    /// What it waited for happened.
    Resume,
    /// Somebody asked to cancel it and nothing stands in the way any more.
    Cancel,
    /// A person asked to run an ended job again.
    RetryByPerson,
}

/// The transition table: every edge that exists, and no other.
pub const EDGES: &[(JobState, JobEvent, JobState)] = {
    use JobEvent::*;
    use JobState::*;
    &[
        (Pending, Claim, Running),
        (Pending, Cancel, Cancelled),
        (Pending, Fail, Failed),
        (Pending, Park, Waiting),
        (Running, Complete, Completed),
        (Running, Fail, Failed),
        (Running, Cancel, Cancelled),
        (Running, Park, Waiting),
        (Running, Retry, Pending),
        (Running, LeaseLost, Pending),
        (Waiting, Resume, Pending),
        (Waiting, Cancel, Cancelled),
        (Waiting, Fail, Failed),
        (Failed, RetryByPerson, Pending),
        (Cancelled, RetryByPerson, Pending),
    ]
};

/// Where `event` takes a job that is in `state`; `None` where there is no such edge.
pub fn next(state: JobState, event: JobEvent) -> Option<JobState> {
    EDGES.iter().find(|(from, on, _)| *from == state && *on == event).map(|(_, _, to)| *to)
}

impl JobState {
    /// Every state, in the order of the numbers.
    pub const ALL: [Self; 6] =
        [Self::Pending, Self::Running, Self::Waiting, Self::Completed, Self::Failed, Self::Cancelled];

    /// True when the job has an outcome and nothing but a person moves it again.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Cancelled)
    }

    /// The name used in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Running => "RUNNING",
            Self::Waiting => "WAITING",
            Self::Completed => "COMPLETED",
            Self::Failed => "FAILED",
            Self::Cancelled => "CANCELLED",
        }
    }

    /// The state stored as `number`.
    pub fn from_number(number: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|state| *state as i16 == number)
    }
}

impl fmt::Display for JobState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for JobState {
    type Err = UnknownState;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|state| state.as_str().eq_ignore_ascii_case(text))
            .ok_or_else(|| UnknownState(text.to_owned()))
    }
}

/// A word that names no job state.
#[derive(Clone, Debug, thiserror::Error)]
#[error("`{0}` is no job state; the states are PENDING, RUNNING, WAITING, COMPLETED, FAILED and CANCELLED")]
pub struct UnknownState(pub String);

impl WaitReason {
    /// Every reason, in the order of the numbers.
    pub const ALL: [Self; 6] =
        [Self::Timer, Self::Signal, Self::Children, Self::Intervention, Self::Uncertain, Self::Paused];

    /// The reason stored as `number`.
    pub fn from_number(number: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| *reason as i16 == number)
    }
}

#[cfg(test)]
mod tests {
    use super::JobEvent::*;
    use super::JobState::*;
    use super::*;

    const EVENTS: [JobEvent; 9] = [Claim, Complete, Fail, Retry, LeaseLost, Park, Resume, Cancel, RetryByPerson];

    /// The answers written out a second time: one row a state, one column an event, in the order of `EVENTS`.
    #[test]
    fn every_pair_of_state_and_event_has_the_answer_written_here() {
        let no = None;
        let table = [
            (Pending, [Some(Running), no, Some(Failed), no, no, Some(Waiting), no, Some(Cancelled), no]),
            (
                Running,
                [
                    no,
                    Some(Completed),
                    Some(Failed),
                    Some(Pending),
                    Some(Pending),
                    Some(Waiting),
                    no,
                    Some(Cancelled),
                    no,
                ],
            ),
            (Waiting, [no, no, Some(Failed), no, no, no, Some(Pending), Some(Cancelled), no]),
            (Completed, [no, no, no, no, no, no, no, no, no]),
            (Failed, [no, no, no, no, no, no, no, no, Some(Pending)]),
            (Cancelled, [no, no, no, no, no, no, no, no, Some(Pending)]),
        ];
        for (state, answers) in table {
            for (event, answer) in EVENTS.into_iter().zip(answers) {
                assert_eq!(next(state, event), answer, "{state:?} on {event:?}");
            }
        }
    }

    #[test]
    fn numbers_and_names_lead_back_to_the_state() {
        for state in JobState::ALL {
            assert_eq!(JobState::from_number(state as i16), Some(state));
            assert_eq!(state.as_str().parse::<JobState>().unwrap(), state);
        }
        for reason in WaitReason::ALL {
            assert_eq!(WaitReason::from_number(reason as i16), Some(reason));
        }
        assert_eq!(JobState::from_number(0), None);
        assert!("DONE".parse::<JobState>().is_err());
    }
}
