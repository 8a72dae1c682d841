//! The table of what everybody sold and earned.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::calculate::Outcome;
use crate::output::{self, Table, duration, say};

/// Prints sales and commissions of each member, and how fast they were calculated.
pub(super) fn print(outcome: &Outcome, sales: &BTreeMap<&str, i64>) {
    let mut table = Table::new(["MEMBER", "MONTHS", "SALES (MXN)", "COMMISSION (MXN)", "SHARE"]);
    let (mut all_months, mut all_sales, mut all_commissions) = (0, Decimal::ZERO, Decimal::ZERO);
    for (member, (months, commission)) in &outcome.members {
        let sold = Decimal::new(sales.get(member.as_str()).copied().unwrap_or_default(), 2);
        table.row([member.clone(), months.to_string(), money(sold), money(*commission), share(*commission, sold)]);
        all_months += months;
        all_sales += sold;
        all_commissions += commission;
    }
    table.row([
        "all".to_owned(),
        all_months.to_string(),
        money(all_sales),
        money(all_commissions),
        share(all_commissions, all_sales),
    ]);
    table.right(&[1, 2, 3, 4]);
    output::show(&table);
    let jobs = outcome.run_times.len();
    say(&format!(
        "\n    {jobs} jobs in {:.2} s: {:.0} jobs/s from submission to the last end; an attempt took p50 {}, p95 {}, its wait for a CPU included",
        outcome.elapsed.as_secs_f64(),
        jobs as f64 / outcome.elapsed.as_secs_f64().max(0.001),
        duration(outcome.percentile(50)),
        duration(outcome.percentile(95)),
    ));
}

/// `1,234,567.80`
fn money(amount: Decimal) -> String {
    let text = format!("{:.2}", amount.abs());
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, "00"));
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let sign = if amount.is_sign_negative() && !amount.is_zero() { "-" } else { "" };
    format!("{sign}{grouped}.{fraction}")
}

fn share(commission: Decimal, sales: Decimal) -> String {
    let hundredfold = commission * Decimal::ONE_HUNDRED;
    hundredfold.checked_div(sales).map_or_else(String::new, |share| format!("{share:.1} %"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_grouped_by_thousands() {
        assert_eq!(money(Decimal::new(123_456_780, 2)), "1,234,567.80");
        assert_eq!(money(Decimal::new(-99_900, 2)), "-999.00");
        assert_eq!(money(Decimal::new(100_000, 2)), "1,000.00");
        assert_eq!(share(Decimal::ONE, Decimal::ZERO), "");
        assert_eq!(share(Decimal::from(7), Decimal::from(100)), "7.0 %");
    }
}
