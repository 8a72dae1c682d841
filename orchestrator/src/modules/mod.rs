//! The use cases of modules.

mod enable;
mod publish;
mod view;

pub(crate) use enable::{changed, disable, enable, find, not_found};
pub(crate) use publish::publish;
pub(crate) use view::{activation, module};
