//! What happens around the rules: invoices, duplicates, approvals, closes, draws, floors and payouts.

#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use serde_json::{Value, json};

mod support;
use support::{payment, refund, run_ok, told};

const MAY: &str = "2026-05-10";

fn tenth() -> Value {
    json!({ "rules": [{ "type": "percent", "rate": "0.10" }] })
}

fn invoice(id: &str, kind: &str, paid: Value, day: &str) -> Value {
    json!({ "id": id, "type": kind, "invoice": "i1", "amountPaid": paid, "total": 999, "currency": "MXN",
            "member": "ana", "paid_at": format!("{day}T10:00:00Z") })
}

#[test]
fn an_invoice_pays_what_each_event_adds_and_a_void_takes_all_back() {
    let events = [
        invoice("i1#3", "InvoicePaid", json!(999), "2026-05-20"),
        invoice("i1#1", "InvoicePartiallyPaid", json!("400"), "2026-05-02"),
        invoice("i1#2", "InvoicePartiallyPaid", json!(400), "2026-05-03"),
        json!({ "id": "v1", "type": "InvoiceVoid", "invoice": "i1", "at": "2026-06-01T00:00:00Z" }),
        json!({ "id": "v2", "type": "InvoiceVoid", "invoice": "never-paid", "at": "2026-06-01T00:00:00Z" }),
    ];
    assert_eq!(told(&run_ok(&tenth(), &events)), ["i1#1 ana 40.00", "i1#3 ana 59.90", "v1 ana -99.90"]);
}

#[test]
fn copies_by_id_and_by_webhook_count_once() {
    let events = [
        payment("e2", "500", MAY, json!({ "webhook_id": "w-1" })),
        payment("e1", "500", MAY, json!({ "webhook_id": "w-1", "member": null })),
        payment("e1", "500", MAY, json!({ "webhook_id": "w-3", "member": null })),
        refund("r1", "e2", "100", "2026-05-11"),
    ];
    let outcome = run_ok(&tenth(), &events);
    assert_eq!(told(&outcome), ["e1 ana 50.00", "r1 ana -10.00"]);
    assert_eq!(outcome["unassigned"], json!([]));
}

#[test]
fn an_assigned_payment_is_paid_by_the_plan_of_its_own_date() {
    let version = |from: Value, to: Value, rate: &str| json!({ "from": from, "to": to, "rules": [{ "type": "percent", "rate": rate }] });
    let plan = json!({ "members": ["ana"], "versions": [version(json!(null), json!("2026-05-31"), "0.10"),
        version(json!("2026-06-01"), json!(null), "0.50")] });
    let sold =
        [payment("e1", "100", MAY, json!({ "member": null })), payment("e2", "100", MAY, json!({ "member": "zoe" }))];
    let outcome = run_ok(&plan, &sold);
    assert_eq!((told(&outcome).len(), &outcome["unassigned"]), (0, &json!(["e1", "e2"])));
    let assign = json!({ "id": "a1", "type": "assign", "of": "e1", "member": "ana", "at": "2026-06-15T00:00:00Z" });
    let outcome = run_ok(&plan, &[&sold[..], &[assign]].concat());
    assert_eq!((told(&outcome), &outcome["unassigned"]), (vec!["e1 ana 10.00".to_owned()], &json!(["e2"])));
}

#[test]
fn a_correction_changes_a_draft_in_place_and_an_approved_line_by_an_adjustment() {
    let sale = payment("e1", "100", MAY, json!({}));
    let approve = json!({ "id": "a1", "type": "approve", "lines": ["e1"] });
    let fix = |id: &str, amount: &str| json!({ "id": id, "type": "correct", "of": "e1", "amount": amount });
    let events = [sale.clone(), fix("f1", "80")];
    assert_eq!(told(&run_ok(&tenth(), &events)), ["e1 ana 8.00"]);
    let events = [sale.clone(), approve.clone(), fix("f1", "80"), fix("f2", "70")];
    assert_eq!(told(&run_ok(&tenth(), &events)), ["e1 ana 10.00", "f1 ana -2.00", "f2 ana -1.00"]);
    let events = [sale, fix("f1", "80"), approve];
    assert_eq!(told(&run_ok(&tenth(), &events)), ["e1 ana 8.00"]);
}

#[test]
fn a_late_payment_adjusts_the_approved_lines_after_it() {
    let plan = json!({ "rules": [{ "type": "tiered", "mode": "marginal", "tiers": [["0", "10000", "0.05"], ["10000", null, "0.07"]] }] });
    let approve = json!({ "id": "a1", "type": "approve", "lines": ["e2"] });
    let events = [payment("e2", "12000", MAY, json!({})), approve, payment("e1", "5000", "2026-05-09", json!({}))];
    // e2 alone earns 500 + 140; after e1 it would earn 250 + 490.
    assert_eq!(told(&run_ok(&plan, &events)), ["e1 ana 250.00", "e1 ana 100.00", "e2 ana 640.00"]);
}

#[test]
fn what_comes_after_a_close_is_paid_in_the_next_open_period() {
    let close = json!({ "id": "c1", "type": "close", "period": "2026-05" });
    let fix = json!({ "id": "f1", "type": "correct", "of": "e1", "amount": "150" });
    let events = [payment("e1", "100", MAY, json!({})), close, payment("e2", "200", "2026-05-31", json!({})), fix];
    let outcome = run_ok(&tenth(), &events);
    assert_eq!(told(&outcome), ["e1 ana 10.00", "e2 ana 20.00", "f1 ana 5.00"]);
    let paid = |at: usize| (outcome["payouts"][at]["period"].clone(), outcome["payouts"][at]["paid"].clone());
    assert_eq!([paid(0), paid(1)], [(json!("2026-05"), json!("10.00")), (json!("2026-06"), json!("25.00"))]);
}

#[test]
fn a_negative_balance_is_carried_until_it_is_covered() {
    let events = [
        payment("e1", "1000", "2026-01-10", json!({})),
        refund("r1", "e1", "1000", "2026-02-02"),
        payment("e2", "300", "2026-03-09", json!({})),
        payment("e3", "300", "2026-04-09", json!({})),
        payment("e4", "900", "2026-06-09", json!({})),
    ];
    let outcome = run_ok(&tenth(), &events);
    let row = |row: &Value| {
        format!("{} {} {} {}", row["period"], row["carry_in"], row["paid"], row["carry_out"]).replace('"', "")
    };
    let rows: Vec<String> = outcome["payouts"].as_array().expect("payouts").iter().map(row).collect();
    assert_eq!(
        rows,
        [
            "2026-01 0.00 100.00 0.00",
            "2026-02 0.00 0.00 -100.00",
            "2026-03 -100.00 0.00 -70.00",
            "2026-04 -70.00 0.00 -40.00",
            "2026-06 -40.00 50.00 0.00"
        ]
    );
}

#[test]
fn payouts_say_whose_they_are_when_there_are_several() {
    let events = [
        payment("e1", "1000", MAY, json!({})),
        payment("e2", "1000", MAY, json!({ "currency": "JPY", "member": "beto" })),
    ];
    let outcome = run_ok(&tenth(), &events);
    assert_eq!(outcome["payouts"][0]["member"], "ana");
    assert_eq!(outcome["payouts"][1]["currency"], "JPY");
    assert_eq!(outcome["totals"], json!(null));
    assert_eq!(outcome["totals_by_currency"], json!({ "ana": { "MXN": "100.00" }, "beto": { "JPY": "100" } }));
}

#[test]
fn a_floor_is_closed_by_member_and_by_period() {
    let mut plan = tenth();
    plan["floor"] = json!({ "ana": "50", "caro": "70" });
    let events = [payment("e1", "100", MAY, json!({})), payment("e2", "100", MAY, json!({ "member": "beto" }))];
    let outcome = run_ok(&plan, &events);
    let close = |earned: &str, floor: &str, payable: &str| json!({ "earned": earned, "floor_adjustment": floor, "payable": payable });
    assert_eq!(
        outcome["period_close"],
        json!({ "ana": close("10.00", "40.00", "50.00"), "caro": close("0.00", "70.00", "70.00") })
    );
    assert_eq!(outcome["totals"], json!({ "ana": "50.00", "beto": "10.00", "caro": "70.00" }));
    let june = payment("e3", "900", "2026-06-10", json!({}));
    let outcome = run_ok(&plan, &[&events[..], &[june]].concat());
    assert_eq!(outcome["period_close"]["ana"]["2026-06"], close("90.00", "0.00", "90.00"));
}

#[test]
fn draws_by_member_follow_the_calendar_and_stop() {
    let mut plan = tenth();
    plan["draw"] = json!({ "amount": { "ana": "100" }, "recoverable": true, "stop_after": 2 });
    let events = [
        payment("e1", "300", "2026-01-10", json!({})),
        payment("b1", "300", "2026-01-10", json!({ "member": "beto" })),
        payment("e3", "800", "2026-03-10", json!({})),
        payment("e4", "2000", "2026-04-10", json!({})),
    ];
    let outcome = run_ok(&plan, &events);
    let row = |row: &Value| {
        ["period", "draw", "recovered", "paid", "balance"]
            .map(|key| row[key].as_str().expect("text").to_owned())
            .join(" ")
    };
    let rows: Vec<String> = outcome["periods"].as_array().expect("periods").iter().map(row).collect();
    assert_eq!(
        rows,
        [
            "2026-01 70.00 0.00 100.00 70.00",
            "2026-02 100.00 0.00 100.00 170.00",
            "2026-03 0.00 0.00 80.00 170.00",
            "2026-04 0.00 100.00 100.00 70.00"
        ]
    );
    assert_eq!(outcome["payouts"].as_array().expect("payouts").len(), 5);
}

#[test]
fn a_draw_that_is_not_recoverable_is_never_owed() {
    let plan = json!({ "draw": { "amount": "100" }, "rules": [{ "type": "direct" }] });
    let events = [
        json!({ "period": 1, "earned": "40", "member": "ana" }),
        json!({ "period": 2, "earned": 250, "member": "ana" }),
    ];
    let outcome = run_ok(&plan, &events);
    assert_eq!(
        outcome["periods"][0],
        json!({ "period": 1, "earned": "40.00", "draw": "60.00", "recovered": "0.00", "paid": "100.00", "balance": "0.00" })
    );
    assert_eq!(outcome["periods"][1]["paid"], "250.00");
    assert_eq!(outcome["totals"], json!({ "ana": "290.00" }));
}

#[test]
fn periods_have_four_lengths_in_local_time() {
    for (period, labels) in [
        ("week", ["2025-W52", "2026-W01"]),
        ("month", ["2025-12", "2026-01"]),
        ("quarter", ["2025-Q4", "2026-Q1"]),
        ("year", ["2025", "2026"]),
    ] {
        let mut plan = tenth();
        plan["period"] = json!(period);
        plan["timezone"] = json!("America/Mexico_City");
        let events = [
            payment("e1", "100", "2025-12-28", json!({})),
            payment("e2", "100", MAY, json!({ "paid_at": "2026-01-01T06:00:00Z" })),
        ];
        let outcome = run_ok(&plan, &events);
        let found = [0, 1].map(|at| outcome["payouts"][at]["period"].clone());
        assert_eq!(found, labels.map(Value::from), "{period}");
    }
}
