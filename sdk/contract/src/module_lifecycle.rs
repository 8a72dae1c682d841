//! The life of a module (architecture, "A module's life"): states, what moves it, and the one table.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Where a module is on this installation. Stored as the number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[repr(i16)]
pub enum ModuleState {
    /// Published; nothing of it has run.
    Registered = 1,
    /// A worker compiles and checks it for the first time.
    Installing = 2,
    /// Its jobs are accepted and run.
    Enabled = 3,
    /// Switched off by an operator; its jobs are refused and those already accepted are parked.
    Disabled = 4,
    /// Another version is being installed; the old one goes on serving if it was enabled.
    Updating = 5,
    /// Being taken out.
    Removing = 6,
}

/// What can happen to a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ModuleEvent {
    /// An operator switches it on for the first time.
    Install,
    /// The installation or update that was under way succeeded, from an enabled module or a new one.
    Installed,
    /// The first installation failed.
    InstallFailed,
    /// An operator switches it off.
    Disable,
    /// An operator switches it on again.
    Enable,
    /// An operator starts an update of an enabled module.
    Update,
    /// An operator starts an update of a disabled module.
    UpdateDisabled,
    /// The update ended, well or not, and the module was enabled before.
    UpdateEndedEnabled,
    /// The update ended, well or not, and the module was disabled before.
    UpdateEndedDisabled,
    /// An operator takes it out.
    Remove,
}

/// The transition table: every edge that exists, and no other. A removed module has no row, hence no state.
pub const EDGES: &[(ModuleState, ModuleEvent, ModuleState)] = {
    use ModuleEvent::*;
    use ModuleState::*;
    &[
        (Registered, Install, Installing),
        (Registered, Remove, Removing),
        (Installing, Installed, Enabled),
        (Installing, InstallFailed, Registered),
        (Enabled, Disable, Disabled),
        (Enabled, Update, Updating),
        (Disabled, Enable, Enabled),
        (Disabled, UpdateDisabled, Updating),
        (Disabled, Remove, Removing),
        (Updating, UpdateEndedEnabled, Enabled),
        (Updating, UpdateEndedDisabled, Disabled),
    ]
};

/// Where `event` takes a module that is in `state`; `None` where there is no such edge.
pub fn next(state: ModuleState, event: ModuleEvent) -> Option<ModuleState> {
    EDGES.iter().find(|(from, on, _)| *from == state && *on == event).map(|(_, _, to)| *to)
}

impl ModuleState {
    /// Every state, in the order of the numbers.
    pub const ALL: [Self; 6] =
        [Self::Registered, Self::Installing, Self::Enabled, Self::Disabled, Self::Updating, Self::Removing];

    /// True when new jobs are accepted: while an update is under way the old version serves.
    pub fn accepts_jobs(self) -> bool {
        matches!(self, Self::Enabled | Self::Updating)
    }

    /// The name used in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Registered => "REGISTERED",
            Self::Installing => "INSTALLING",
            Self::Enabled => "ENABLED",
            Self::Disabled => "DISABLED",
            Self::Updating => "UPDATING",
            Self::Removing => "REMOVING",
        }
    }

    /// The state stored as `number`.
    pub fn from_number(number: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|state| *state as i16 == number)
    }
}

impl fmt::Display for ModuleState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::ModuleEvent::*;
    use super::ModuleState::*;
    use super::*;

    const EVENTS: [ModuleEvent; 10] = [
        Install,
        Installed,
        InstallFailed,
        Disable,
        Enable,
        Update,
        UpdateDisabled,
        UpdateEndedEnabled,
        UpdateEndedDisabled,
        Remove,
    ];

    /// The answers written out a second time: one row a state, one column an event, in the order of `EVENTS`.
    #[test]
    fn every_pair_of_state_and_event_has_the_answer_written_here() {
        let no = None;
        let table = [
            (Registered, [Some(Installing), no, no, no, no, no, no, no, no, Some(Removing)]),
            (Installing, [no, Some(Enabled), Some(Registered), no, no, no, no, no, no, no]),
            (Enabled, [no, no, no, Some(Disabled), no, Some(Updating), no, no, no, no]),
            (Disabled, [no, no, no, no, Some(Enabled), no, Some(Updating), no, no, Some(Removing)]),
            (Updating, [no, no, no, no, no, no, no, Some(Enabled), Some(Disabled), no]),
            (Removing, [no, no, no, no, no, no, no, no, no, no]),
        ];
        for (state, answers) in table {
            for (event, answer) in EVENTS.into_iter().zip(answers) {
                assert_eq!(next(state, event), answer, "{state:?} on {event:?}");
            }
        }
    }

    #[test]
    fn only_a_serving_module_accepts_jobs() {
        let serving: Vec<_> = ModuleState::ALL.into_iter().filter(|state| state.accepts_jobs()).collect();
        assert_eq!(serving, [Enabled, Updating]);
        for state in ModuleState::ALL {
            assert_eq!(ModuleState::from_number(state as i16), Some(state));
        }
    }
}
