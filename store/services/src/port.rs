//! Free ports on the loopback interface.

use std::io;
use std::net::{Ipv4Addr, TcpListener};

/// A port of 127.0.0.1 on which nobody listens at this moment. Somebody else may take it before its user binds it, so
/// whoever starts a server on it tries again with another one.
pub fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// The port of the last start if it is still free, so that addresses that people wrote down stay right; else any.
pub(crate) fn preferably(last: Option<u16>) -> io::Result<u16> {
    match last {
        Some(port) if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() => Ok(port),
        _ => free_port(),
    }
}
