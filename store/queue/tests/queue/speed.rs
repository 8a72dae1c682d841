//! Wake-up latency and deep drains. Figures are printed; only gross failures fail.

use std::time::{Duration, Instant};

use faena_queue::Producer;

use crate::harness::{Running, envelopes};
use crate::server::Server;

const WAKES: i32 = 300;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_idle_consumer_wakes_at_once() {
    let server = Server::start().await;
    let producer = Producer::new(server.link());
    let mut running = Running::start(server.link(), 8);
    producer.push(&envelopes(0..1)).await.unwrap();
    running.drain(1).await;
    let mut latencies = Vec::new();
    for number in 0..WAKES {
        let sent = envelopes(number..number + 1);
        let began = Instant::now();
        producer.push(&sent).await.unwrap();
        let delivery = running.next().await;
        latencies.push(began.elapsed());
        drop(delivery);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    latencies.sort();
    let percentile = |share: usize| latencies[(latencies.len() - 1) * share / 100];
    println!(
        "wake p50 {:?}, p95 {:?}, p99 {:?}, max {:?}",
        percentile(50),
        percentile(95),
        percentile(99),
        percentile(100)
    );
    assert!(percentile(50) < Duration::from_millis(50));
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nine_thousand_deep() {
    drain_all(9_000, 1_000).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_thousand_deep() {
    drain_all(100_000, 1_000).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deep_list_with_few_slots() {
    drain_all(20_000, 16).await;
}

async fn drain_all(count: i32, slots: usize) {
    let server = Server::start().await;
    let sent = envelopes(0..count);
    let began = Instant::now();
    Producer::new(server.link()).push(&sent).await.unwrap();
    let pushed = began.elapsed();
    let began = Instant::now();
    let mut running = Running::start(server.link(), slots);
    let arrived = running.drain(sent.len()).await;
    let drained = began.elapsed();
    assert_eq!(arrived, sent);
    let rate = |took: Duration| f64::from(count) / took.as_secs_f64();
    println!("{count} envelopes, {slots} slots: push {:.0}/s, drain {:.0}/s", rate(pushed), rate(drained));
    running.stop().await;
}
