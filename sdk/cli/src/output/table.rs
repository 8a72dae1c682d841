//! Tables without lines, as wide as they need to be; narrower on a terminal.

use comfy_table::presets::NOTHING;
use comfy_table::{Attribute, Cell, CellAlignment, Color, ContentArrangement};

use super::{escape, is_fancy};

/// A colour by meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shade {
    /// Ended as it should.
    Good,
    /// Failed.
    Bad,
    /// Going on.
    Busy,
    /// Of less interest.
    Quiet,
    /// As everything else.
    Plain,
}

/// A table whose cells are escaped when they are added.
pub(crate) struct Table(comfy_table::Table);

impl Table {
    /// A table with these columns.
    pub(crate) fn new<const N: usize>(header: [&str; N]) -> Self {
        let mut table = Self::facts();
        if is_fancy() {
            table.0.set_header(header.map(|name| Cell::new(name).add_attribute(Attribute::Bold)));
        } else {
            table.0.set_header(header.map(Cell::new));
        }
        table
    }

    /// Two columns, name and value, without a header.
    pub(crate) fn facts() -> Self {
        let mut table = comfy_table::Table::new();
        table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
        if !is_fancy() {
            table.force_no_tty();
        }
        Self(table)
    }

    /// Adds a row.
    pub(crate) fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.shaded(cells.map(|cell| (cell, Shade::Plain)));
    }

    /// Adds a row with colours.
    pub(crate) fn shaded<const N: usize>(&mut self, cells: [(String, Shade); N]) {
        self.0.add_row(cells.map(|(text, shade)| cell(&text, shade)));
    }

    /// Adds a fact, unless there is nothing to say.
    pub(crate) fn fact(&mut self, name: &str, value: impl Into<String>) {
        let value = value.into();
        if !value.is_empty() {
            self.row([format!("{name}:"), value]);
        }
    }

    /// Puts the numbers of these columns under each other.
    pub(crate) fn right(&mut self, columns: &[usize]) {
        for column in columns {
            if let Some(column) = self.0.column_mut(*column) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
    }

    /// The text, without blanks at the ends of lines.
    pub(crate) fn render(&self) -> String {
        self.0.trim_fmt().lines().map(|line| line.strip_prefix(' ').unwrap_or(line)).collect::<Vec<_>>().join("\n")
    }
}

fn cell(text: &str, shade: Shade) -> Cell {
    let cell = Cell::new(escape::line(text));
    match shade {
        Shade::Good => cell.fg(Color::Green),
        Shade::Bad => cell.fg(Color::Red),
        Shade::Busy => cell.fg(Color::Yellow),
        Shade::Quiet => cell.add_attribute(Attribute::Dim),
        Shade::Plain => cell,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_escaped_and_columns_line_up() {
        let mut table = Table::new(["ID", "TEXT"]);
        table.row(["1".to_owned(), "a\u{1b}[2Jb\nc".to_owned()]);
        table.shaded([("22".to_owned(), Shade::Bad), ("d".to_owned(), Shade::Good)]);
        assert_eq!(table.render(), "ID  TEXT\n1   a\\u{1b}[2Jb\\u{a}c\n22  d");
    }
}
