//! Who asks, and what they may do.
//!
//! `caller.rs` turns a request into a [`Session`]: token -> [`Principal`] (cached for a moment) -> organization.

mod caller;
mod keys;
mod login;
mod password;
mod principal;
mod throttle;

pub(crate) use caller::Session;
pub(crate) use keys::{TokenKeys, issue_secret, sha256};
pub(crate) use login::{login, logout, refresh};
pub use password::{AuthError, hash_password};
pub(crate) use password::{Passwords, is_strong};
pub(crate) use principal::{API_TOKEN_PREFIX, Principals};
pub(crate) use throttle::LoginThrottle;
