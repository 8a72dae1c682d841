//! Every number that a person can run into. Documentation and messages take them from here.

/// Largest payload of one job, in bytes of JSON text.
pub const PAYLOAD_BYTES: usize = 1 << 20;
/// Largest request body of an ordinary call, in bytes.
pub const BODY_BYTES: usize = 2 << 20;
/// Largest request body of `POST /jobs/batch`, in bytes.
pub const BATCH_BODY_BYTES: usize = 64 << 20;
/// Most jobs in one batch.
pub const BATCH_JOBS: usize = 10_000;
/// Largest package, in bytes.
pub const PACKAGE_BYTES: usize = 64 << 20;
/// Largest content of a package once unpacked, in bytes.
pub const UNPACKED_BYTES: u64 = 192 << 20;
/// Largest JSON Schema in a package, in bytes.
pub const SCHEMA_BYTES: usize = 256 << 10;

/// Lowest and highest priority of a job; higher runs first, 0 is the default.
pub const PRIORITY: std::ops::RangeInclusive<i16> = -100..=100;
/// Most tags on one job.
pub const TAGS: usize = 16;
/// Longest tag, in characters.
pub const TAG_CHARS: usize = 128;
/// Longest `unique_key`, in characters.
pub const UNIQUE_KEY_CHARS: usize = 256;
/// Most attempts that a job may ask for.
pub const MAX_ATTEMPTS: std::ops::RangeInclusive<i16> = 1..=50;
/// Attempts of a job whose submitter and manifest say nothing.
pub const DEFAULT_MAX_ATTEMPTS: i16 = 3;
/// Longest time-out of one attempt, in seconds.
pub const TIMEOUT_S: std::ops::RangeInclusive<f64> = 0.001..=86_400.0;
/// Time-out of one attempt when submitter and manifest say nothing, in milliseconds.
pub const DEFAULT_TIMEOUT_MS: i32 = 60_000;
/// Longest `Prefer: wait`, in seconds.
pub const PREFER_WAIT_S: u64 = 60;
/// Longest page of a list.
pub const PAGE: i64 = 500;
/// Page of a list when the caller says nothing.
pub const DEFAULT_PAGE: i64 = 50;

/// Memory of one instance when the manifest says nothing, in bytes.
pub const DEFAULT_MEMORY_BYTES: u64 = 64 << 20;
/// Most memory that a manifest may ask for, in bytes.
pub const MEMORY_BYTES: u64 = 512 << 20;
/// CPU time of one attempt when the manifest says nothing, in milliseconds.
pub const DEFAULT_CPU_MS: u64 = 10_000;
/// Most CPU time that a manifest may ask for, in milliseconds.
pub const CPU_MS: u64 = 3_600_000;
/// Largest result of a job, in bytes.
pub const OUTPUT_BYTES: usize = 1 << 20;
/// Longest log line, in bytes; a longer one is cut.
pub const LOG_LINE_BYTES: usize = 8 << 10;
/// Most log lines of one attempt; later ones are dropped and counted.
pub const LOG_LINES: usize = 10_000;
/// Most log bytes of one attempt; later lines are dropped and counted.
pub const LOG_BYTES: usize = 1 << 20;
