//! What others may have put where our envelopes and events belong.

use faena_queue::{Event, Events, Notice, Producer};

use crate::harness::{Running, envelopes};
use crate::server::Server;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn garbage_is_dropped_counted_and_gives_its_slot_back() {
    let metrics = metrics_exporter_prometheus::PrometheusBuilder::new().install_recorder().unwrap();
    let server = Server::start().await;
    let producer = Producer::new(server.link());
    for entry in [&b"not json"[..], b"{\"j\":1}", b"", b"\xff\xfe", &[b'x'; 10_000]] {
        server.push_raw(entry).await;
    }
    assert_eq!(producer.status().await.unwrap().oldest_sent_at_ms, None);
    producer.push(&envelopes(0..3)).await.unwrap();
    // One slot: each piece of garbage must give it back.
    let mut running = Running::start(server.link(), 1);
    assert_eq!(running.drain(3).await.len(), 3);
    let rendered = metrics.render();
    let value = |name: &str| -> u64 {
        let line = rendered.lines().find(|line| line.starts_with(&format!("{name} "))).unwrap_or_default();
        line.rsplit(' ').next().and_then(|number| number.parse().ok()).unwrap_or_default()
    };
    assert_eq!(value("faena_queue_garbage_total{from=\"list\"}"), 5, "{rendered}");
    // Other tests of this process count too.
    assert!(value("faena_queue_pushed_total") >= 3, "{rendered}");
    assert!(value("faena_queue_popped_total") >= 3, "{rendered}");
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_of_another_type_is_an_error_and_not_a_crash() {
    let server = Server::start().await;
    let producer = Producer::new(server.link());
    server.command("SET {faena:default}:envelopes taken").await;
    let mut running = Running::start(server.link(), 4);
    assert!(producer.push(&envelopes(0..1)).await.is_err());
    assert!(producer.status().await.is_err());
    server.command("DEL {faena:default}:envelopes").await;
    producer.push(&envelopes(0..1)).await.unwrap();
    running.drain(1).await;
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_cannot_be_read_is_skipped() {
    let server = Server::start().await;
    let events = Events::new(server.link());
    let mut notices = events.subscribe();
    assert_eq!(notices.recv().await, Some(Notice::Resubscribed));
    server.command("PUBLISH {faena:default}:events {\"type\":\"from_the_future\"}").await;
    events.publish(&Event::Admit).await.unwrap();
    assert_eq!(notices.recv().await, Some(Notice::Event(Event::Admit)));
}
