//! What Redis may do to a consumer, which must go on by itself each time.

use std::time::{Duration, Instant};

use faena_queue::Producer;

use crate::harness::{Running, envelopes, eventually};
use crate::server::Server;

/// Pushed until it is taken, like the orchestrator does, which has the truth.
async fn push_until_accepted(producer: &Producer, numbers: std::ops::Range<i32>) {
    let sent = envelopes(numbers);
    eventually("a push is accepted", async || producer.push(&sent).await.is_ok()).await;
}

/// The last of `numbers` arrives; the ones before it may, or may come twice.
async fn arrives(running: &mut Running, last: i32) {
    while running.next().await.envelope.dispatch != last {}
}

async fn survives_a_pause(milliseconds: u64) {
    let server = Server::start().await;
    let producer = Producer::new(server.link());
    let mut running = Running::start(server.link(), 16);
    for round in 0..4 {
        server.command(&format!("CLIENT PAUSE {milliseconds} ALL")).await;
        let began = Instant::now();
        let sent = envelopes(round * 100..(round + 1) * 100);
        producer.push(&sent).await.unwrap();
        assert_eq!(running.drain(100).await, sent);
        println!("{milliseconds} ms pause: 100 envelopes after {:?}", began.elapsed());
        assert!(began.elapsed() < Duration::from_millis(milliseconds + 1_000));
    }
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pause_of_80_ms() {
    survives_a_pause(80).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pause_of_700_ms() {
    survives_a_pause(700).await;
}

/// Calls time out after 5 s; the connection is then given up, for it may be one that nobody holds at the other end.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pause_longer_than_the_time_out() {
    let server = Server::start().await;
    let producer = Producer::new(server.link());
    let mut running = Running::start(server.link(), 16);
    producer.push(&envelopes(0..1)).await.unwrap();
    arrives(&mut running, 0).await;
    server.command("CLIENT PAUSE 6500 ALL").await;
    eventually("the consumer notices", async || !running.link.health().connected).await;
    push_until_accepted(&producer, 1..2).await;
    arrives(&mut running, 1).await;
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_killed_and_started_again() {
    let mut server = Server::start().await;
    let producer = Producer::new(server.link());
    let mut running = Running::start(server.link(), 16);
    producer.push(&envelopes(0..10)).await.unwrap();
    arrives(&mut running, 9).await;
    for round in 1..4 {
        server.kill();
        eventually("the consumer notices", async || !running.link.health().connected).await;
        assert!(producer.push(&envelopes(0..1)).await.is_err());
        server.restart().await;
        let began = Instant::now();
        push_until_accepted(&producer, round * 10..round * 10 + 10).await;
        arrives(&mut running, round * 10 + 9).await;
        println!("delivered {:?} after Redis was back", began.elapsed());
        assert!(running.link.health().connected);
    }
    assert_eq!(running.stop().await.len(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_that_nobody_noticed_costs_the_producer_no_error() {
    let mut server = Server::start().await;
    let producer = Producer::new(server.link());
    producer.push(&envelopes(0..1)).await.unwrap();
    server.kill();
    server.restart().await;
    producer.push(&envelopes(0..1)).await.unwrap();
    assert_eq!(producer.status().await.unwrap().depth, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_consumer_may_start_before_redis() {
    let mut server = Server::start().await;
    server.kill();
    let mut running = Running::start(server.link(), 4);
    eventually("the consumer notices", async || !running.link.health().connected).await;
    assert_eq!(running.link.health().last_ok_ms_ago, None);
    server.restart().await;
    Producer::new(server.link()).push(&envelopes(0..3)).await.unwrap();
    arrives(&mut running, 2).await;
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn flushall_in_the_middle() {
    let server = Server::start().await;
    let producer = Producer::new(server.link());
    let mut running = Running::start(server.link(), 2);
    producer.push(&envelopes(0..1_000)).await.unwrap();
    arrives(&mut running, 10).await;
    server.command("FLUSHALL").await;
    producer.push(&envelopes(5_000..5_010)).await.unwrap();
    arrives(&mut running, 5_009).await;
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_killed_under_load() {
    let server = Server::start().await;
    let producer = Producer::new(server.link());
    let mut running = Running::start(server.link(), 16);
    for round in 0..5 {
        producer.push(&envelopes(0..500)).await.unwrap();
        running.drain(50).await;
        server.command("CLIENT KILL TYPE normal").await;
        server.command("CLIENT KILL TYPE pubsub").await;
        push_until_accepted(&producer, 1_000 + round..1_001 + round).await;
        arrives(&mut running, 1_000 + round).await;
    }
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_changed_password_is_cured_when_it_is_changed_back() {
    let server = Server::start().await;
    let producer = Producer::new(server.link());
    let mut running = Running::start(server.link(), 4);
    producer.push(&envelopes(0..1)).await.unwrap();
    arrives(&mut running, 0).await;
    server.command("CONFIG SET requirepass another").await;
    let back = redis::Client::open(server.url_with("another")).unwrap();
    let mut back = back.get_multiplexed_async_connection().await.unwrap();
    let () = redis::cmd("CLIENT").arg("KILL").arg("TYPE").arg("normal").query_async(&mut back).await.unwrap();
    eventually("the consumer is locked out", async || !running.link.health().connected).await;
    let () = redis::cmd("CONFIG")
        .arg("SET")
        .arg("requirepass")
        .arg(crate::server::PASSWORD)
        .query_async(&mut back)
        .await
        .unwrap();
    push_until_accepted(&producer, 1..2).await;
    arrives(&mut running, 1).await;
    running.stop().await;
}
