//! The manifest as a tree that knows where in the text each value stands, so that an error can name path and line.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::{ManifestError, Problem};

/// A manifest that is valid TOML.
pub(super) struct Document<'a> {
    text: &'a str,
    root: Spanned<DeTable<'a>>,
}

/// A value of the document.
struct Node {
    path: String,
    span: Range<usize>,
}

impl<'a> Document<'a> {
    pub(super) fn parse(text: &'a str) -> Result<Self, ManifestError> {
        match DeTable::parse(text) {
            Ok(root) => Ok(Self { text, root }),
            Err(error) => Err(ManifestError {
                path: String::new(),
                line: error.span().map(|span| line_of(text, span.start)),
                problem: Problem::Syntax(error.message().trim().replace('\n', ", ")),
            }),
        }
    }

    pub(super) fn text(&self) -> &'a str {
        self.text
    }

    pub(super) fn root(&self) -> &DeTable<'a> {
        self.root.get_ref()
    }

    /// An error at a place that the caller has the offset of.
    pub(super) fn error(&self, path: String, offset: usize, problem: Problem) -> ManifestError {
        ManifestError { path, line: Some(line_of(self.text, offset)), problem }
    }

    /// An error at the value that `path` leads to.
    pub(super) fn error_at(&self, path: String, problem: Problem) -> ManifestError {
        let line = self.nodes().iter().find(|node| node.path == path).map(|node| line_of(self.text, node.span.start));
        ManifestError { path, line, problem }
    }

    /// The path of the smallest value that covers `span`.
    pub(super) fn path_of(&self, span: &Range<usize>) -> String {
        let covers = |node: &Node| node.span.start <= span.start && span.end <= node.span.end;
        let smallest = self.nodes().into_iter().filter(covers).min_by_key(|node| node.span.len());
        smallest.map(|node| node.path).unwrap_or_default()
    }

    fn nodes(&self) -> Vec<Node> {
        let mut nodes = Vec::new();
        add_table(&mut nodes, "", self.root());
        nodes
    }
}

/// Path of `key` in the table at `parent`. A key may hold anything, so it is escaped and cut.
pub(super) fn join(parent: &str, key: &str) -> String {
    let key: String = key.chars().take(60).collect();
    let key = key.escape_debug();
    if parent.is_empty() { key.to_string() } else { format!("{parent}.{key}") }
}

fn add_table(nodes: &mut Vec<Node>, path: &str, table: &DeTable<'_>) {
    for (key, value) in table {
        add_value(nodes, join(path, key.get_ref()), value);
    }
}

fn add_value(nodes: &mut Vec<Node>, path: String, value: &Spanned<DeValue<'_>>) {
    match value.get_ref() {
        DeValue::Table(table) => add_table(nodes, &path, table),
        DeValue::Array(array) => {
            for (index, item) in array.iter().enumerate() {
                add_value(nodes, format!("{path}[{index}]"), item);
            }
        }
        _ => {}
    }
    nodes.push(Node { path, span: value.span() });
}

fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}
