//! One thread starts every child and lives as long as the process.
//!
//! The trap: the parent-death signal fires when the *thread* that forked the child ends, not the process. Spawned from a
//! thread of a runtime's blocking pool, which ends after some idle seconds, PostgreSQL would shut down in the middle of
//! the work. So every spawn is handed to this thread.

use std::io;
use std::process::{Child, Command};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

struct Request {
    command: Command,
    answer: Sender<io::Result<Child>>,
}

static SPAWNER: Mutex<Option<Sender<Request>>> = Mutex::new(None);

/// Starts `command` as a child that gets `death_signal` when this process ends, however it ends.
pub(crate) fn spawn(mut command: Command, death_signal: i32) -> io::Result<Child> {
    crate::sys::die_with_parent(&mut command, death_signal);
    let (answer, result) = channel();
    spawner()?.send(Request { command, answer }).map_err(io::Error::other)?;
    result.recv().map_err(io::Error::other)?
}

fn spawner() -> io::Result<Sender<Request>> {
    let mut spawner = SPAWNER.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(sender) = spawner.as_ref() {
        return Ok(sender.clone());
    }
    let (sender, requests) = channel();
    thread::Builder::new().name("faena-spawner".into()).spawn(move || serve(&requests))?;
    Ok(spawner.insert(sender).clone())
}

/// Never returns: the sender in the static is never dropped.
fn serve(requests: &Receiver<Request>) {
    while let Ok(mut request) = requests.recv() {
        // Nobody waits for the answer only when the asking thread panicked; the child then dies with the process.
        let _ = request.answer.send(request.command.spawn());
    }
}
