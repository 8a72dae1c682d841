//! A worker on real servers, with the probe module installed the way an operator does it.

mod endings;
mod leases;
mod site;
