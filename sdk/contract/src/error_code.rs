//! The registry of everything that can go wrong in front of a person. Each code has a page of the same name in
//! `deploy/errors/` that says what it means and what to do; a test checks both directions.

macro_rules! error_codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $status:literal, $title:literal;)*) => {
        /// One kind of error, stable for ever.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum ErrorCode {
            $(#[doc = $title] $name,)*
        }

        impl ErrorCode {
            /// Every code, in the order of the numbers.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The code as people and programs see it.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => concat!("FAE-", $code),)* }
            }

            /// The HTTP status that carries it. Codes that only a job or a command line shows have 500.
            pub fn status(self) -> u16 {
                match self { $(Self::$name => $status,)* }
            }

            /// One sentence that says what is wrong, the same for every occurrence.
            pub fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }
        }
    };
}

error_codes! {
    InvalidCredentials = "0101", 401, "The e-mail address or the password is wrong";
    NotAuthenticated = "0102", 401, "The request carries no valid token";
    TokenExpired = "0103", 401, "The token has expired";
    RefreshTokenReused = "0104", 401, "A refresh token was used a second time";
    PermissionDenied = "0105", 403, "The caller lacks the permission";
    OrganizationRequired = "0106", 403, "The organization is missing or not one of the caller's";
    TooManyLogins = "0107", 429, "Too many failed logins";
    MalformedJson = "0201", 400, "The body is not JSON";
    InvalidBody = "0202", 422, "The body does not have the expected form";
    BodyTooLarge = "0203", 413, "The body is too large";
    NoSuchRoute = "0204", 404, "There is no such endpoint";
    MethodNotAllowed = "0205", 405, "The endpoint does not take this method";
    InvalidQuery = "0206", 422, "A query parameter or header is wrong";
    UnsupportedMediaType = "0207", 415, "The body has the wrong media type";
    IdempotencyMismatch = "0208", 422, "The idempotency key was used with another request";
    InvalidCursor = "0209", 422, "The cursor is not one that this list gave out";
    FieldNotSupported = "0210", 422, "A field is known but its part is not built yet";
    NotAPackage = "0301", 422, "The file is not a Faena package";
    SignatureInvalid = "0302", 422, "The signature does not match the package";
    KeyNotTrusted = "0303", 403, "The package is signed with a key that is not trusted for this module";
    ManifestInvalid = "0304", 422, "The manifest is wrong";
    ImportNotDeclared = "0305", 422, "The component imports what the manifest does not declare";
    ImportUnknown = "0306", 422, "The component imports what this host does not offer";
    VersionExists = "0307", 409, "This version is published already with another content";
    ModuleNotFound = "0308", 404, "There is no such module";
    ModuleTransition = "0309", 409, "The module's state does not allow this";
    InstallFailed = "0310", 409, "The installation of the module failed";
    ComponentInvalid = "0311", 422, "The component is not valid WebAssembly or lacks the job export";
    PackageTooLarge = "0312", 413, "The package is too large";
    VersionLower = "0313", 409, "A higher version is published already";
    VersionNotFound = "0314", 404, "The module has no such version";
    ModuleNotEnabled = "0401", 409, "The module is not enabled on this installation";
    ModuleNotActivated = "0402", 409, "The module is not switched on for this organization";
    JobTypeUnknown = "0403", 422, "The module has no such job";
    PayloadInvalid = "0404", 422, "The payload does not fit the job's schema";
    JobNotFound = "0405", 404, "There is no such job";
    JobState = "0406", 409, "The job's state does not allow this";
    BatchInvalid = "0407", 422, "At least one job of the batch is wrong, so none was accepted";
    BatchTooLarge = "0408", 422, "The batch has too many jobs, or none";
    PayloadTooLarge = "0409", 413, "The payload is too large";
    ModuleTrapped = "0501", 500, "The module panicked or trapped";
    AttemptTimedOut = "0502", 500, "The attempt took longer than its time-out";
    CpuExceeded = "0503", 500, "The attempt used more CPU time than its limit";
    MemoryExceeded = "0504", 500, "The attempt asked for more memory than its limit";
    OutputInvalid = "0505", 500, "The module returned something that is not JSON or does not fit the job's schema";
    OutputTooLarge = "0506", 500, "The module returned more than the limit";
    WorkerLost = "0507", 500, "The worker died or lost its lease while it ran the job";
    ComponentUnusable = "0508", 500, "The worker cannot compile or link the component";
    WorkerInternal = "0509", 500, "The worker failed, not the module";
    StackExceeded = "0510", 500, "The module used more stack than its limit";
    DatabaseUnavailable = "0601", 503, "The database does not answer";
    Internal = "0602", 500, "Something failed inside Faena";
    ConfigUnknownKey = "0701", 500, "The configuration has a key that does not exist";
    ConfigInvalid = "0702", 500, "A value of the configuration is wrong or missing";
    ServerUnreachable = "0703", 500, "The Faena server cannot be reached";
    NotLoggedIn = "0704", 500, "The command line knows no server and no token";
    ProgramMissing = "0705", 500, "PostgreSQL or Redis is not installed";
    DataDirInUse = "0706", 500, "Another Faena uses the data directory";
    ServiceFailed = "0707", 500, "A private server did not start";
    MigrationFailed = "0708", 500, "The database schema could not be brought up to date";
    AddressInUse = "0709", 500, "The address to listen on is taken";
    FileUnreadable = "0710", 500, "A file named on the command line cannot be read";
    SlugTaken = "0801", 409, "The name of the organization is taken";
    AlreadyMember = "0802", 409, "The user is a member already";
    PasswordWeak = "0803", 422, "The password is too weak";
    PermissionUnknown = "0804", 422, "The permission does not exist or is more than the caller has";
    TokenNotFound = "0805", 404, "There is no such token";
    LastOwner = "0807", 409, "An organization keeps at least one owner";
    UserNotFound = "0808", 404, "There is no such user";
}

impl ErrorCode {
    /// The code written as `text`, if it is one of the platform's.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.as_str() == text)
    }
}

impl std::fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_rise() {
        for pair in ErrorCode::ALL.windows(2) {
            assert!(pair[0].as_str() < pair[1].as_str(), "{} before {}", pair[0], pair[1]);
        }
        assert_eq!(ErrorCode::parse("FAE-0404"), Some(ErrorCode::PayloadInvalid));
        assert_eq!(ErrorCode::parse("FAE-9999"), None);
    }
}
