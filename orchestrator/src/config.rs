//! What an orchestrator is told when it starts.

use std::fmt;
use std::net::SocketAddr;

use faena_store::RoleUrls;

/// Configuration of one orchestrator process. Every field is used; the command line fills it.
#[derive(Clone)]
pub struct OrchestratorConfig {
    /// Where PostgreSQL is, by role.
    pub database: RoleUrls,
    /// Most connections for requests; the other roles have a few each.
    pub database_connections: u32,
    /// Where Redis is.
    pub redis_url: String,
    /// Separates installations that share one Redis.
    pub namespace: String,
    /// Where to listen; port 0 picks a free one.
    pub listen: SocketAddr,
    /// Ed25519 key in PKCS#8 PEM that signs access tokens; the same for every orchestrator of an installation.
    pub jwt_key_pem: String,
    /// Whether packages signed with a development key are trusted.
    pub dev_mode: bool,
}

impl fmt::Debug for OrchestratorConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OrchestratorConfig")
            .field("listen", &self.listen)
            .field("namespace", &self.namespace)
            .field("dev_mode", &self.dev_mode)
            .finish_non_exhaustive()
    }
}
