//! Order, slots, depth, several consumers, and nothing that grows.

use std::time::{Duration, Instant};

use faena_queue::{Producer, QueueStatus};

use crate::harness::{Running, envelopes, eventually};
use crate::server::Server;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn first_in_first_out_and_nothing_is_changed_on_the_way() {
    let server = Server::start().await;
    let sent = envelopes(0..2_500);
    Producer::new(server.link()).push(&sent).await.unwrap();
    let mut running = Running::start(server.link(), 100);
    assert_eq!(running.drain(sent.len()).await, sent);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn status_tells_depth_and_age_of_what_is_next() {
    let server = Server::start().await;
    let producer = Producer::new(server.link());
    assert_eq!(producer.status().await.unwrap(), QueueStatus { depth: 0, oldest_sent_at_ms: None });
    producer.push(&[]).await.unwrap();
    let sent = envelopes(7..10);
    producer.push(&sent).await.unwrap();
    assert_eq!(producer.status().await.unwrap(), QueueStatus { depth: 3, oldest_sent_at_ms: Some(sent[0].sent_at_ms) });
    producer.hand_back(&envelopes(1..3)).await.unwrap();
    let next = producer.status().await.unwrap();
    assert_eq!((next.depth, next.oldest_sent_at_ms), (5, Some(1_790_000_000_001)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn never_more_than_the_free_slots() {
    let server = Server::start().await;
    let producer = Producer::new(server.link());
    producer.push(&envelopes(0..50)).await.unwrap();
    let mut running = Running::start(server.link(), 4);
    let mut held = Vec::new();
    for expected in 0..4 {
        held.push(running.next().await);
        assert_eq!(held[expected].envelope.dispatch, i32::try_from(expected).unwrap());
    }
    // A new push wakes the consumer, which must leave everything where it is.
    producer.push(&envelopes(50..60)).await.unwrap();
    for round in 0..20 {
        let waiting = producer.status().await.unwrap().depth;
        assert_eq!(waiting, 56 - round, "popped without a slot");
        assert_eq!(running.slots.available_permits(), 0);
        assert!(running.intake.try_recv().is_err());
        held.remove(0);
        held.push(running.next().await);
    }
    drop(held);
    assert_eq!(running.drain(36).await.len(), 36);
    eventually("all slots are given back", async || running.slots.available_permits() == 4).await;
    running.stop().await;
}

/// For three seconds. What is asserted is that nothing else happens, so time is what must pass.
async fn stays_fresh_and_quiet(server: &Server, running: &Running) {
    let before = server.commands_run().await;
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(3) {
        let health = running.link.health();
        assert!(health.is_fresh(Duration::from_secs(2)), "{health:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let run = server.commands_run().await - before;
    assert!((3..=20).contains(&run), "{run} commands in three seconds");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_free_slot_health_stays_fresh_and_redis_is_left_alone() {
    let server = Server::start().await;
    Producer::new(server.link()).push(&envelopes(0..2)).await.unwrap();
    let mut running = Running::start(server.link(), 1);
    let held = running.next().await;
    stays_fresh_and_quiet(&server, &running).await;
    drop(held);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_work_health_stays_fresh_and_redis_is_left_alone() {
    let server = Server::start().await;
    let running = Running::start(server.link(), 4);
    eventually("it runs", async || running.link.health().connected).await;
    stays_fresh_and_quiet(&server, &running).await;
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_consumers_share_and_each_envelope_arrives_once() {
    let server = Server::start().await;
    let producer = Producer::new(server.link());
    let mut one = Running::start(server.link(), 8);
    let mut two = Running::start(server.link(), 8);
    let mut sent = envelopes(0..4_000);
    let (mut of_one, mut of_two) = (Vec::new(), Vec::new());
    for chunk in sent.chunks(100) {
        producer.push(chunk).await.unwrap();
        for _ in chunk {
            tokio::select! {
                delivery = one.next() => of_one.push(delivery.envelope),
                delivery = two.next() => of_two.push(delivery.envelope),
            }
        }
    }
    assert!(!of_one.is_empty() && !of_two.is_empty(), "{} and {}", of_one.len(), of_two.len());
    let mut arrived = [of_one, of_two].concat();
    arrived.sort_by_key(|envelope| envelope.dispatch);
    sent.sort_by_key(|envelope| envelope.dispatch);
    assert_eq!(arrived, sent);
    one.stop().await;
    two.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_do_not_grow() {
    let server = Server::start().await;
    let producer = Producer::new(server.link());
    let mut running = Running::start(server.link(), 64);
    for round in 0..10 {
        producer.push(&envelopes(round * 1_000..(round + 1) * 1_000)).await.unwrap();
        assert!(matches!(server.command("DBSIZE").await, redis::Value::Int(0 | 1)));
        running.drain(1_000).await;
    }
    assert_eq!(server.command("DBSIZE").await, redis::Value::Int(0));
    running.stop().await;
    assert_eq!(server.command("DBSIZE").await, redis::Value::Int(0));
}
