//! Reading JSON by hand, so that each error carries the pointer of the value at fault.
//!
//! Derived readers cannot do this, and their buffered enums do not keep the text of a number, which amounts need.

use std::str::FromStr;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde_json::Value;

use crate::error::{CalculateError, Code};

/// Exclusive limits that keep every sum and product of a calculation far from the edge of a 96-bit decimal.
const MAX_AMOUNT: Decimal = Decimal::from_parts(3_567_587_328, 232, 0, false, 0); // 10^12
const MAX_RATE: Decimal = Decimal::from_parts(1_000, 0, 0, false, 0);
const MAX_QUANTITY: Decimal = Decimal::from_parts(1_000_000, 0, 0, false, 0);
const MAX_SCALE: u32 = 8;

/// A value and where it stands in the payload.
#[derive(Clone)]
pub(crate) struct Node<'a> {
    pub(crate) value: &'a Value,
    pub(crate) path: String,
}

type Read<T> = Result<T, CalculateError>;

impl<'a> Node<'a> {
    pub(crate) fn root(value: &'a Value) -> Self {
        Self { value, path: String::new() }
    }

    pub(crate) fn fail(&self, code: Code, detail: impl ToString) -> CalculateError {
        CalculateError::new(code, self.path.clone(), detail)
    }

    fn child(&self, key: impl ToString, value: &'a Value) -> Self {
        let key = key.to_string().replace('~', "~0").replace('/', "~1");
        Self { value, path: format!("{}/{key}", self.path) }
    }

    /// The field, when it is there and is not null.
    pub(crate) fn get(&self, key: &str) -> Option<Node<'a>> {
        let value = self.value.get(key).filter(|value| !value.is_null())?;
        Some(self.child(key, value))
    }

    pub(crate) fn need(&self, key: &str) -> Read<Node<'a>> {
        self.get(key).ok_or_else(|| self.fail(Code::MissingField, key))
    }

    pub(crate) fn fields(&self) -> Read<Vec<(String, Node<'a>)>> {
        let object = self.value.as_object().ok_or_else(|| self.fail(Code::InvalidType, "object"))?;
        Ok(object.iter().map(|(key, value)| (key.clone(), self.child(key, value))).collect())
    }

    pub(crate) fn items(&self) -> Read<Vec<Node<'a>>> {
        let array = self.value.as_array().ok_or_else(|| self.fail(Code::InvalidType, "array"))?;
        Ok(array.iter().enumerate().map(|(at, value)| self.child(at, value)).collect())
    }

    /// Refuses keys that nobody reads: a misspelt key in a plan would silently change what people earn.
    pub(crate) fn only(&self, known: &[&str]) -> Read<()> {
        match self.fields()?.into_iter().find(|(key, _)| !known.contains(&key.as_str())) {
            Some((key, node)) => Err(node.fail(Code::UnknownField, key)),
            None => Ok(()),
        }
    }

    pub(crate) fn text(&self) -> Read<&'a str> {
        match self.value.as_str() {
            Some(text) if !text.is_empty() => Ok(text),
            _ => Err(self.fail(Code::InvalidType, "text")),
        }
    }

    /// A flag, such as whether a draw is recoverable.
    pub(crate) fn flag(&self) -> Read<bool> {
        self.value.as_bool().ok_or_else(|| self.fail(Code::InvalidType, "true / false"))
    }

    pub(crate) fn integer(&self) -> Read<i64> {
        self.value.as_i64().ok_or_else(|| self.fail(Code::InvalidType, "integer"))
    }

    /// An amount of money or a count: zero or more.
    pub(crate) fn amount(&self) -> Read<Decimal> {
        let value = self.signed()?;
        if value.is_sign_negative() && !value.is_zero() {
            return Err(self.fail(Code::InvalidDecimal, value));
        }
        Ok(value)
    }

    /// A rate, a share, a multiplier or an attainment.
    pub(crate) fn rate(&self) -> Read<Decimal> {
        let value = self.amount()?;
        if value < MAX_RATE { Ok(value) } else { Err(self.fail(Code::InvalidDecimal, value)) }
    }

    /// How many units were sold.
    pub(crate) fn quantity(&self) -> Read<Decimal> {
        let value = self.amount()?;
        if value < MAX_QUANTITY { Ok(value) } else { Err(self.fail(Code::InvalidDecimal, value)) }
    }

    /// An amount that may be below zero.
    pub(crate) fn signed(&self) -> Read<Decimal> {
        let text = match self.value {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            _ => return Err(self.fail(Code::InvalidType, "decimal")),
        };
        parse(&text).ok_or_else(|| self.fail(Code::InvalidDecimal, text))
    }

    pub(crate) fn time(&self) -> Read<DateTime<Utc>> {
        let text = self.text()?;
        let time = DateTime::parse_from_rfc3339(text).map_err(|_| self.fail(Code::InvalidTime, text))?;
        Ok(time.with_timezone(&Utc))
    }

    pub(crate) fn date(&self) -> Read<NaiveDate> {
        let text = self.text()?;
        NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| self.fail(Code::InvalidDate, text))
    }
}

/// A plain decimal, or a JSON number with an exponent; never through a float.
fn parse(text: &str) -> Option<Decimal> {
    // The decimal crate also takes "1_000" and "+1", which no producer of events means.
    let plain = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'-' | b'e' | b'E' | b'+'));
    if !plain || text.starts_with(['+', '.']) || text.ends_with('.') || text.len() > 40 {
        return None;
    }
    let value = match text.contains(['e', 'E']) {
        true => Decimal::from_scientific(text).ok()?,
        false => Decimal::from_str(text).ok()?,
    };
    let value = if value.scale() > MAX_SCALE { value.normalize() } else { value };
    (value.scale() <= MAX_SCALE && value.abs() < MAX_AMOUNT).then_some(value)
}
