//! Calendar periods in the time zone of the plan: what accumulates together, and what is paid together.

use std::fmt;

use chrono::{Datelike, Days, Months, NaiveDate, Weekday};

/// How long a period is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum PeriodKind {
    /// ISO week, from Monday.
    Week,
    /// Calendar month.
    Month,
    /// Calendar quarter.
    Quarter,
    /// Calendar year.
    Year,
}

impl PeriodKind {
    /// Reads the word used in plans.
    pub(crate) fn find(word: &str) -> Option<Self> {
        Some(match word {
            "week" => Self::Week,
            "month" => Self::Month,
            "quarter" => Self::Quarter,
            "year" => Self::Year,
            _ => return None,
        })
    }

    /// The period that a local date is in.
    pub(crate) fn of(self, date: NaiveDate) -> Period {
        let start = match self {
            Self::Week => date.week(Weekday::Mon).first_day(),
            Self::Month => first_of(date.year(), date.month()),
            Self::Quarter => first_of(date.year(), date.month0() / 3 * 3 + 1),
            Self::Year => first_of(date.year(), 1),
        };
        Period { kind: self, start }
    }

    /// Reads a label back: the inverse of [`Period`]'s `Display`.
    pub(crate) fn parse(self, label: &str) -> Option<Period> {
        let (year, rest) = label.split_once('-').unwrap_or((label, ""));
        let year: i32 = year.parse().ok()?;
        let start = match self {
            Self::Week => NaiveDate::from_isoywd_opt(year, rest.strip_prefix('W')?.parse().ok()?, Weekday::Mon)?,
            Self::Month => NaiveDate::from_ymd_opt(year, rest.parse().ok()?, 1)?,
            Self::Quarter => {
                let quarter: u32 = rest.strip_prefix('Q')?.parse().ok()?;
                NaiveDate::from_ymd_opt(year, quarter.checked_mul(3)?.checked_sub(2)?, 1)?
            }
            Self::Year => NaiveDate::from_ymd_opt(year, 1, 1)?,
        };
        let period = Period { kind: self, start };
        (period.to_string() == label).then_some(period)
    }
}

/// A calendar period; periods of one plan are ordered by time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Period {
    kind: PeriodKind,
    start: NaiveDate,
}

impl Period {
    /// The period after this one.
    pub(crate) fn next(self) -> Period {
        let start = match self.kind {
            PeriodKind::Week => self.start.checked_add_days(Days::new(7)),
            PeriodKind::Month => self.start.checked_add_months(Months::new(1)),
            PeriodKind::Quarter => self.start.checked_add_months(Months::new(3)),
            PeriodKind::Year => self.start.checked_add_months(Months::new(12)),
        };
        Period { kind: self.kind, start: start.unwrap_or(self.start) }
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month) = (self.start.year(), self.start.month());
        match self.kind {
            PeriodKind::Week => write!(f, "{}-W{:02}", self.start.iso_week().year(), self.start.iso_week().week()),
            PeriodKind::Month => write!(f, "{year:04}-{month:02}"),
            PeriodKind::Quarter => write!(f, "{year:04}-Q{}", (month - 1) / 3 + 1),
            PeriodKind::Year => write!(f, "{year:04}"),
        }
    }
}

/// The first day of a month of a date that exists, so it exists too.
fn first_of(year: i32, month: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, 1).unwrap_or(NaiveDate::MIN)
}
