//! How a line explains its amount, in a grammar small enough for a test, or a sceptical seller, to recompute.
//!
//! ```text
//! trace   = step*
//! step    = note | term
//! note    = "# " text                        an explanation; it does not count
//! term    = [label ": "] expr " = " number   the number counts
//! expr    = product ((" + " | " - ") product)*
//! product = number ((" x " | " / ") number)*
//! ```
//!
//! The numbers on the right of the terms, added and rounded ONCE to the decimals of the currency, are the amount of
//! the line. A term such as `residue: 0.006 = 0.006` says how many thousandths the largest-remainder rule moved.

use rust_decimal::Decimal;

use crate::money::{Currency, show};

/// A trace while it is being written.
#[derive(Debug, Clone, Default)]
pub(crate) struct Trace {
    steps: Vec<String>,
    sum: Decimal,
}

impl Trace {
    /// The exact sum of the terms so far.
    pub(crate) fn sum(&self) -> Decimal {
        self.sum
    }

    pub(crate) fn note(&mut self, text: impl AsRef<str>) {
        self.steps.push(format!("# {}", text.as_ref()));
    }

    /// Adds a term; `value` must be what `expr` comes to.
    pub(crate) fn term(&mut self, label: &str, expr: &str, value: Decimal) {
        // A product may be called anything, but a term never looks like a note.
        let label = label.trim_start_matches(['#', ' ']);
        let label = if label.is_empty() { String::new() } else { format!("{label}: ") };
        self.steps.push(format!("{label}{expr} = {}", show(value, 2)));
        self.sum += value;
    }

    /// Adds `a x b [x c]` and returns what it comes to.
    pub(crate) fn product(&mut self, label: &str, factors: &[Decimal]) -> Decimal {
        let value = factors.iter().product();
        let expr: Vec<String> =
            factors.iter().enumerate().map(|(at, factor)| show(*factor, if at == 0 { 2 } else { 0 })).collect();
        self.term(label, &expr.join(" x "), value);
        value
    }

    /// Adds `a - b`.
    pub(crate) fn difference(&mut self, label: &str, a: Decimal, b: Decimal) {
        self.term(label, &format!("{} - {}", show(a, 2), show(b, 2)), a - b);
    }

    /// The steps as notes, to show where a figure of another line comes from.
    pub(crate) fn as_notes(&self) -> Trace {
        let steps =
            self.steps.iter().map(|step| if step.starts_with("# ") { step.clone() } else { format!("# {step}") });
        Trace { steps: steps.collect(), sum: Decimal::ZERO }
    }

    /// Makes the terms come to `amount`, which differs from their rounded sum only by what a split or a cap moved.
    pub(crate) fn settle(&mut self, amount: Decimal, currency: Currency) {
        if currency.round(self.sum) != amount {
            self.exact(amount);
        }
    }

    /// Makes the terms come to `amount` without rounding, so that more terms may follow.
    pub(crate) fn exact(&mut self, amount: Decimal) {
        let residue = amount - self.sum;
        if !residue.is_zero() {
            self.term("residue", &show(residue, 2), residue);
        }
    }

    pub(crate) fn append(&mut self, other: Trace) {
        self.steps.extend(other.steps);
        self.sum += other.sum;
    }

    pub(crate) fn into_steps(self) -> Vec<String> {
        self.steps
    }
}
