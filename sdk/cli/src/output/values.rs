//! How single values read in tables.

use chrono::{DateTime, TimeDelta, Utc};
use faena_contract::JobState;
use serde_json::value::RawValue;

use super::Shade;

/// A time to the second, in UTC.
pub(crate) fn time(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%d %H:%M:%SZ").to_string()
}

/// A value that may be missing.
pub(crate) fn optional<T: ToString>(value: Option<T>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

/// Words with commas between them.
pub(crate) fn words<S: AsRef<str>>(words: &[S]) -> String {
    words.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(", ")
}

/// A job's state in its colour.
pub(crate) fn state(state: JobState) -> (String, Shade) {
    let shade = match state {
        JobState::Completed => Shade::Good,
        JobState::Failed => Shade::Bad,
        JobState::Running | JobState::Waiting => Shade::Busy,
        JobState::Cancelled => Shade::Quiet,
        JobState::Pending => Shade::Plain,
    };
    (state.as_str().to_owned(), shade)
}

/// `0.8 ms`, `250 ms`, `1.50 s`, `3 min 20 s`.
pub(crate) fn duration(span: TimeDelta) -> String {
    let ms = span.num_microseconds().unwrap_or(i64::MAX) as f64 / 1000.0;
    match ms {
        ms if ms < 10.0 => format!("{ms:.1} ms"),
        ms if ms < 1_000.0 => format!("{ms:.0} ms"),
        ms if ms < 60_000.0 => format!("{:.2} s", ms / 1_000.0),
        _ => format!("{} min {} s", span.num_minutes(), span.num_seconds() % 60),
    }
}

/// `12.3 MiB`.
pub(crate) fn bytes(count: i64) -> String {
    format!("{:.1} MiB", count as f64 / f64::from(1 << 20))
}

/// JSON on one line, cut where it gets long.
pub(crate) fn json_line(json: &RawValue, longest: usize) -> String {
    let text = json.get();
    if text.chars().count() <= longest {
        return text.to_owned();
    }
    let start: String = text.chars().take(longest).collect();
    format!("{start}... ({} bytes, see --json)", text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_keep_two_or_three_digits() {
        let shown = |us| duration(TimeDelta::microseconds(us));
        assert_eq!(shown(830), "0.8 ms");
        assert_eq!(shown(250_400), "250 ms");
        assert_eq!(shown(1_500_000), "1.50 s");
        assert_eq!(shown(200_000_000), "3 min 20 s");
    }
}
