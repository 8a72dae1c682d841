//! Live events reach every subscriber, and a subscriber learns when it may have missed some.

use std::time::Duration;

use faena_contract::JobId;
use faena_queue::{Event, EventStream, Events, Notice, QueueError};
use futures::StreamExt;
use tokio::time::timeout;

use crate::harness::DEADLINE;
use crate::server::Server;

async fn next(notices: &mut EventStream) -> Notice {
    timeout(DEADLINE, notices.recv()).await.expect("a notice in time").expect("an open stream")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_subscriber_of_every_process_gets_every_event_in_order() {
    let server = Server::start().await;
    let (here, there) = (Events::new(server.link()), Events::new(server.link()));
    let mut first = here.subscribe();
    assert_eq!(next(&mut first).await, Notice::Resubscribed);
    let mut second = here.subscribe();
    let mut elsewhere = there.subscribe();
    assert_eq!(next(&mut elsewhere).await, Notice::Resubscribed);
    let sent = [
        Event::CancelRequested { job: JobId::new() },
        Event::Finished { jobs: (0..1_000).map(|_| JobId::new()).collect() },
        Event::Admit,
        Event::ModulesChanged,
    ];
    here.publish_many(&sent).await.unwrap();
    for event in sent {
        for notices in [&mut first, &mut second, &mut elsewhere] {
            assert_eq!(next(notices).await, Notice::Event(event.clone()));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_connection_is_made_again_and_reported() {
    let mut server = Server::start().await;
    let events = Events::new(server.link());
    let mut one = events.subscribe();
    assert_eq!(next(&mut one).await, Notice::Resubscribed);
    let two = events.subscribe();
    server.command("CLIENT KILL TYPE pubsub").await;
    assert_eq!(next(&mut one).await, Notice::Resubscribed);
    server.kill();
    assert!(matches!(events.publish(&Event::Admit).await, Err(QueueError::Publish { count: 1, .. })));
    server.restart().await;
    assert_eq!(next(&mut one).await, Notice::Resubscribed);
    events.publish(&Event::Admit).await.unwrap();
    assert_eq!(next(&mut one).await, Notice::Event(Event::Admit));
    let of_two: Vec<Notice> = two.into_stream().take(3).collect().await;
    assert_eq!(of_two, [Notice::Resubscribed, Notice::Resubscribed, Notice::Event(Event::Admit)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_subscriber_is_told_that_it_missed_events() {
    let server = Server::start().await;
    let events = Events::new(server.link());
    let mut quick = events.subscribe();
    assert_eq!(next(&mut quick).await, Notice::Resubscribed);
    let mut slow = events.subscribe();
    let sent = vec![Event::Admit; 5_000];
    events.publish_many(&sent).await.unwrap();
    // Whether `quick` keeps up does not matter here; once it has seen the end, `slow` has missed the start.
    events.publish(&Event::ModulesChanged).await.unwrap();
    while next(&mut quick).await != Notice::Event(Event::ModulesChanged) {}
    assert_eq!(next(&mut slow).await, Notice::Resubscribed);
    assert_eq!(next(&mut slow).await, Notice::Event(Event::Admit));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_stream_ends_with_the_last_handle() {
    let server = Server::start().await;
    let events = Events::new(server.link());
    let mut notices = events.subscribe();
    assert_eq!(next(&mut notices).await, Notice::Resubscribed);
    drop(events);
    assert_eq!(timeout(Duration::from_secs(5), notices.recv()).await.unwrap(), None);
}
