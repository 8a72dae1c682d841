//! Keeps the log of a call inside its limits, and counts what it drops.

use chrono::Utc;
use faena_contract::LogLevel;

use crate::text;
use crate::{JobSink, Limits, LogLine};

/// How much log a call has left.
pub(crate) struct LogQuota {
    line_bytes: usize,
    lines_left: usize,
    bytes_left: usize,
    dropped: u64,
}

impl LogQuota {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            line_bytes: limits.log_line_bytes,
            lines_left: limits.log_lines,
            bytes_left: limits.log_bytes,
            dropped: 0,
        }
    }

    /// Sends the line on, cut if it is too long, or drops it.
    pub(crate) fn write(&mut self, sink: &dyn JobSink, level: LogLevel, message: String) {
        let message = text::without_nul(self.cut(message));
        if self.lines_left == 0 || message.len() > self.bytes_left {
            // A shorter line that would still fit is dropped too: a log with holes misleads more than one that ends.
            self.lines_left = 0;
            self.dropped += 1;
            return;
        }
        self.lines_left -= 1;
        self.bytes_left -= message.len();
        sink.log(LogLine { at: Utc::now(), level, message });
    }

    /// Says how much is missing, if anything is.
    pub(crate) fn close(&self, sink: &dyn JobSink) {
        if self.dropped > 0 {
            let message = format!("{} more lines were dropped: the log of the attempt is full", self.dropped);
            sink.log(LogLine { at: Utc::now(), level: LogLevel::Warn, message });
        }
    }

    fn cut(&self, message: String) -> String {
        if message.len() <= self.line_bytes {
            return message;
        }
        let start = text::cut(&message, self.line_bytes);
        format!("{start}… ({} bytes cut)", message.len() - start.len())
    }
}
