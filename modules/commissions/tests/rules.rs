//! Combinations of rules that the golden cases do not have, worked out by hand.

#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use serde_json::{Value, json};

mod support;
use support::{payment, refund, run_ok, told};

const MAY: &str = "2026-05-10";

fn tiers(mode: &str) -> Value {
    json!({ "type": "tiered", "mode": mode, "tiers": [["0", "10000", "0.05"], ["10000", "25000", "0.07"], ["25000", null, "0.10"]] })
}

#[test]
fn json_numbers_are_read_from_their_text() {
    let plan = json!({ "rules": [{ "type": "percent", "rate": 0.1 }] });
    let events =
        [payment("e1", "0", MAY, json!({ "amount": 999 })), payment("e2", "0", MAY, json!({ "amount": 49.95 }))];
    assert_eq!(told(&run_ok(&plan, &events)), ["e1 ana 99.90", "e2 ana 5.00"]);
}

#[test]
fn ties_of_time_follow_ids_as_people_count() {
    let plan = json!({ "rules": [tiers("marginal")] });
    let events = ["e10", "e2", "e9"].map(|id| payment(id, "9000", MAY, json!({})));
    let sold = ["e2 ana 450.00", "e9 ana 610.00", "e10 ana 690.00"];
    assert_eq!(told(&run_ok(&plan, &events)), sold);
    // The same for returns, here of the sale that paid 0.07 on 8000 and 0.05 on 1000.
    let back = [refund("r10", "e9", "4500", MAY), refund("r9", "e9", "4500", MAY)].map(|mut event| {
        event["at"] = json!("2026-05-10T18:00:00Z");
        event
    });
    let outcome = run_ok(&plan, &[&events[..], &back].concat());
    assert_eq!(told(&outcome), [&sold[..], &["r9 ana -305.00", "r10 ana -305.00"]].concat());
}

#[test]
fn a_cap_that_cuts_half_a_cent_leaves_nothing_behind() {
    let plan = json!({ "cap": "0", "rules": [{ "type": "percent", "rate": "0.1" }] });
    assert_eq!(told(&run_ok(&plan, &[payment("e1", "0.05", MAY, json!({}))])), ["e1 ana 0.00"]);
}

#[test]
fn tiers_split_and_cap_work_on_the_deal_then_on_each_member() {
    let plan = json!({ "cap": "500", "rules": [tiers("marginal")] });
    let splits = json!({ "splits": [{ "member": "ana", "share": "0.6" }, { "member": "beto", "share": "0.4" }] });
    let events = [payment("e1", "8000", MAY, splits.clone()), payment("e2", "6000", MAY, splits)];
    // The deals earn 400 and 380: ana 240 + 228, beto 160 + 152; a third deal of 1000 x 0.07 is cut for ana.
    let third = payment("e3", "1000", MAY, json!({}));
    let outcome = run_ok(&plan, &[&events[..], &[third]].concat());
    assert_eq!(told(&outcome), ["e1 ana 240.00", "e1 beto 160.00", "e2 ana 228.00", "e2 beto 152.00", "e3 ana 32.00"]);
}

#[test]
fn recomputing_a_refund_moves_later_sales_down_the_tiers() {
    let plan = json!({ "clawback": { "mode": "recompute" }, "rules": [tiers("marginal")] });
    let events = [
        payment("e1", "12000", MAY, json!({})),
        payment("e2", "20000", MAY, json!({})),
        payment("b1", "1000", MAY, json!({ "member": "beto" })),
        refund("r1", "e1", "3000", "2026-05-20"),
        payment("e3", "1000", "2026-05-21", json!({})),
    ];
    // 640 + 1610 = 2250 becomes 450 + 1500 = 1950; then 29000..30000 at 10 %.
    let outcome = run_ok(&plan, &events);
    assert_eq!(told(&outcome), ["b1 beto 50.00", "e1 ana 640.00", "e2 ana 1610.00", "r1 ana -300.00", "e3 ana 100.00"]);
}

#[test]
fn a_void_and_a_chargeback_take_all_that_is_left() {
    let plan = json!({ "rules": [{ "type": "percent", "rate": "0.0333" }] });
    for kind in ["void", "chargeback"] {
        let rest = json!({ "id": "x", "type": kind, "of": "e1", "at": "2026-05-30T00:00:00Z" });
        let events = [
            payment("e1", "100.10", MAY, json!({})),
            refund("r1", "e1", "33.37", "2026-05-12"),
            refund("r2", "e1", "33.37", "2026-05-13"),
            rest,
        ];
        let outcome = run_ok(&plan, &events);
        assert_eq!(told(&outcome), ["e1 ana 3.33", "r1 ana -1.11", "r2 ana -1.11", "x ana -1.11"]);
        assert_eq!(outcome["totals"]["ana"], "0.00");
    }
}

#[test]
fn retroactive_tiers_fall_back_when_a_refund_is_recomputed() {
    let plan = json!({ "clawback": { "mode": "recompute" }, "rules": [tiers("retroactive")] });
    let events = [
        payment("e1", "8000", MAY, json!({})),
        payment("e2", "2000", MAY, json!({})),
        refund("r1", "e2", "0.01", "2026-06-01"),
    ];
    let outcome = run_ok(&plan, &events);
    assert_eq!(told(&outcome), ["e1 ana 400.00", "e2 ana 300.00", "r1 ana -200.00"]);
    assert_eq!(outcome["payouts"][1]["carry_out"], "-200.00");
}

#[test]
fn a_manager_gets_the_override_of_the_team_part_of_a_split_and_gives_it_back() {
    let team = json!([{ "member": "ana", "to": "2026-05-31" }, "beto"]);
    let plan = json!({ "rules": [{ "type": "percent", "rate": "0.05" },
        { "type": "override", "rate": "0.02", "of": "team", "manager": "mario", "members": team }] });
    let splits = json!({ "splits": [{ "member": "ana", "share": "0.5" }, { "member": "mario", "share": "0.3" }, { "member": "zoe", "share": "0.2" }] });
    let events = [
        payment("e1", "1000", MAY, splits),
        refund("r1", "e1", "500", "2026-05-11"),
        payment("e2", "1000", "2026-06-01", json!({})),
    ];
    // Ana has left the team in June.
    assert_eq!(
        told(&run_ok(&plan, &events)),
        [
            "e1 ana 25.00",
            "e1 mario 15.00",
            "e1 zoe 10.00",
            "e1 mario 10.00",
            "r1 ana -12.50",
            "r1 mario -7.50",
            "r1 zoe -5.00",
            "r1 mario -5.00",
            "e2 ana 50.00"
        ]
    );
}

#[test]
fn three_accelerators_and_a_marginal_threshold_slice_one_sale() {
    let plan = json!({ "quota": { "ana": "10000" }, "rules": [{ "type": "percent", "rate": "0.05",
        "accelerators": [["0.80", "1.2"], ["1.00", "1.5"], ["1.20", "2"]],
        "threshold": { "attainment": "0.50", "mode": "marginal" } }] });
    let events = [payment("e1", "4000", MAY, json!({})), payment("e2", "10000", MAY, json!({}))];
    // 5000..8000 x .05 = 150; 8000..10000 x .06 = 120; 10000..12000 x .075 = 150; 12000..14000 x .10 = 200.
    assert_eq!(told(&run_ok(&plan, &events)), ["e1 ana 0.00", "e2 ana 620.00"]);
}

#[test]
fn a_bonus_comes_back_only_when_the_period_is_recomputed() {
    let plan = |mode: &str| {
        json!({ "quota": "10000", "clawback": { "mode": mode }, "rules": [{ "type": "percent", "rate": "0.05" },
        { "type": "bonus", "amount": "1000", "when": { "attainment_gte": "1.00" } },
        { "type": "bonus", "amount": "300", "when": { "attainment_gte": "0.50" } }] })
    };
    let events = [payment("e1", "10000", MAY, json!({})), refund("r1", "e1", "1", "2026-05-12")];
    let sold = ["e1 ana 500.00", "e1 ana 1000.00", "e1 ana 300.00", "r1 ana -0.05"];
    assert_eq!(told(&run_ok(&plan("proportional"), &events)), sold);
    let recomputed = [&sold[..], &["r1 ana -1000.00"]].concat();
    assert_eq!(told(&run_ok(&plan("recompute"), &events)), recomputed);
}

#[test]
fn the_cap_limits_managers_too_and_a_refund_makes_room_again() {
    let plan = json!({ "cap": { "mario": "15" }, "clawback": { "mode": "recompute" }, "rules": [{ "type": "percent", "rate": "0.10" },
        { "type": "override", "rate": "0.02", "manager": "mario", "members": ["ana", "beto"] }] });
    let events = [
        payment("e1", "500", MAY, json!({})),
        payment("e2", "500", MAY, json!({ "member": "beto" })),
        refund("r1", "e1", "500", "2026-05-12"),
    ];
    assert_eq!(
        told(&run_ok(&plan, &events)),
        ["e1 ana 50.00", "e1 mario 10.00", "e2 beto 50.00", "e2 mario 5.00", "r1 ana -50.00", "r1 mario -5.00"]
    );
}

#[test]
fn flat_amounts_by_unit_add_to_the_rate_of_the_item() {
    let plan = json!({ "rules": [{ "type": "percent", "rate": "0.10" },
        { "type": "flat", "amount": "7.50", "per": "unit", "match": { "product": "p-1" } }] });
    let items =
        json!({ "items": [{ "product": "p-1", "amount": "60", "quantity": 3 }, { "product": "p-2", "amount": "40" }] });
    assert_eq!(told(&run_ok(&plan, &[payment("e1", "100", MAY, items)])), ["e1 ana 32.50"]);
}

#[test]
fn a_net_base_is_divided_among_items_and_shrinks_with_a_refund() {
    let plan = json!({ "base": "net", "clawback": { "mode": "recompute" }, "rules": [{ "type": "percent", "rate": "0.10" },
        { "type": "percent", "rate": "0.20", "match": { "sale": "renewal" } }] });
    let sale = json!({ "subtotal": "1000.00", "discount": "100.00", "tax": "144.00",
        "items": [{ "amount": "600.00", "sale": "renewal" }, { "amount": "400.00" }] });
    let events = [payment("e1", "1044.00", MAY, sale), refund("r1", "e1", "522.00", "2026-05-12")];
    // 540 x 0.20 + 360 x 0.10 = 144; half of it goes back.
    assert_eq!(told(&run_ok(&plan, &events)), ["e1 ana 144.00", "r1 ana -72.00"]);
}

#[test]
fn a_new_version_keeps_the_place_in_the_tiers() {
    let second =
        json!({ "type": "tiered", "mode": "marginal", "tiers": [["0", "10000", "0.06"], ["10000", null, "0.08"]] });
    let plan = json!({ "versions": [{ "from": "2026-05-16", "to": null, "rules": [second] },
        { "from": null, "to": "2026-05-15", "rules": [tiers("marginal")] }] });
    let events = [payment("e1", "9000", MAY, json!({})), payment("e2", "2000", "2026-05-20", json!({}))];
    assert_eq!(told(&run_ok(&plan, &events)), ["e1 ana 450.00", "e2 ana 140.00"]);
}

#[test]
fn the_largest_numbers_of_the_schema_do_not_overflow() {
    let most = "999999999999.99999999";
    let steps = json!([["0.00000001", "999.99999999"], ["999.99999999", "999"]]);
    let rules = [
        json!({ "type": "percent", "rate": "999.99999999", "accelerators": steps }),
        json!({ "type": "tiered", "mode": "retroactive", "tiers": [["0", null, "999.99999999"]] }),
        json!({ "type": "flat", "amount": most, "per": "unit" }),
    ];
    for rule in rules {
        let plan = json!({ "quota": "0.00000001", "cap": most, "clawback": { "mode": "proportional" }, "rules": [rule,
            { "type": "bonus", "amount": most, "when": { "attainment_gte": "999.99999999" } }] });
        let splits = json!({ "quantity": "999999.99999999", "splits": [{ "member": "ana", "share": "0.99999999" }, { "member": "beto", "share": "0.00000001" }] });
        let events = [payment("e1", most, MAY, splits), refund("r1", "e1", "0.00000001", "2026-05-20")];
        assert_eq!(support::lines(&run_ok(&plan, &events)).len(), 5, "{plan}");
    }
}

#[test]
fn a_product_may_be_called_anything() {
    let plan = json!({ "rules": [{ "type": "percent", "rate": "0.10" }] });
    let names = ["# note", "a: b = c", "1 x 2 = 2", " - "];
    let items: Vec<Value> = names.iter().map(|name| json!({ "product": name, "amount": "10" })).collect();
    assert_eq!(told(&run_ok(&plan, &[payment("e1", "40", MAY, json!({ "items": items }))])), ["e1 ana 4.00"]);
}
