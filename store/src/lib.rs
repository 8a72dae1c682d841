//! Every SQL statement of Faena, and the only crate that uses sqlx.
//!
//! Each database role has a handle of its own ([`Api`], [`Dispatcher`], [`Worker`], [`Authenticator`]): a function
//! says in its signature as whom it runs. Start at [`jobs`]; the schema is in `migrations/`, and the statements that
//! must be one round trip are functions there (`0004_job_functions.sql`). Depends on `faena-contract` alone.

pub mod audit;
mod database;
mod error;
pub mod identity;
pub mod jobs;
mod migrate;
pub mod modules;
pub mod testing;

pub use database::{Api, Authenticator, Caller, Dispatcher, PoolSize, RoleUrls, Worker};
pub use error::{Constraint, StoreError};
pub use migrate::{MigrateError, ROLES, make_api_login, migrate, set_role_password};
