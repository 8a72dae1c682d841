//! `rediss://` over TCP: with the right authority it works, without it nothing is sent.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use faena_queue::{Link, Producer, QueueConfig, QueueError};

use crate::harness::{Running, envelopes, eventually};
use crate::server::PASSWORD;

struct TlsServer(Child);

impl Drop for TlsServer {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

fn openssl(directory: &Path, line: &str) {
    let done = Command::new("openssl").args(line.split(' ')).current_dir(directory).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

/// An authority, and a certificate for `localhost` that it signed.
fn certificates(directory: &Path) {
    std::fs::write(directory.join("names"), "subjectAltName=DNS:localhost").unwrap();
    openssl(directory, "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=test-authority -keyout ca.key -out ca.pem");
    openssl(directory, "req -newkey rsa:2048 -nodes -subj /CN=localhost -keyout server.key -out server.csr");
    openssl(
        directory,
        "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile names -out server.pem",
    );
}

fn serve(directory: &Path, port: u16) -> TlsServer {
    let port = port.to_string();
    let arguments = ["--port", "0", "--tls-port", &port, "--bind", "127.0.0.1", "--tls-auth-clients", "no"];
    let files = ["--tls-cert-file", "server.pem", "--tls-key-file", "server.key", "--tls-ca-cert-file", "ca.pem"];
    let process = Command::new("redis-server")
        .args(arguments)
        .args(files)
        .args(["--save", "", "--requirepass", PASSWORD])
        .current_dir(directory)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    TlsServer(process)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tls_with_a_private_authority() {
    let directory = tempfile::tempdir().unwrap();
    certificates(directory.path());
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let _server = serve(directory.path(), port);
    let config = QueueConfig::new(format!("rediss://:{PASSWORD}@localhost:{port}/0"));
    let ca_certificate = Some(std::fs::read(directory.path().join("ca.pem")).unwrap());
    let link = Link::open(&QueueConfig { ca_certificate, ..config.clone() }).unwrap();
    eventually("redis-server answers", async || link.ping().await.is_ok()).await;
    Producer::new(link.clone()).push(&envelopes(0..5)).await.unwrap();
    let mut running = Running::start(link, 2);
    assert_eq!(running.drain(5).await.len(), 5);
    running.stop().await;
    let refused = Link::open(&config).unwrap().ping().await;
    assert!(matches!(refused, Err(QueueError::Ping { .. })), "{refused:?}");
    assert!(!format!("{refused:?}").contains(PASSWORD));
}
