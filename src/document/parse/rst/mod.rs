//! reStructuredText.

mod inline;
mod tables;

use crate::document::parse::block::{Block, BlockKind};
use crate::document::parse::builder::Builder;
use crate::document::parse::lines::{indent, item_text, joined};
use crate::document::parse::rst::inline::{Inline, Substitution};
use crate::document::parse::rst::tables::is_header;
use crate::document::piece::Reason;

/// Fields at a document's head that say what it is.
const FIELDS: [&str; 8] = [
    "keywords",
    "description",
    "summary",
    "abstract",
    "topic",
    "subject",
    "tags",
    "synopsis",
];

/// Directives whose content is no text: other files, formulas, diagrams, and what is set up.
/// All that are not known here may have been made for text.
const SILENT: [&str; 36] = [
    "contents",
    "toctree",
    "raw",
    "only",
    "ifconfig",
    "include",
    "literalinclude",
    "math",
    "default-role",
    "role",
    "currentmodule",
    "module",
    "index",
    "program-output",
    "command-output",
    "graphviz",
    "graph",
    "digraph",
    "plantuml",
    "uml",
    "mermaid",
    "jupyter-execute",
    "plot",
    "ipython",
    "testcode",
    "testsetup",
    "testoutput",
    "doctest",
    "productionlist",
    "bibliography",
    "sectnum",
    "section-numbering",
    "header",
    "footer",
    "class",
    "tabularcolumns",
];

/// Directives are read in one another so deep.
const MAX_DEPTH: usize = 12;

/// Reads a reStructuredText document.
pub(super) fn blocks(text: &str) -> Vec<Block> {
    let lines: Vec<&str> = text.lines().collect();
    let mut reader = Reader {
        builder: Builder::new(),
        adornments: Vec::new(),
        inline: Inline::new(substitutions(&lines)),
        depth: 0,
    };
    let mut at = 0;
    while at < lines.len() {
        at += reader.step(&lines[at..]).max(1);
    }
    reader.inline.finish(&mut reader.builder);
    reader.builder.finish()
}

/// What stands between bars is put there from elsewhere, perhaps from further down.
fn substitutions(lines: &[&str]) -> Vec<(String, Substitution)> {
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let Some(definition) = line.trim_start().strip_prefix(".. |") else {
            continue;
        };
        let body = indented(&lines[at + 1..], indent(line));
        if let Some(substitution) = Substitution::parse(definition, &lines[at + 1..=at + body]) {
            found.push(substitution);
        }
    }
    found
}

struct Reader {
    builder: Builder,
    /// What headings are marked with, the highest level first: the order in which
    /// they come up decides.
    adornments: Vec<(char, bool)>,
    inline: Inline,
    /// Depth in directives.
    depth: usize,
}

impl Reader {
    /// Reads what begins on the first line; how many lines that were.
    fn step(&mut self, lines: &[&str]) -> usize {
        let line = lines[0].trim();
        let next = lines.get(1).map_or("", |line| line.trim_end());
        if line.is_empty() {
            self.builder.boundary();
            return 1;
        }
        if let Some(mark) = adornment(line) {
            if let Some(under) = lines.get(2).and_then(|line| adornment(line.trim_end()))
                && under == mark
                && !next.is_empty()
            {
                self.heading(next.trim(), (mark, true));
                return 3;
            }
            // A transition, or a table's border.
            return 1;
        }
        if let Some(mark) = adornment(next)
            && indent(lines[0]) == 0
            && next.chars().count() + 2 >= line.chars().count()
        {
            self.heading(line, (mark, false));
            return 2;
        }
        if let Some(explicit) = line
            .strip_prefix(".. ")
            .or_else(|| (line == "..").then_some(""))
        {
            return self.explicit(explicit, lines);
        }
        if let Some(used) = self.field(lines) {
            return used;
        }
        if is_table_line(line) {
            return self.table(lines);
        }
        self.text(lines)
    }

    fn heading(&mut self, text: &str, mark: (char, bool)) {
        let level = self
            .adornments
            .iter()
            .position(|&known| known == mark)
            .unwrap_or_else(|| {
                self.adornments.push(mark);
                self.adornments.len() - 1
            });
        self.builder.reset();
        self.builder
            .heading(u8::try_from(level + 1).unwrap_or(6).min(6));
        self.inline.read(text, &mut self.builder);
        self.builder.end_heading();
    }

    /// `.. name:: argument` and what is indented below: directives, targets, comments.
    fn explicit(&mut self, explicit: &str, lines: &[&str]) -> usize {
        let body = indented(&lines[1..], indent(lines[0]));
        let content = &lines[1..=body];
        let whole = || std::iter::once(explicit).chain(content.iter().copied());
        let Some((name, argument)) = explicit.split_once("::").filter(|(name, _)| is_name(name))
        else {
            if !explicit.starts_with('|') {
                let reason = match explicit.as_bytes().first() {
                    Some(b'_') => Reason::Address,
                    Some(b'[') => Reason::Footnote,
                    _ => Reason::Comment,
                };
                self.lose(reason, whole());
            }
            return 1 + body;
        };
        // Options stand in front, and lines of text behind them.
        let is_option = |line: &&&str| line.trim_start().starts_with(':');
        let (options, texts) = content.split_at(content.iter().take_while(is_option).count());
        match name {
            "image" | "figure" => {
                let alt = |line: &&str| line.trim().starts_with(":alt:");
                let shown = options
                    .iter()
                    .find_map(|line| line.trim().strip_prefix(":alt:"));
                self.builder.image(argument.trim());
                self.builder.text(shown.unwrap_or_default());
                self.builder.end_image();
                self.builder.lose(Reason::Address, argument);
                let others = options.iter().copied().filter(|line| !alt(line));
                self.lose(Reason::Address, others.filter_map(option_value));
                self.nested(texts);
            }
            "code-block" | "code" | "sourcecode" | "highlight" => {
                self.lose(
                    Reason::Markup,
                    options.iter().copied().filter_map(option_value),
                );
                self.code(argument.trim(), content);
            }
            "meta" => {
                let description = content
                    .iter()
                    .find_map(|line| line.trim().strip_prefix(":description:"));
                self.builder
                    .push(BlockKind::Paragraph, description.unwrap_or_default());
                let others = content.iter().copied();
                let others = others.filter(|line| !line.trim().starts_with(":description:"));
                self.lose(Reason::Metadata, others);
            }
            _ if SILENT.contains(&name) || name.starts_with("auto") => {
                let reason = match name {
                    "contents" | "toctree" => Reason::Contents,
                    "raw" | "only" | "ifconfig" => Reason::Hidden,
                    _ => Reason::Markup,
                };
                let all = std::iter::once(argument).chain(content.iter().copied());
                self.lose(reason, all);
            }
            _ => {
                let is_table = matches!(name, "list-table" | "csv-table");
                let is_text = |line: &&&str| !(is_table || line.trim().is_empty());
                let begun = texts.iter().take_while(is_text).count();
                let first: Vec<&str> = std::iter::once(argument)
                    .chain(texts[..begun].iter().copied())
                    .collect();
                self.paragraph(&first);
                if is_table {
                    self.list_table(options, texts);
                } else {
                    self.nested(&texts[begun..]);
                }
                let values = options
                    .iter()
                    .copied()
                    .filter(|line| !(is_table && is_header(line)));
                self.lose(Reason::Markup, values.filter_map(option_value));
            }
        }
        1 + body
    }

    /// What stands in a directive.
    fn nested(&mut self, lines: &[&str]) {
        if self.depth == MAX_DEPTH {
            return self.paragraph(lines);
        }
        self.depth += 1;
        let mut at = 0;
        while at < lines.len() {
            at += self.step(&lines[at..]).max(1);
        }
        self.depth -= 1;
    }

    /// Notes lines that are not read.
    fn lose<'t>(&mut self, reason: Reason, lines: impl Iterator<Item = &'t str>) {
        for line in lines {
            self.builder.lose(reason, line);
        }
    }

    fn code(&mut self, language: &str, content: &[&str]) {
        self.builder.code(language);
        for line in content
            .iter()
            .filter(|line| !line.trim_start().starts_with(':'))
        {
            self.builder.text(line);
            self.builder.soft_break();
        }
        self.builder.end_code();
    }

    /// `:name: value`, over several lines.
    fn field(&mut self, lines: &[&str]) -> Option<usize> {
        let (name, value) = lines[0].trim_start().strip_prefix(':')?.split_once(": ")?;
        if name.contains(['`', ':']) {
            return None;
        }
        let body = indented(&lines[1..], indent(lines[0]));
        if FIELDS.contains(&name.to_lowercase().as_str()) {
            let value: Vec<&str> = std::iter::once(value)
                .chain(lines[1..=body].iter().copied())
                .collect();
            self.paragraph(&value);
        } else {
            self.lose(Reason::Metadata, lines[..=body].iter().copied());
        }
        Some(1 + body)
    }

    fn paragraph(&mut self, lines: &[&str]) {
        self.builder.boundary();
        self.inline.read(&joined(lines), &mut self.builder);
        self.builder.boundary();
    }

    /// A paragraph or a list item, and the code that `::` announces.
    fn text(&mut self, lines: &[&str]) -> usize {
        let own = indent(lines[0]);
        let item = item_text(lines[0]);
        let ends = |line: &&&str| {
            let begins_item = item_text(line).is_some() && (item.is_some() || indent(line) > own);
            line.trim().is_empty() || begins_item || adornment(line.trim_end()).is_some()
        };
        let more = lines[1..].iter().take_while(|line| !ends(line)).count();
        let mut texts: Vec<&str> = lines[..=more].to_vec();
        texts[0] = item.unwrap_or(lines[0]);
        if item.is_some() {
            self.builder.list();
            self.builder.item();
        }
        let last = texts[more].trim_end();
        let announces = last.ends_with("::");
        if announces {
            texts[more] = last[..last.len() - 1].trim_end_matches([':', ' ']);
        }
        self.paragraph(&texts);
        if item.is_some() {
            self.builder.end_item();
            self.builder.end_list();
        }
        let mut used = 1 + more;
        if announces {
            let body = indented(&lines[used..], own);
            let content: Vec<&str> = lines[used..used + body].to_vec();
            self.code("", &content);
            used += body;
        }
        used
    }
}

/// How many lines are blank or further indented.
fn indented(lines: &[&str], than: usize) -> usize {
    let belongs = |line: &&&str| line.trim().is_empty() || indent(line) > than;
    lines.iter().take_while(belongs).count()
}

/// The character that a line consists of, where it marks a heading or a border.
fn adornment(line: &str) -> Option<char> {
    let first = line.chars().next()?;
    let marks = line.len() >= 3 && first.is_ascii_punctuation() && line.chars().all(|c| c == first);
    marks.then_some(first)
}

fn is_table_line(line: &str) -> bool {
    line.starts_with('|') && line.ends_with('|') && line.len() > 2 && line.contains(' ')
        || line.starts_with("+-") && line.ends_with('+')
        || line.starts_with("+=") && line.ends_with('+')
}

/// Whether a directive's name is one: a comment may hold two colons as well.
fn is_name(name: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '+' | ':' | '.');
    !name.is_empty() && name.chars().all(is_part)
}

/// What an option of a directive says, behind its name.
fn option_value(line: &str) -> Option<&str> {
    let (_, value) = line.trim().strip_prefix(':')?.split_once(':')?;
    Some(value)
}
