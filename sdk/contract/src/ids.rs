//! Ids are UUIDv7: they sort by time of creation, which is also how the big tables are partitioned.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new id, later in sort order than those made before it.
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self::new()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    };
}

id! {
    /// One accepted job.
    JobId
}
id! {
    /// The right to run one batch of claimed jobs; its id is the fence that a late write must still match.
    LeaseId
}
id! {
    /// One module, whatever its versions.
    ModuleId
}
id! {
    /// One published version of a module.
    VersionId
}
id! {
    /// One tenant.
    OrganizationId
}
id! {
    /// One person.
    UserId
}
id! {
    /// One API token.
    TokenId
}
id! {
    /// One worker process; a restart is a new worker.
    WorkerId
}

/// The reserved organization that owns what belongs to the installation itself: install jobs and platform audit rows.
pub const PLATFORM_ORGANIZATION: OrganizationId =
    OrganizationId(Uuid::from_u128(0x0000_0000_0000_7000_8000_0000_0000_0001));
