//! Plans and events for the property tests: every kind of rule, several members, months and currencies.

use proptest::prelude::*;
use serde_json::{Value, json};

/// What the properties ask of a generated plan.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted {
    /// Caps, floors and overrides are not part of the commission of a deal.
    pub(crate) only_deal: bool,
    /// A floor looks at periods, and approvals may move amounts between them.
    pub(crate) floor: bool,
}

pub(crate) fn plan(wanted: Wanted) -> impl Strategy<Value = Value> {
    let extras = any::<(bool, bool, bool, bool, bool, bool)>();
    (0..7_usize, 1..4_000_u32, extras).prop_map(move |(kind, rate, (cap, floor, team, bonus, flat, recompute))| {
        let rate = format!("0.{rate:04}");
        let mut rules = vec![rate_rule(kind, &rate)];
        let mut add = |yes: bool, rule: Value| {
            if yes {
                rules.push(rule)
            }
        };
        add(bonus, json!({ "type": "bonus", "amount": "777.77", "when": { "attainment_gte": "0.60" } }));
        add(flat, json!({ "type": "flat", "amount": "12.34", "match": { "category": "cursos" } }));
        let team_rule = json!({ "type": "override", "rate": "0.0150", "manager": "mario", "members": ["ana", "beto"] });
        add(team && !wanted.only_deal, team_rule);
        let mode = if recompute { "recompute" } else { "proportional" };
        let mut plan = json!({ "quota": "9000", "clawback": { "mode": mode, "window_days": 40 }, "rules": rules });
        if cap && !wanted.only_deal {
            plan["cap"] = json!("900.50");
        }
        if floor && wanted.floor {
            plan["floor"] = json!("333.33");
        }
        plan
    })
}

fn rate_rule(kind: usize, rate: &str) -> Value {
    let tiers = json!([["0", "4000", rate], ["4000", "9000.50", "0.0725"], ["9000.50", null, "0.1"]]);
    let percent = |more: Value| {
        let mut rule = json!({ "type": "percent", "rate": rate });
        rule.as_object_mut().expect("object").extend(more.as_object().expect("object").clone());
        rule
    };
    match kind {
        0 => percent(json!({})),
        1 => percent(json!({ "accelerators": [["0.5", "1.25"], ["1", "1.5"], ["1.5", "0.5"]] })),
        2 => percent(json!({ "threshold": { "attainment": "0.4", "mode": "marginal" } })),
        3 => percent(
            json!({ "threshold": { "attainment": "0.4", "mode": "retroactive" }, "accelerators": [["1", "1.5"]] }),
        ),
        4 => json!({ "type": "tiered", "mode": "marginal", "tiers": tiers }),
        5 => json!({ "type": "tiered", "mode": "retroactive", "tiers": tiers }),
        _ => percent(json!({ "match": { "product": "p-1" } })),
    }
}

/// One sale and what became of it.
#[derive(Debug, Clone)]
struct Story {
    cents: u32,
    day: u32,
    member: usize,
    split: usize,
    currency: usize,
    returned: Option<(u32, u32)>,
    voided: bool,
    corrected: Option<u32>,
    items: bool,
}

fn story(currencies: usize) -> impl Strategy<Value = Story> {
    let sale = (1..900_000_u32, 0..100_u32, 0..4_usize, 0..4_usize, 0..currencies, any::<bool>());
    let after = (
        proptest::option::of((0..=100_u32, 0..60_u32)),
        any::<bool>(),
        proptest::option::weighted(0.2, 1..900_000_u32),
    );
    (sale, after).prop_map(|((cents, day, member, split, currency, items), (returned, voided, corrected))| Story {
        cents,
        day,
        member,
        split,
        currency,
        items,
        returned,
        voided,
        corrected,
    })
}

/// Events of one or of several currencies, in the order of arrival.
pub(crate) fn events(currencies: usize) -> impl Strategy<Value = Vec<Value>> {
    let stories = proptest::collection::vec(story(currencies), 1..10);
    stories.prop_map(|stories| stories.iter().enumerate().flat_map(|(at, story)| tell(at, story)).collect())
}

fn tell(at: usize, story: &Story) -> Vec<Value> {
    let id = format!("e{at}");
    let mut events = vec![sale(&id, story)];
    if let Some(cents) = story.corrected {
        events.push(json!({ "id": format!("f{at}"), "type": "correct", "of": id, "amount": money(cents) }));
    } else if let Some((percent, days)) = story.returned {
        let amount = money(story.cents / 100 * percent);
        events.push(json!({ "id": format!("r{at}"), "type": "refund", "of": id, "amount": amount, "at": date(story.day + days) }));
        if story.voided {
            events.push(json!({ "id": format!("v{at}"), "type": "void", "of": id, "at": date(story.day + days) }));
        }
    }
    events
}

fn sale(id: &str, story: &Story) -> Value {
    let amount = money(story.cents);
    let member = [Some("ana"), Some("beto"), Some("mario"), None][story.member];
    let currency = ["MXN", "JPY", "KWD"][story.currency];
    let mut event = json!({ "id": id, "type": "payment", "amount": amount, "paid_at": date(story.day),
                            "member": member, "currency": currency });
    let split = |parts: &[(&str, &str)]| {
        parts.iter().map(|(member, share)| json!({ "member": member, "share": share })).collect()
    };
    let splits: Vec<Value> = match story.split {
        1 => split(&[("ana", "0.3333"), ("beto", "0.3333"), ("caro", "0.3334")]),
        2 => split(&[("mario", "0.125"), ("beto", "0.875")]),
        _ => Vec::new(),
    };
    if !splits.is_empty() {
        event["splits"] = splits.into();
    }
    if story.items {
        let first = story.cents / 3;
        event["items"] = json!([{ "product": "p-1", "amount": money(first) },
                                { "category": "cursos", "amount": money(story.cents - first) }]);
    }
    event
}

fn money(cents: u32) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

/// Days from the first of January; several sales fall on one instant.
fn date(day: u32) -> String {
    let (month, day) = (day / 28 + 1, day % 28 + 1);
    format!("2026-{month:02}-{day:02}T12:00:00Z")
}
