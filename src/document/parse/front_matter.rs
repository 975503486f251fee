//! Front matter: what a document says of itself before its text, in YAML or TOML.
//!
//! Read by parsers of both, and only at its top level: a name further in is somebody
//! else's. What tells of the topic is used, the rest is metadata. Where a parser gives up,
//! the lines are read as `key: value` as far as that goes: a broken line costs that line.

use granit_parser::{Event, Options, Parser, ScalarStyle};

use crate::document::parse::block::BlockKind;
use crate::document::parse::builder::Builder;
use crate::document::piece::Reason;

/// Keys of the document's name, the better ones first.
const TITLES: [&str; 3] = ["title", "name", "pretty_name"];
/// Keys of what it says that it is.
const DESCRIPTIONS: [&str; 8] = [
    "description",
    "summary",
    "abstract",
    "tagline",
    "subtitle",
    "excerpt",
    "lead",
    "short_description",
];
/// Keys of lists of what it is about.
const WORDS: [&str; 9] = [
    "tags",
    "tag",
    "keywords",
    "categories",
    "category",
    "topics",
    "subject",
    "subjects",
    "pipeline_tag",
];

/// Reads front matter; gives what follows it.
pub(super) fn read<'t>(text: &'t str, builder: &mut Builder) -> &'t str {
    let Some((fence, matter, rest)) = split(text) else {
        return text;
    };
    let parsed = match fence {
        "+++" => toml(matter),
        _ => yaml(matter),
    };
    let Some(fields) = parsed.or_else(|| lines(matter)) else {
        return text;
    };
    tell(&fields, builder);
    rest
}

/// A field of front matter: its key, and its values where they are texts.
#[derive(Default)]
struct Field {
    key: String,
    values: Vec<String>,
    /// What else is in it: comments, and what is further in.
    rest: Vec<String>,
    /// All that is in it, as it was written or near enough.
    raw: String,
}

impl Field {
    fn named(key: impl Into<String>) -> Self {
        let key = key.into();
        Self {
            key,
            ..Self::default()
        }
    }

    /// What stands before all fields.
    fn comment(raw: &str) -> Self {
        let raw = raw.to_owned();
        Self {
            raw,
            ..Self::default()
        }
    }
}

/// Puts what tells of the topic, and notes the rest.
fn tell(fields: &[Field], builder: &mut Builder) {
    let has = |field: &Field, keys: &[&str]| keys.contains(&field.key.to_lowercase().as_str());
    let first = |keys: &[&str]| {
        let found = keys.iter().find_map(|key| {
            let of_key = |(_, field): &(usize, &Field)| field.key.eq_ignore_ascii_case(key);
            let told = |(_, field): &(usize, &Field)| field.values.iter().any(|v| !v.is_empty());
            fields.iter().enumerate().filter(of_key).find(told)
        });
        found.map(|(at, _)| at)
    };
    let (title, description) = (first(&TITLES), first(&DESCRIPTIONS));
    if let Some(at) = title {
        builder.push(BlockKind::Title, &fields[at].values.join(" "));
    }
    if let Some(at) = description {
        builder.push(BlockKind::Paragraph, &fields[at].values.join(" "));
    }
    let mut words: Vec<&str> = Vec::new();
    for (at, field) in fields.iter().enumerate() {
        let lists = has(field, &WORDS) && !field.values.is_empty();
        if lists {
            words.extend(field.values.iter().map(String::as_str));
        }
        if lists || Some(at) == title || Some(at) == description {
            for text in &field.rest {
                builder.lose(Reason::Metadata, text);
            }
        } else {
            builder.lose(Reason::Metadata, &field.raw);
        }
    }
    words.retain(|word| !word.is_empty());
    if !words.is_empty() {
        builder.push(BlockKind::Item, &words.join(", "));
    }
}

/// The lines between two fences at the head of a text, and what follows them.
fn split(text: &str) -> Option<(&str, &str, &str)> {
    let fence = ["---", "+++"]
        .into_iter()
        .find(|fence| text.starts_with(fence))?;
    let mut at = 0;
    for (n, line) in text.split_inclusive('\n').enumerate() {
        let end = at + line.len();
        match (n, line.trim_end()) {
            (0, first) if first != fence => return None,
            // A rule, then text.
            (1, "") => return None,
            (1.., last) if last == fence || fence == "---" && last == "..." => {
                let head = text.find('\n')? + 1;
                return Some((fence, &text[head..at], &text[end..]));
            }
            _ => at = end,
        }
    }
    None
}

/// The fields of a YAML mapping. Events are read, and no tree is built: neither depth nor
/// aliases cost anything.
fn yaml(matter: &str) -> Option<Vec<Field>> {
    let mut options = Options::default();
    options.max_buffered_comment_events = usize::MAX;
    // A key that begins here, and the depth of what is being read: 1 in the mapping itself.
    let mut fields: Vec<Field> = Vec::new();
    let mut starts = Vec::new();
    let mut before = Vec::new();
    let mut is_key = true;
    let mut depth = 0;
    let mut in_list = false;
    for event in Parser::new_from_str_with_options(matter, options) {
        let (event, span) = event.ok()?;
        let at = span.byte_range().map_or(matter.len(), |range| range.start);
        match event {
            Event::MappingStart(..) | Event::SequenceStart(..) => {
                if depth == 0 && !matches!(event, Event::MappingStart(..)) {
                    return None;
                }
                if depth == 1 && is_key {
                    return None;
                }
                depth += 1;
                in_list = depth == 2 && matches!(event, Event::SequenceStart(..));
            }
            Event::MappingEnd | Event::SequenceEnd => {
                depth -= 1;
                is_key |= depth == 1;
                in_list = false;
            }
            Event::Scalar(text, ..) if depth == 1 && is_key => {
                starts.push(at);
                fields.push(Field::named(text));
                is_key = false;
            }
            Event::Scalar(text, style, ..) if depth == 1 || in_list && depth == 2 => {
                is_key = depth == 1;
                let is_none = style == ScalarStyle::Plain && matches!(&*text, "null" | "~");
                let text = if is_none { "" } else { text.trim() };
                fields.last_mut()?.values.push(text.to_owned());
            }
            Event::Alias(_) if depth == 1 => is_key = !is_key,
            // No mapping, but a single text.
            Event::Scalar(..) if depth == 0 => return None,
            Event::Scalar(text, ..) | Event::Comment(text, _) => match fields.last_mut() {
                Some(field) => field.rest.push(text.into_owned()),
                None => before.push(text.into_owned()),
            },
            _ => {}
        }
    }
    let ends = starts.iter().skip(1).copied().chain([matter.len()]);
    for ((field, start), end) in fields.iter_mut().zip(&starts).zip(ends) {
        let raw = matter.get(*start..end).unwrap_or_default();
        raw.trim_end().clone_into(&mut field.raw);
    }
    let is_any = !fields.is_empty();
    fields.extend(before.iter().map(|text| Field::comment(text)));
    is_any.then_some(fields)
}

/// The fields of a TOML document.
fn toml(matter: &str) -> Option<Vec<Field>> {
    let table: toml::Table = matter.parse().ok()?;
    let text = |value: &toml::Value| match value {
        toml::Value::String(text) => Some(text.trim().to_owned()),
        toml::Value::Integer(_) | toml::Value::Float(_) => Some(value.to_string()),
        _ => None,
    };
    let fields = table.iter().map(|(key, value)| {
        let values = match value {
            toml::Value::Array(list) => list.iter().filter_map(text).collect(),
            single => text(single).into_iter().collect(),
        };
        Field {
            values,
            raw: format!("{key} = {value}"),
            ..Field::named(key)
        }
    });
    let is_comment = |line: &&str| line.trim_start().starts_with('#');
    let comments = matter.lines().filter(is_comment).map(Field::comment);
    Some(fields.chain(comments).collect())
}

/// The fields that lines of `key: value` are, where most lines can be taken for some.
fn lines(matter: &str) -> Option<Vec<Field>> {
    let mut fields: Vec<Field> = Vec::new();
    let mut before = Vec::new();
    let mut in_table = false;
    let mut strangers = 0;
    for line in matter.lines() {
        // What is further in belongs to somebody else.
        in_table |= line.starts_with('[');
        let is_top = !line.starts_with([' ', '\t']) && !in_table;
        let word = line.trim_start().strip_prefix("- ").map(unquoted);
        let field = line.split_once([':', '=']).filter(|(key, _)| {
            let is_key = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '"' | '\'');
            is_top && !key.is_empty() && key.trim_end().chars().all(is_key)
        });
        match (fields.last_mut(), word, field) {
            (_, None, Some((key, value))) => {
                let list = value
                    .trim()
                    .strip_prefix('[')
                    .map(|list| list.trim_end_matches(']'));
                let values = match list {
                    Some(list) => list.split(',').map(unquoted).collect(),
                    None => vec![unquoted(value)],
                };
                fields.push(Field {
                    values,
                    raw: line.to_owned(),
                    ..Field::named(unquoted(key))
                });
            }
            (Some(last), word, _) => {
                let is_strange = is_top && word.is_none() && !line.starts_with('#');
                strangers += usize::from(is_strange && !line.trim().is_empty());
                let is_list = last.values.iter().all(String::is_empty) || last.raw.contains("\n- ");
                match word.filter(|_| is_list && !in_table) {
                    Some(word) => last.values.push(word),
                    None => last.rest.push(line.to_owned()),
                }
                last.raw.push('\n');
                last.raw.push_str(line);
            }
            // A text between two rules.
            (None, ..) if line.trim().is_empty() => {}
            (None, ..) if line.starts_with('#') => before.push(Field::comment(line)),
            (None, ..) => return None,
        }
    }
    let is_matter = strangers * 4 <= fields.len() && !fields.is_empty();
    fields.append(&mut before);
    is_matter.then_some(fields)
}

fn unquoted(value: &str) -> String {
    value.trim().trim_matches(['"', '\'']).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::parse::block::Block;

    /// What front matter puts, what it loses, and what follows it.
    fn told(text: &str) -> (Vec<String>, String) {
        let mut builder = Builder::new();
        let rest = read(text, &mut builder).to_owned();
        let shown = |block: Block| match block.kind {
            BlockKind::Title => format!("# {}", block.text),
            BlockKind::Lost(_) => format!("({})", block.text),
            _ => block.text,
        };
        (builder.finish().into_iter().map(shown).collect(), rest)
    }

    #[track_caller]
    fn assert_tells(text: &str, expected: &[&str]) {
        let (told, rest) = told(text);
        assert_eq!(
            (told.as_slice(), rest.as_str()),
            (
                &expected.iter().map(|&t| t.to_owned()).collect::<Vec<_>>()[..],
                "Text.\n"
            )
        );
    }

    #[test]
    fn yaml_is_read_as_its_parser_reads_it() {
        assert_tells(
            "---\ntitle: \"A: b\" # really\ndescription: >-\n  Over\n  lines.\n\n  And on.\ntags: [x, 'y z']\n---\nText.\n",
            &["# A: b", "Over lines. And on.", "(really)", "x, y z"],
        );
        assert_tells(
            "---\nsummary: |\n  One\n  two\nkeywords:\n- a\n- b\nauthor:\n  name: Jane\n  title: Head\n...\nText.\n",
            &["One two", "(author:\n  name: Jane\n  title: Head)", "a, b"],
        );
        assert_tells(
            "---\n{title: Flow, draft: true}\n---\nText.\n",
            &["# Flow", "(draft: true})"],
        );
    }

    #[test]
    fn toml_is_read_at_its_top() {
        assert_tells(
            "+++\ntitle = 'A'\ntags = [\"x\", \"y\"]\n[author]\nname = \"Jane\"\n+++\nText.\n",
            &["# A", "(author = { name = \"Jane\" })", "x, y"],
        );
    }

    #[test]
    fn what_is_broken_costs_no_more_than_itself() {
        assert_tells(
            "---\ntitle: A: b\nlayout: @x\ntags: [p, q\nauthor:\n  name: Jane\n---\nText.\n",
            &["# A: b", "(layout: @x\nauthor:\n  name: Jane)", "p, q"],
        );
        assert_tells(
            "+++\ntitle = A\n[x]\nname = y\n+++\nText.\n",
            &["# A", "([x]\nname = y)"],
        );
        assert_tells(
            "---\n# c\ntitle: [a: b\n  d\n---\nText.\n",
            &["# a: b", "(d\n# c)"],
        );
    }

    #[test]
    fn rules_around_text_are_none() {
        for text in [
            "---\nA sentence.\n---\nText.\n",
            "---\n\ntitle: x\n---\n",
            "---\ntitle: x\n",
            "----\na: b\n----\n",
            "---\n- a\n- b\n---\n",
            "---\n# A heading\n\nText\n\n---\n",
        ] {
            assert_eq!(told(text), (Vec::new(), text.to_owned()));
        }
    }

    #[test]
    fn what_is_further_in_and_comments_are_counted() {
        assert_tells(
            "---\n# c\ntags: [a, {b: d}]\ntitle: ~\nname: e\n---\nText.\n",
            &["# e", "(b\nd\ntitle: ~\nc)", "a"],
        );
        assert_tells("+++\n# c\ntitle = 'a'\n+++\nText.\n", &["# a", "(# c)"]);
    }

    #[test]
    fn neither_depth_nor_aliases_cost_anything() {
        let deep = format!("---\na: {}\ntitle: b\n---\nText.\n", "[".repeat(50_000));
        let level = |n| format!("a{n}: &a{n} [*a{m}, *a{m}]\n", m = n - 1);
        let bomb = (1..40).map(level).collect::<Vec<_>>().concat();
        let bomb = format!("---\na0: &a0 x\n{bomb}title: c\n---\nText.\n");
        assert_eq!(told(&deep).0[0], "# b");
        assert_eq!(told(&bomb).0[0], "# c");
    }
}
