//! Marks inside the text of reStructuredText: links, roles, literals, substitutions.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use crate::document::parse::builder::Builder;
use crate::document::parse::lines::{joined, unmarked};
use crate::document::piece::Reason;

/// A replacement is cut to this: one that is used often could grow without end.
const MAX_TEXT: usize = 300;
/// So deep may replacements be in others.
const MAX_DEPTH: usize = 3;

/// What stands for a name between bars.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Substitution {
    /// A text.
    Text(String),
    /// An image: its address, and the text that stands for it.
    Image(String, String),
    /// Anything else.
    Other(String),
}

impl Substitution {
    /// `name| directive:: argument`, and what is indented below.
    pub(super) fn parse(definition: &str, content: &[&str]) -> Option<(String, Self)> {
        let (name, rest) = definition.split_once('|')?;
        let (directive, argument) = rest.trim_start().split_once("::")?;
        let lines: Vec<&str> = std::iter::once(argument)
            .chain(content.iter().copied())
            .collect();
        let substitution = match directive {
            "replace" => Self::Text(joined(&lines)),
            "image" => {
                let mut lines = content.iter();
                let alt = lines.find_map(|line| line.trim().strip_prefix(":alt:"));
                Self::Image(
                    argument.trim().to_owned(),
                    alt.unwrap_or_default().to_owned(),
                )
            }
            _ => Self::Other(joined(&lines)),
        };
        Some((name.to_lowercase(), substitution))
    }
}

/// Reads marks, with what is substituted.
#[derive(Debug)]
pub(super) struct Inline {
    /// What was defined, and whether it was put anywhere.
    substitutions: HashMap<String, (Substitution, bool)>,
    /// What was defined once more.
    spare: Vec<(String, (Substitution, bool))>,
}

impl Inline {
    pub(super) fn new(defined: Vec<(String, Substitution)>) -> Self {
        let mut substitutions = HashMap::new();
        let mut spare = Vec::new();
        for (name, substitution) in defined {
            let again = (name.clone(), (substitution, false));
            match substitutions.entry(name) {
                Entry::Vacant(free) => drop(free.insert(again.1)),
                Entry::Occupied(_) => spare.push(again),
            }
        }
        Self {
            substitutions,
            spare,
        }
    }

    /// Notes what was defined for nothing.
    pub(super) fn finish(&mut self, builder: &mut Builder) {
        let mut all: Vec<_> = self.substitutions.drain().collect();
        all.sort_by(|(one, _), (other, _)| one.cmp(other));
        all.append(&mut self.spare);
        for (name, (substitution, is_used)) in all {
            match substitution {
                Substitution::Image(source, alt) => {
                    builder.lose(Reason::Address, &source);
                    if !is_used {
                        builder.lose(Reason::Image, &format!("{name}: {alt}"));
                    }
                }
                Substitution::Text(text) if is_used => {
                    let rest = text.char_indices().nth(MAX_TEXT).map(|(at, _)| at);
                    builder.lose(Reason::Markup, &text[rest.unwrap_or(text.len())..]);
                }
                Substitution::Text(text) | Substitution::Other(text) => {
                    builder.lose(Reason::Markup, &format!("{name}: {text}"));
                }
            }
        }
    }

    /// Reads text.
    pub(super) fn read(&mut self, text: &str, builder: &mut Builder) {
        self.read_at(text, builder, 0);
    }

    fn read_at(&mut self, text: &str, builder: &mut Builder, depth: usize) {
        let mut rest = text.trim();
        while let Some(at) = rest.find(['`', '|']) {
            let (before, from) = rest.split_at(at);
            let fence = if from.starts_with("``") {
                "``"
            } else {
                &from[..1]
            };
            let Some(len) = from[fence.len()..].find(fence) else {
                break;
            };
            let quoted = &from[fence.len()..fence.len() + len];
            let after = &from[fence.len() * 2 + len..];
            match fence {
                "|" if self.is_known(quoted) || !quoted.contains(' ') => {
                    plain(before, builder);
                    self.substitute(quoted, builder, depth);
                }
                "|" => plain(&rest[..at + quoted.len() + 2], builder),
                "`" => {
                    // `:role:` stands before, `_` of a link behind.
                    plain(without_role(before), builder);
                    if after.starts_with('_') {
                        builder.link("");
                    }
                    let (label, target) = quoted.split_once(" <").unwrap_or((quoted, ""));
                    builder.text(label.trim_start_matches(['~', '!']));
                    builder.end_link();
                    builder.lose(Reason::Address, target.trim_end_matches('>'));
                }
                _ => {
                    plain(before, builder);
                    builder.text(quoted);
                }
            }
            rest = after.trim_start_matches('_');
        }
        plain(rest, builder);
    }

    fn is_known(&self, name: &str) -> bool {
        !self.substitutions.is_empty() && self.substitutions.contains_key(&name.to_lowercase())
    }

    fn substitute(&mut self, name: &str, builder: &mut Builder, depth: usize) {
        let known = self.substitutions.get_mut(&name.to_lowercase());
        let Some((substitution, is_used)) = known.filter(|_| depth < MAX_DEPTH) else {
            return builder.lose(Reason::Markup, name);
        };
        *is_used |= !matches!(substitution, Substitution::Other(_));
        match substitution.clone() {
            Substitution::Text(text) => {
                let end = text.char_indices().nth(MAX_TEXT).map(|(at, _)| at);
                // Spaces around it are those of the text that it stands in.
                let text = &text[..end.unwrap_or(text.len())];
                self.read_at(text, builder, depth + 1);
            }
            Substitution::Image(source, alt) => {
                builder.image(&source);
                builder.text(&alt);
                builder.end_image();
            }
            Substitution::Other(_) => builder.lose(Reason::Markup, name),
        }
    }
}

/// A text without the `:role:` at its end.
fn without_role(text: &str) -> &str {
    let Some(open) = text.strip_suffix(':').and_then(|text| text.rfind(':')) else {
        return text;
    };
    let role = &text[open + 1..text.len() - 1];
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '+' | '.');
    let (before, whole) = (&text[..open], role.is_empty());
    // A domain may stand before: `:c:func:`.
    match before.rsplit_once(':') {
        _ if whole || !role.chars().all(is_part) => text,
        Some((first, domain))
            if !first.ends_with(char::is_alphanumeric)
                && !domain.is_empty()
                && domain.chars().all(is_part) =>
        {
            first
        }
        _ => before,
    }
}

fn plain(text: &str, builder: &mut Builder) {
    builder.text(&unmarked(text, &['*']));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::parse::block::Block;

    #[test]
    fn substitutions_are_put() {
        let lines = ["x", " and y"];
        let define = |text| Substitution::parse(text, &lines[1..]).unwrap();
        let mut inline = Inline::new(vec![
            define("A| replace:: **one**"),
            define("b c| replace:: |A| two"),
            define("loop| replace:: |loop|"),
            define("date| date::"),
        ]);
        let mut builder = Builder::new();
        inline.read("It is |a|, |b c|, |loop|, |none|.", &mut builder);
        inline.finish(&mut builder);
        let texts: Vec<String> = builder
            .finish()
            .into_iter()
            .map(|b: Block| b.text)
            .collect();
        assert_eq!(
            texts,
            [
                "It is one and y, one and y two and y, and y and y and y, .",
                "loop\nnone\ndate: and y"
            ]
        );
    }
}
