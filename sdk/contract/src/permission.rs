//! Permissions are `resource:action` strings; `*` stands for every resource or every action.

/// One permission that some endpoint asks for.
pub type Permission = &'static str;

/// See modules and their versions on the installation, and what one's organization may switch on.
pub const MODULES_READ: Permission = "modules:read";
/// Publish, enable, disable modules on the installation.
pub const MODULES_WRITE: Permission = "modules:write";
/// Switch an enabled module on or off for one's organization.
pub const ACTIVATIONS_WRITE: Permission = "activations:write";
/// See jobs, their results and logs.
pub const JOBS_READ: Permission = "jobs:read";
/// Submit jobs.
pub const JOBS_WRITE: Permission = "jobs:write";
/// Cancel and retry jobs.
pub const JOBS_CONTROL: Permission = "jobs:control";
/// See members of the organization.
pub const MEMBERS_READ: Permission = "members:read";
/// Add, change and remove members.
pub const MEMBERS_WRITE: Permission = "members:write";
/// Make and revoke API tokens.
pub const TOKENS_WRITE: Permission = "tokens:write";
/// Read the audit trail.
pub const AUDIT_READ: Permission = "audit:read";
/// Make organizations and users on the installation.
pub const ORGANIZATIONS_WRITE: Permission = "organizations:write";

/// Every permission, for documentation and for checking what a token asks for.
pub const ALL: &[Permission] = &[
    MODULES_READ,
    MODULES_WRITE,
    ACTIVATIONS_WRITE,
    JOBS_READ,
    JOBS_WRITE,
    JOBS_CONTROL,
    MEMBERS_READ,
    MEMBERS_WRITE,
    TOKENS_WRITE,
    AUDIT_READ,
    ORGANIZATIONS_WRITE,
];

/// True when one of `granted` covers `wanted`.
pub fn allows<S: AsRef<str>>(granted: &[S], wanted: &str) -> bool {
    granted.iter().any(|pattern| covers(pattern.as_ref(), wanted))
}

/// True when `text` reads as a permission or a pattern over permissions that exist.
pub fn is_valid(text: &str) -> bool {
    ALL.iter().any(|permission| covers(text, permission))
}

fn covers(pattern: &str, wanted: &str) -> bool {
    let (Some((resource, action)), Some((wanted_resource, wanted_action))) =
        (pattern.split_once(':'), wanted.split_once(':'))
    else {
        return false;
    };
    (resource == "*" || resource == wanted_resource) && (action == "*" || action == wanted_action)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_covers_its_half_and_nothing_else_matches() {
        assert!(allows(&["*:*"], MODULES_WRITE));
        assert!(allows(&["jobs:*"], JOBS_CONTROL));
        assert!(allows(&["*:read"], AUDIT_READ));
        assert!(!allows(&["*:read"], JOBS_WRITE));
        assert!(!allows(&["jobs"], JOBS_READ));
        assert!(!allows::<&str>(&[], JOBS_READ));
        assert!(is_valid("jobs:*") && !is_valid("jobs:fly") && !is_valid("job:read"));
    }
}
