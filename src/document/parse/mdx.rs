//! MDX: Markdown with JSX in it. Statements, tags and expressions go, text stays.

use std::collections::HashMap;

use crate::document::parse::block::Block;
use crate::document::parse::builder::Builder;
use crate::document::parse::lines::{Fences, is_heading};
use crate::document::parse::{front_matter, markdown};
use crate::document::piece::Reason;

/// The longest tag, in bytes, but for the expressions in it.
const MAX_TAG: usize = 4096;

/// Reads an MDX document.
pub(super) fn blocks(text: &str) -> Vec<Block> {
    let mut builder = Builder::new();
    let text = front_matter::read(text, &mut builder);
    let mut reader = Reader {
        text,
        braces: braces(text),
        kept: String::with_capacity(text.len()),
    };
    reader.read(&mut builder);
    markdown::body(&reader.kept, builder, false)
}

struct Reader<'t> {
    text: &'t str,
    /// Where the braces end that open at a place.
    braces: HashMap<usize, usize>,
    /// The document as Markdown.
    kept: String,
}

impl Reader<'_> {
    fn read(&mut self, builder: &mut Builder) {
        let mut fences = Fences::default();
        let mut at = 0;
        let mut may_state = true;
        while at < self.text.len() {
            let line = line_at(self.text, at);
            if fences.is_code(line) {
                self.kept.push_str(line);
                at += line.len();
                may_state = false;
            } else if may_state && is_statement(line) {
                let end = self.statement_end(at);
                builder.lose(Reason::Markup, &self.text[at..end]);
                at = end;
            } else {
                may_state = line.trim().is_empty();
                at = self.inline(at, at + line.len(), builder);
            }
        }
    }

    /// Where a statement ends: at a blank line that is in no braces.
    fn statement_end(&self, start: usize) -> usize {
        let mut at = start;
        while at < self.text.len() {
            let line = line_at(self.text, at);
            if line.trim().is_empty() {
                break;
            }
            let opened = line.match_indices('{').map(|(open, _)| at + open);
            let closed = opened.filter_map(|open| self.braces.get(&open));
            let end = closed.max().map_or(0, |close| close + 1);
            at += line.len();
            if end > at {
                at = end + line_at(self.text, end).len();
            }
        }
        at
    }

    /// Reads from a place on, at least to another; gives where it ended.
    fn inline(&mut self, start: usize, end: usize, builder: &mut Builder) -> usize {
        let mut at = start;
        while at < end {
            let rest = &self.text[at..];
            let next = rest[..end - at].find(['{', '<', '`', '\\', '$']);
            let Some(next) = next else {
                self.kept.push_str(&self.text[at..end]);
                return end;
            };
            self.kept.push_str(&rest[..next]);
            at += next;
            let rest = &self.text[at..];
            let len = match rest.as_bytes()[0] {
                b'{' => self.expression(at, builder),
                b'<' => self.tag(at, builder),
                b'`' => span(&self.text[at..end], '`'),
                b'$' => span(&self.text[at..end], '$'),
                // What follows is a character like any other.
                _ => 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
            };
            match len {
                0 => {
                    self.kept.push_str(&rest[..1]);
                    at += 1;
                }
                len if matches!(rest.as_bytes()[0], b'{' | b'<') => at += len,
                len => {
                    self.kept.push_str(&rest[..len]);
                    at += len;
                }
            }
        }
        at
    }

    /// An expression: a comment, a text in quotation marks, or code. Its length, if it is one.
    fn expression(&mut self, at: usize, builder: &mut Builder) -> usize {
        let Some(&close) = self.braces.get(&at) else {
            return 0;
        };
        let inner = self.text[at + 1..close].trim();
        let literal = ['"', '\'', '`'].iter().find_map(|&mark| {
            let literal = inner.strip_prefix(mark)?.strip_suffix(mark)?;
            (!literal.contains([mark, '\n'])).then_some(literal)
        });
        match literal {
            Some(literal) => self.kept.push_str(literal),
            None if inner.starts_with("/*") => builder.lose(Reason::Comment, inner),
            None => builder.lose(Reason::Markup, inner),
        }
        close + 1 - at
    }

    /// A tag: one of HTML stays, without the expressions in it. The length of any other.
    fn tag(&mut self, at: usize, builder: &mut Builder) -> usize {
        let before = self.text[..at].chars().next_back().unwrap_or(' ');
        let rest = &self.text[at + 1..];
        let name = rest.trim_start_matches('/');
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':');
        let name = &name[..name.find(|c| !is_name(c)).unwrap_or(name.len())];
        let is_fragment = rest.starts_with('>') || rest.starts_with("/>");
        let is_tag = is_fragment || name.starts_with(|c: char| c.is_ascii_alphabetic());
        let is_glued = before.is_alphanumeric() && !rest.starts_with('/');
        if !is_tag || is_glued || name.ends_with(':') {
            return 0;
        }
        let Some((len, expressions)) = self.tag_len(at) else {
            return 0;
        };
        let tag = &self.text[at..at + len];
        let is_html = name.starts_with(|c: char| c.is_ascii_lowercase()) && !name.contains('.');
        if !is_html {
            let inner = tag.trim_matches(['<', '>', '/']).trim_start();
            builder.lose(Reason::Markup, inner.strip_prefix(name).unwrap_or(inner));
            return len;
        }
        let mut from = at;
        for (open, close) in expressions {
            self.kept.push_str(&self.text[from..open]);
            self.kept.push_str("\"\"");
            builder.lose(Reason::Markup, &self.text[open + 1..close]);
            from = close + 1;
        }
        self.kept.push_str(&self.text[from..at + len]);
        len
    }

    /// How long a tag is, and where the expressions in it are.
    fn tag_len(&self, at: usize) -> Option<(usize, Vec<(usize, usize)>)> {
        let bytes = self.text.as_bytes();
        let mut expressions = Vec::new();
        let mut quote = None;
        let mut place = at + 1;
        for _ in 0..MAX_TAG {
            let byte = *bytes.get(place)?;
            match (quote, byte) {
                (None, b'{') => {
                    let close = *self.braces.get(&place)?;
                    expressions.push((place, close));
                    place = close;
                }
                (None, b'"' | b'\'') => quote = Some(byte),
                (None, b'>') => return Some((place + 1 - at, expressions)),
                (None, b'<') => return None,
                (Some(open), _) if open == byte => quote = None,
                _ => {}
            }
            place += 1;
        }
        None
    }
}

fn line_at(text: &str, at: usize) -> &str {
    text[at..].split_inclusive('\n').next().unwrap_or_default()
}

/// Whether a line begins a statement of a module, and not a sentence.
fn is_statement(line: &str) -> bool {
    let is_quoted = line.contains(['"', '\'']);
    if let Some(rest) = line.strip_prefix("import ") {
        let rest = rest.trim_start();
        return rest.starts_with(['{', '*', '"', '\'']) || is_quoted && rest.contains(" from ");
    }
    let Some(rest) = line.strip_prefix("export ") else {
        return false;
    };
    let word = rest.split([' ', '(', '{']).next().unwrap_or_default();
    let keywords = [
        "const", "let", "var", "function", "class", "default", "async", "type",
    ];
    rest.starts_with(['{', '*']) || keywords.contains(&word)
}

/// How long what stands between marks is, with these; 0 where it does not end.
fn span(text: &str, mark: char) -> usize {
    let run = text.len() - text.trim_start_matches(mark).len();
    let (fence, rest) = text.split_at(run);
    match rest.find(fence) {
        Some(len) => run + len + run,
        None if mark == '`' => run,
        None => 0,
    }
}

/// Where braces open and close, outside code, and outside of texts in quotation marks.
fn braces(text: &str) -> HashMap<usize, usize> {
    let mut found = HashMap::new();
    let mut open: Vec<usize> = Vec::new();
    let mut fences = Fences::default();
    let mut line_start = 0;
    for line in text.split_inclusive('\n') {
        let is_code = fences.is_code(line);
        if is_heading(line.trim()) {
            // What is open here is no expression.
            open.clear();
        }
        let mut at = 0;
        while let Some(next) = line[at..]
            .find(['{', '}', '"', '\'', '`'])
            .filter(|_| !is_code)
        {
            at += next;
            let mark = line.as_bytes()[at];
            let inner = &line[at + 1..];
            match mark {
                b'{' => open.push(line_start + at),
                b'}' => {
                    if let Some(start) = open.pop() {
                        found.insert(start, line_start + at);
                    }
                }
                b'`' if open.is_empty() => at += span(&line[at..], '`').max(1) - 1,
                _ if open.is_empty() => {}
                _ => at += inner.find(char::from(mark)).map_or(0, |len| len + 1),
            }
            at += 1;
        }
        line_start += line.len();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_keeps(text: &str, kept: &str) {
        let mut reader = Reader {
            text,
            braces: braces(text),
            kept: String::new(),
        };
        reader.read(&mut Builder::new());
        assert_eq!(reader.kept, kept);
    }

    #[test]
    fn statements_go() {
        assert_keeps(
            "import A from 'a'\nimport {B,\n  C} from \"b\"\nexport const m = {\n\n  x: '}'\n}\n\nText\n",
            "\nText\n",
        );
        for text in [
            "import taxes are high\n",
            "a\nimport B from 'b'\n",
            "exports grow\n",
        ] {
            assert_keeps(text, text);
        }
    }

    #[test]
    fn tags_and_expressions_go() {
        for (text, kept) in [
            ("<Tabs>\n<A.B c={<D/>} e=\"f>g\">h</A.B>\n</Tabs>", "\nh\n"),
            ("a {/* b */}{c.d}{' '}{\"e\"} <>f</>", "a  e f"),
            (
                "<div style={{a: 1}} id=b>c</div>",
                "<div style=\"\" id=b>c</div>",
            ),
            (
                "`<A/> {b}` $\\frac{a}{b}$ \\{c\\} \\<D>",
                "`<A/> {b}` $\\frac{a}{b}$ \\{c\\} \\<D>",
            ),
            ("```\n<A/> {b}\n```\n", "```\n<A/> {b}\n```\n"),
            ("1 < 2, Vec<A>, {open, <B c", "1 < 2, Vec<A>, {open, <B c"),
            (
                "{don't} <a href=\"x\">y</a> <https://z>",
                " <a href=\"x\">y</a> <https://z>",
            ),
        ] {
            assert_keeps(text, kept);
        }
    }
}
