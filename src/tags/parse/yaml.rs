//! Lists in YAML: `- ai` a line, or `- id: 17` with `name: ai` below, alone or under a key.

use granit_parser::{Event, Options, Parser, ScalarStyle, ScanError, Span};

use crate::tags::parse::Notation;
use crate::tags::parse::entries::{Content, Entry, Value, tag_set};
use crate::tags::{Place, TagError, TagId, TagSet, is_integer, json_string};

/// No list is nested deeper.
const DEPTH: usize = 8;

/// A value of YAML with the line it begins on.
struct Node {
    line: u64,
    kind: Kind,
}

enum Kind {
    /// A text, and whether it is in no quotes.
    Scalar(String, bool),
    List(Vec<Node>),
    Map(Vec<(Node, Node)>),
}

/// Whether a text begins like a list in YAML: no name of a tag does.
pub(super) fn begins(text: &str) -> bool {
    let lines = text.lines().map(str::trim_end);
    let mut lines = lines.filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
    let Some(first) = lines.next() else {
        return false;
    };
    let is_key = |name: &str| {
        let mut characters = name.chars();
        characters.next().is_some_and(char::is_alphabetic)
            && characters.all(|c| c.is_alphanumeric() || "_-".contains(c))
    };
    let opens = first.split_once(':').is_some_and(|(name, rest)| {
        let rest = rest.trim_start();
        let is_open = rest.is_empty() || rest.starts_with('#') || rest.starts_with('[');
        is_key(name) && is_open
    });
    matches!(first, "-" | "---") || first.starts_with("- ") || first.starts_with("--- ") || opens
}

/// Reads it.
pub(super) fn parse(text: &str) -> Result<(TagSet, Notation), TagError> {
    let root = Reader::new(text).root()?;
    let list = match root.kind {
        Kind::List(list) => list,
        Kind::Map(fields) => list_in(fields, root.line)?,
        Kind::Scalar(..) => return Err(unclear(root.line, "expected a list such as `- ai`")),
    };
    tag_set(list.into_iter().map(entry).collect())
}

/// The list among the fields of a mapping: the one called `tags`, or the only one.
fn list_in(fields: Vec<(Node, Node)>, line: u64) -> Result<Vec<Node>, TagError> {
    let mut lists = Vec::new();
    for (key, value) in fields {
        if let (Kind::Scalar(name, _), Kind::List(list)) = (key.kind, value.kind) {
            lists.push((name, list));
        }
    }
    if let Some(place) = lists.iter().position(|(name, _)| name == "tags") {
        return Ok(lists.swap_remove(place).1);
    }
    match lists.pop() {
        Some((_, list)) if lists.is_empty() => Ok(list),
        Some(_) => Err(unclear(
            line,
            "the mapping has several lists, and none is `tags`",
        )),
        None => Err(unclear(
            line,
            "the mapping has no list of tags; expected `tags:` above a list",
        )),
    }
}

fn entry(node: Node) -> Entry {
    let place = Place::Line(node.line);
    let (content, shown) = match node.kind {
        Kind::Scalar(text, true) if is_null(&text) && !text.is_empty() => (Content::Other, text),
        Kind::Scalar(text, _) => {
            let shown = json_string(&text);
            (Content::Name(text), shown)
        }
        Kind::Map(fields) => {
            let names = fields.iter().map(|(key, _)| match &key.kind {
                Kind::Scalar(name, _) => name.as_str(),
                _ => "…",
            });
            let shown = names
                .map(|name| format!("{name}: …"))
                .collect::<Vec<_>>()
                .join(", ");
            let mut read = Vec::new();
            for (key, value) in fields {
                let Kind::Scalar(name, _) = key.kind else {
                    continue;
                };
                let value = match value.kind {
                    Kind::Scalar(text, true) if is_null(&text) => continue,
                    Kind::List(list) if list.is_empty() => continue,
                    Kind::Scalar(text, is_plain) => Value {
                        id: Some(if is_plain && is_integer(&text) {
                            TagId::from_field(&text)
                        } else {
                            TagId::from_text(&text)
                        }),
                        shown: text.clone(),
                        text: Some(text),
                    },
                    Kind::List(_) | Kind::Map(_) => Value {
                        id: None,
                        text: None,
                        shown: "a nested value".to_owned(),
                    },
                };
                read.push((name, value));
            }
            (Content::Fields(read), shown)
        }
        Kind::List(_) => (Content::Other, "a list in a list".to_owned()),
    };
    Entry {
        place,
        content,
        shown,
    }
}

/// Whether a text in no quotes is YAML's word for nothing.
fn is_null(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

fn unclear(line: u64, reason: &str) -> TagError {
    TagError::Unclear {
        line,
        reason: reason.to_owned(),
    }
}

/// Events made into nodes.
struct Reader<'t> {
    events: Box<dyn Iterator<Item = Result<(Event<'t>, Span), ScanError>> + 't>,
}

impl<'t> Reader<'t> {
    fn new(text: &'t str) -> Self {
        let mut options = Options::default();
        options.set_emit_comments(false);
        let events = Box::new(Parser::new_from_str_with_options(text, options));
        Self { events }
    }

    /// The next event, and its line.
    fn next(&mut self) -> Result<(Event<'t>, u64), TagError> {
        match self.events.next() {
            Some(Ok((event, span))) => Ok((event, span.start.line() as u64)),
            Some(Err(error)) => Err(unclear(
                error.marker().line() as u64,
                &format!("it is no YAML: {}", error.info()),
            )),
            None => Ok((Event::StreamEnd, 0)),
        }
    }

    /// The only document.
    fn root(&mut self) -> Result<Node, TagError> {
        let mut root = None;
        loop {
            let (event, line) = self.next()?;
            match event {
                Event::StreamEnd => return root.ok_or(TagError::Empty),
                Event::StreamStart | Event::DocumentStart(..) | Event::DocumentEnd => {}
                _ if root.is_some() => return Err(unclear(line, "a second document begins")),
                event => root = Some(self.node(event, line, 0)?),
            }
        }
    }

    fn node(&mut self, event: Event<'t>, line: u64, depth: usize) -> Result<Node, TagError> {
        if depth > DEPTH {
            return Err(unclear(line, "it is nested too deeply for a list of tags"));
        }
        let kind = match event {
            Event::Scalar(text, style, ..) => {
                Kind::Scalar(text.into_owned(), style == ScalarStyle::Plain)
            }
            Event::SequenceStart(..) => {
                let mut list = Vec::new();
                loop {
                    match self.next()? {
                        (Event::SequenceEnd, _) => break,
                        (event, line) => list.push(self.node(event, line, depth + 1)?),
                    }
                }
                Kind::List(list)
            }
            Event::MappingStart(..) => {
                let mut fields = Vec::new();
                loop {
                    let (key, line) = match self.next()? {
                        (Event::MappingEnd, _) => break,
                        (event, line) => (self.node(event, line, depth + 1)?, line),
                    };
                    let (event, value_line) = self.next()?;
                    let value = self.node(event, value_line.max(line), depth + 1)?;
                    fields.push((key, value));
                }
                Kind::Map(fields)
            }
            Event::Alias(_) => return Err(unclear(line, "an alias such as `*a` is not read")),
            _ => return Err(unclear(line, "it ends in the middle of a list")),
        };
        Ok(Node { line, kind })
    }
}
