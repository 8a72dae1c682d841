//! `postgresql.conf`, written anew at every start. An operator's own settings go through `ALTER SYSTEM`.

use std::path::Path;

use super::PostgresConfig;

/// The whole file.
pub(super) fn file(config: &PostgresConfig, port: u16, socket_dir: &Path) -> String {
    let PostgresConfig { shared_buffers_mb, max_connections, .. } = config;
    let durability = if config.durable { DURABLE } else { NOT_DURABLE };
    let socket_dir = socket_dir.display();
    format!(
        "# Written by Faena at every start; use ALTER SYSTEM for settings of your own.
cluster_name = 'faena'
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = '{socket_dir}'
unix_socket_permissions = 0700
max_connections = {max_connections}
shared_buffers = {shared_buffers_mb}MB
password_encryption = scram-sha-256
autovacuum = on
# Short statements under row-level security lose more by compiling than they win.
jit = off
timezone = 'UTC'
{durability}{LOGGING}"
    )
}

const DURABLE: &str = "\
fsync = on
synchronous_commit = on
full_page_writes = on
wal_level = replica
max_wal_size = 2GB
checkpoint_timeout = 15min
";

const NOT_DURABLE: &str = "\
fsync = off
synchronous_commit = on
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
max_wal_size = 2GB
checkpoint_timeout = 15min
";

/// Statements and the rows in error details may hold passwords, payloads and personal data: they are never logged.
/// Untranslated messages, because this crate reads some of them.
const LOGGING: &str = "\
logging_collector = off
log_destination = 'stderr'
log_timezone = 'UTC'
log_line_prefix = '%m [%p] %q%u@%d '
log_min_duration_statement = -1
log_statement = none
log_min_error_statement = panic
log_error_verbosity = terse
lc_messages = 'C'
";
