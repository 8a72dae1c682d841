//! Approved lines and closed periods do not change: what is learnt later is posted as adjustment lines (C27).
//!
//! Events stand in the order of ARRIVAL, and only here does it matter: an approval freezes the lines as they were
//! calculated from the events known by then (those before it, and those that approvals name). Each later event that
//! could change a frozen line posts the difference in its own name. The frozen line plus its adjustments always come
//! to what the line would be without any approval, so the order of arrival moves amounts between lines and periods,
//! and never changes a total. A line that nobody approved is simply calculated again.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use crate::book::{Key, Posted, Role};
use crate::error::CalculateError;
use crate::event::{Event, What, refer};
use crate::period::Period;
use crate::plan::Plan;
use crate::sale;
use crate::timeline;
use crate::trace::Trace;

/// The lines of a payload, and the payments of nobody.
pub(crate) struct Posting {
    pub(crate) lines: Vec<Posted>,
    pub(crate) unassigned: Vec<String>,
}

/// Calculates all lines.
pub(crate) fn post(plan: &Plan, events: &[Event]) -> Result<Posting, CalculateError> {
    let all: Vec<&Event> = events.iter().collect();
    let settled = sale::settle(plan, &all)?;
    refer::check_returns(events, &settled.paid)?;
    let lines = timeline::run(plan, &settled)?;
    let unassigned = settled.unassigned;
    if !events.iter().any(|event| matches!(event.what, What::Approve { .. } | What::Close { .. })) {
        return Ok(Posting { lines, unassigned });
    }
    let mut journal = Journal::new(plan, events);
    journal.replay()?;
    Ok(Posting { lines: journal.finish(lines), unassigned })
}

struct Journal<'a> {
    plan: &'a Plan,
    events: &'a [Event],
    /// Where each event stands in the order of arrival.
    places: BTreeMap<&'a str, usize>,
    /// Which periods were closed, and where.
    closes: Vec<(usize, Period)>,
    frozen: BTreeMap<Key, Posted>,
    /// The latest instant of a frozen line.
    frozen_until: Option<DateTime<Utc>>,
    /// Each frozen line with its adjustments so far.
    current: BTreeMap<Key, Decimal>,
    adjustments: Vec<Posted>,
    /// The last calculation, and how many events it knew: many approvals come one after another.
    last: (usize, Rc<Vec<Posted>>),
}

impl<'a> Journal<'a> {
    fn new(plan: &'a Plan, events: &'a [Event]) -> Self {
        Self {
            plan,
            events,
            places: events.iter().enumerate().map(|(place, event)| (event.id.as_str(), place)).collect(),
            closes: events.iter().enumerate().filter_map(close_of).collect(),
            frozen: BTreeMap::new(),
            frozen_until: None,
            current: BTreeMap::new(),
            adjustments: Vec::new(),
            last: Default::default(),
        }
    }

    fn replay(&mut self) -> Result<(), CalculateError> {
        let mut named = BTreeSet::new();
        for (place, event) in self.events.iter().enumerate() {
            match &event.what {
                What::Approve { events } => {
                    named.extend(events.iter().map(String::as_str));
                    let lines = self.known(place, &named)?;
                    self.freeze(&lines, |line, _| events.contains(&line.key.event));
                }
                What::Close { period } => {
                    let lines = self.known(place, &named)?;
                    self.freeze(&lines, |_, paid_in| paid_in <= *period);
                }
                _ if self.may_change_frozen(event) => {
                    let lines = self.known(place, &named)?;
                    self.adjust(place, event, &lines);
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The lines as they stood after an event arrived.
    fn known(&mut self, place: usize, named: &BTreeSet<&str>) -> Result<Rc<Vec<Posted>>, CalculateError> {
        let counts = |event: &Event| !matches!(event.what, What::Approve { .. } | What::Close { .. });
        let known = |at: usize, event: &Event| at <= place || named.contains(event.id.as_str());
        let events = self.events.iter().enumerate().filter(|(at, event)| counts(event) && known(*at, event));
        let events: Vec<&Event> = events.map(|(_, event)| event).collect();
        // What is known only grows, so the same number of events is the same events.
        if self.last.0 != events.len() {
            let lines = timeline::run(self.plan, &sale::settle(self.plan, &events)?)?;
            self.last = (events.len(), Rc::new(lines));
        }
        Ok(Rc::clone(&self.last.1))
    }

    fn freeze(&mut self, lines: &[Posted], wanted: impl Fn(&Posted, Period) -> bool) {
        for line in lines {
            let period = self.open_period(&line.key.event, line.period);
            if wanted(line, period) && !self.frozen.contains_key(&line.key) {
                self.frozen_until = self.frozen_until.max(Some(line.at));
                self.current.insert(line.key.clone(), line.amount);
                self.frozen.insert(line.key.clone(), Posted { period, ..line.clone() });
            }
        }
    }

    /// Lines only depend on what happened before them; corrections and assignments reach into the past.
    fn may_change_frozen(&self, event: &Event) -> bool {
        match &event.what {
            What::Correct { .. } | What::Assign { .. } => self.frozen_until.is_some(),
            // A return may take effect later than it says; to look too often costs time, never a wrong line.
            what => self.frozen_until.zip(what.at()).is_some_and(|(last, at)| at <= last),
        }
    }

    /// Posts, in the name of the event, what it changed of each member's frozen lines.
    fn adjust(&mut self, place: usize, event: &Event, lines: &[Posted]) {
        let now: BTreeMap<&Key, Decimal> = lines.iter().map(|line| (&line.key, line.amount)).collect();
        let mut changes: BTreeMap<(String, &str), Adjustment> = BTreeMap::new();
        for (key, line) in &self.frozen {
            let is = now.get(key).copied().unwrap_or_default();
            let was = self.current.insert(key.clone(), is).unwrap_or_default();
            if is != was {
                let change =
                    changes.entry((key.member.clone(), line.currency.code)).or_insert_with(|| Adjustment::of(line));
                change.amount += is - was;
                change.trace.difference(&format!("adjusts {}", key.event), is, was);
            }
        }
        for ((member, _), change) in changes {
            let period = event.what.at().map_or(change.line.period, |at| self.plan.period_of(at));
            let key = Key { event: event.id.clone(), member, role: Role::Adjustment };
            self.adjustments.push(Posted {
                key,
                amount: change.amount,
                trace: change.trace.into_steps(),
                at: event.what.at().unwrap_or(DateTime::<Utc>::MAX_UTC),
                period: self.open_period_at(place, period),
                currency: change.line.currency,
            });
        }
    }

    /// The period in which a line of an event is paid: the first that was not closed when the event arrived.
    fn open_period(&self, event: &str, period: Period) -> Period {
        self.open_period_at(self.places.get(event).copied().unwrap_or_default(), period)
    }

    fn open_period_at(&self, place: usize, period: Period) -> Period {
        let closed = self.closes.iter().take_while(|(at, _)| *at < place).map(|(_, period)| *period).max();
        closed.map_or(period, |last| period.max(last.next()))
    }

    /// Frozen lines as they were frozen, the others as calculated from everything, and the adjustments.
    fn finish(self, lines: Vec<Posted>) -> Vec<Posted> {
        let mut open: Vec<Posted> = lines.into_iter().filter(|line| !self.frozen.contains_key(&line.key)).collect();
        for line in &mut open {
            line.period = self.open_period(&line.key.event, line.period);
        }
        let mut all: Vec<Posted> = self.frozen.into_values().chain(open).chain(self.adjustments).collect();
        all.sort_by(|a, b| {
            let role = |line: &Posted| line.key.role;
            a.at.cmp(&b.at).then_with(|| crate::event::natural(&a.key.event, &b.key.event)).then(role(a).cmp(&role(b)))
        });
        all
    }
}

fn close_of((place, event): (usize, &Event)) -> Option<(usize, Period)> {
    match &event.what {
        What::Close { period } => Some((place, *period)),
        _ => None,
    }
}

struct Adjustment {
    line: Posted,
    amount: Decimal,
    trace: Trace,
}

impl Adjustment {
    fn of(line: &Posted) -> Self {
        Self { line: line.clone(), amount: Decimal::ZERO, trace: Trace::default() }
    }
}
