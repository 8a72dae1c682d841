//! People, organizations, sessions and tokens.
//!
//! What must see across organizations (login, token look-up, making users) runs as [`crate::Authenticator`]; what a
//! member does in an organization runs as [`crate::Api`].

mod bootstrap;
mod members;
mod organizations;
mod resolve;
mod sessions;
mod tokens;

pub use bootstrap::{Bootstrap, bootstrap};
pub use members::{AddMember, NewUser, add_member, members, remove_member};
pub use organizations::create_organization;
pub use resolve::{Identity, Membership, OrganizationName, TokenIdentity, identity, token_identity};
pub use sessions::{Login, Refresh, SessionToken, find_login, logout, note_login, refresh, start_session};
pub use tokens::{NewToken, create_token, revoke_token, tokens};
