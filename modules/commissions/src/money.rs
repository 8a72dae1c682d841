//! Currencies with their decimals, the one rounding rule, and the division of an amount that loses no cent.
//!
//! Decimals follow ISO 4217 as published in the SAT catalogue `c_Moneda` (JPY 0, KWD 3). Rounding is half away from
//! zero, once per line: rounding inside a tier or a step would add up to cents that nobody earned (golden case C02).

use rust_decimal::{Decimal, RoundingStrategy};

/// A currency that exists, with the decimals of its amounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Currency {
    /// ISO 4217 code.
    pub(crate) code: &'static str,
    /// Decimals of an amount that can be paid.
    pub(crate) decimals: u32,
}

impl Currency {
    /// Looks a code up; `None` when no such currency exists.
    pub(crate) fn find(code: &str) -> Option<Self> {
        let code = CODES.split_ascii_whitespace().find(|known| *known == code)?;
        let decimals = DECIMALS.iter().find(|(odd, _)| *odd == code).map_or(2, |(_, decimals)| *decimals);
        Some(Self { code, decimals })
    }

    /// Rounds half away from zero to the decimals of the currency.
    pub(crate) fn round(self, value: Decimal) -> Decimal {
        value.round_dp_with_strategy(self.decimals, RoundingStrategy::MidpointAwayFromZero)
    }

    /// The amount as it is published: always with the decimals of the currency, and no negative zero.
    pub(crate) fn text(self, value: Decimal) -> String {
        let mut value = self.round(value);
        value.rescale(self.decimals);
        if value.is_zero() { value.abs().to_string() } else { value.to_string() }
    }

    /// Divides `total` by weights so that the parts add up to it exactly: largest remainder first, ties by member id
    /// (golden case C07). The weights need not add up to one.
    pub(crate) fn apportion(self, total: Decimal, weights: &[(String, Decimal)]) -> Vec<Decimal> {
        let whole: Decimal = weights.iter().map(|(_, weight)| *weight).sum();
        let mut parts: Vec<Part> = weights
            .iter()
            .enumerate()
            .map(|(at, (member, weight))| self.part(at, member, *weight, whole, total))
            .collect();
        let unit = Decimal::new(1, self.decimals);
        let mut left = total.abs() - parts.iter().map(|part| part.amount).sum::<Decimal>();
        parts.sort_by(|a, b| b.remainder.cmp(&a.remainder).then_with(|| a.member.cmp(b.member)));
        for part in &mut parts {
            if left < unit {
                break;
            }
            part.amount += unit;
            left -= unit;
        }
        parts.sort_by_key(|part| part.at);
        parts.into_iter().map(|part| if total.is_sign_negative() { -part.amount } else { part.amount }).collect()
    }

    fn part<'a>(self, at: usize, member: &'a str, weight: Decimal, whole: Decimal, total: Decimal) -> Part<'a> {
        let exact = if whole.is_zero() { Decimal::ZERO } else { mul_div(total.abs(), weight, whole) };
        let amount = exact.round_dp_with_strategy(self.decimals, RoundingStrategy::ToZero);
        Part { at, member, amount, remainder: exact - amount }
    }
}

struct Part<'a> {
    at: usize,
    member: &'a str,
    amount: Decimal,
    remainder: Decimal,
}

/// `a x b / c`, exact while the product fits in a decimal.
pub(crate) fn mul_div(a: Decimal, b: Decimal, c: Decimal) -> Decimal {
    match a.checked_mul(b) {
        Some(product) => product / c,
        None => a * (b / c),
    }
}

/// A decimal for people: no trailing zeros, but at least the decimals of money when it has any.
pub(crate) fn show(value: Decimal, at_least: u32) -> String {
    let mut value = value.normalize();
    if value.scale() < at_least {
        value.rescale(at_least);
    }
    if value.is_zero() { value.abs().to_string() } else { value.to_string() }
}

/// The currencies whose amounts do not have two decimals.
const DECIMALS: &[(&str, u32)] = &[
    ("BHD", 3),
    ("BIF", 0),
    ("BYR", 0),
    ("CLF", 4),
    ("CLP", 0),
    ("DJF", 0),
    ("GNF", 0),
    ("IQD", 3),
    ("ISK", 0),
    ("JOD", 3),
    ("JPY", 0),
    ("KMF", 0),
    ("KRW", 0),
    ("KWD", 3),
    ("LYD", 3),
    ("OMR", 3),
    ("PYG", 0),
    ("RWF", 0),
    ("TND", 3),
    ("UGX", 0),
    ("UYI", 0),
    ("UYW", 4),
    ("VND", 0),
    ("VUV", 0),
    ("XAF", 0),
    ("XOF", 0),
    ("XPF", 0),
];

/// Codes of the catalogue and of later ISO amendments; metals, funds without a price and test codes are left out.
const CODES: &str = "\
AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN BYR BZD CAD CDF CHE \
CHF CHW CLF CLP CNH CNY COP COU CRC CUC CUP CVE CZK DJF DKK DOP DZD EGP ERN ESD ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF \
GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL \
LYD MAD MDL MGA MKD MMK MNT MOP MRO MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIC NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR \
PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SLL SOS SRD SSP STD STN SVC SYP SZL THB TJS TMT TND TOP TRY \
TTD TWD TZS UAH UGX USD USN UYI UYP UYU UYW UZS VED VEF VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWL";
