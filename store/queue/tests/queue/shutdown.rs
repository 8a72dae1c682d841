//! Leaving without losing what was popped.

use std::time::{Duration, Instant};

use faena_queue::{Producer, QueueError};

use crate::harness::{Running, envelopes, eventually};
use crate::server::Server;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_idle_consumer_stops_at_once() {
    let server = Server::start().await;
    let running = Running::start(server.link(), 4);
    eventually("it runs", async || running.link.health().connected).await;
    let began = Instant::now();
    running.stop().await;
    assert!(began.elapsed() < Duration::from_millis(400), "{:?}", began.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_found_no_room_in_the_intake_goes_back_and_comes_first() {
    let server = Server::start().await;
    let producer = Producer::new(server.link());
    let sent = envelopes(0..20);
    producer.push(&sent).await.unwrap();
    // 8 slots and room for 3: five popped envelopes wait in the consumer.
    let running = Running::with_intake(server.link(), 8, 3);
    eventually("eight are popped", async || producer.status().await.unwrap().depth == 12).await;
    let slots = running.slots.clone();
    let handed_over = running.stop().await;
    assert_eq!(handed_over.len(), 3);
    assert_eq!(producer.status().await.unwrap().depth, 17);
    drop(handed_over);
    assert_eq!(slots.available_permits(), 8);
    let mut next = Running::start(server.link(), 8);
    let mut back = next.drain(17).await;
    let first: Vec<i32> = back[..5].iter().map(|envelope| envelope.dispatch).collect();
    assert!(first.iter().all(|number| (3..8).contains(number)), "{first:?}");
    back.sort_by_key(|envelope| envelope.dispatch);
    assert_eq!(back, sent[3..]);
    next.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pop_that_is_under_way_loses_nothing() {
    let server = Server::start().await;
    let producer = Producer::new(server.link());
    producer.push(&envelopes(0..20)).await.unwrap();
    let mut running = Running::start(server.link(), 1);
    let held = running.next().await;
    // An open connection, or Redis would forget about the pop when the consumer hangs up.
    let _open = running.link.clone();
    // The freed slot starts a pop, which Redis answers only after the consumer was told to stop.
    server.command("CLIENT PAUSE 300 WRITE").await;
    drop(held);
    eventually("Redis holds the pop back", async || {
        let clients = server.text("CLIENT LIST").await;
        clients.lines().any(|client| client.contains("cmd=rpop") && client.contains("flags=b"))
    })
    .await;
    assert!(running.stop().await.is_empty());
    // A write of ours ends after the pause too, and thus after the pop; reads do not wait for it.
    producer.push(&envelopes(20..21)).await.unwrap();
    assert_eq!(producer.status().await.unwrap().depth, 20);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stopping_without_redis_is_quick() {
    let mut server = Server::start().await;
    let running = Running::start(server.link(), 4);
    eventually("it runs", async || running.link.health().connected).await;
    server.kill();
    let began = Instant::now();
    running.stop().await;
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_closed_intake_ends_the_consumer_and_returns_what_it_holds() {
    let server = Server::start().await;
    let producer = Producer::new(server.link());
    let mut running = Running::start(server.link(), 8);
    eventually("it runs", async || running.link.health().connected).await;
    running.intake.close();
    producer.push(&envelopes(0..20)).await.unwrap();
    assert!(matches!(running.ended().await, Err(QueueError::IntakeClosed)));
    assert_eq!(producer.status().await.unwrap().depth, 20);
    assert_eq!(running.slots.available_permits(), 8);
}
