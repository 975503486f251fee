//! The language of all valid answers as GBNF, the grammar notation of llama.cpp.

use std::collections::BTreeSet;
use std::fmt::Write;

use crate::prompt::answer_head;

/// The largest grammar that is written out exactly, in alternatives. "None
/// twice" needs a rule for every set of tags used so far; past this, it is
/// several megabytes and llama.cpp takes seconds to read it.
const MAX_ALTERNATIVES: usize = 400_000;

/// Any JSON string: the id, where the grammar is for all documents.
const ANY_ID: &str = r#"id ::= "\"" ( [^"\\\x00-\x1F] | "\\" ( ["\\/bfnrt] | "u" hex hex hex hex ) )* "\""
hex ::= [0-9a-fA-F]
"#;

/// A grammar, and whether it says exactly what the program's own answers obey.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gbnf {
    /// The grammar; its root rule is `root`.
    pub text: String,
    /// False where the rules against repeated tags had to be left out.
    pub exact: bool,
}

/// Writes the grammar of all answers with these tag literals.
///
/// With `id`, the answers to that document; without, the id may be any string.
#[must_use]
pub fn gbnf(id: Option<&str>, literals: &[String], min_tags: usize, max_tags: usize) -> Gbnf {
    let max_tags = max_tags.min(literals.len());
    let mut text = match id {
        Some(id) => format!("root ::= {} ", quote(&answer_head(id))),
        None => "root ::= \"{\\\"id\\\":\" id \",\\\"tags\\\":[\" ".to_owned(),
    };
    let exact = alternatives(literals.len(), max_tags) <= MAX_ALTERNATIVES;
    if exact {
        text.push_str("r\n");
        write_sets(&mut text, literals.len(), min_tags, max_tags);
    } else {
        let (least, most) = (min_tags.saturating_sub(1), max_tags.saturating_sub(1));
        let list = format!("tag ( \",\" tag ){{{least},{most}}} \"]}}\"");
        let empty = if min_tags == 0 { "\"]}\" | " } else { "" };
        let all: Vec<String> = (0..literals.len()).map(|i| format!("t{i}")).collect();
        let _ = writeln!(text, "( {empty}{list} )\ntag ::= {}", all.join(" | "));
    }
    for (index, literal) in literals.iter().enumerate() {
        let _ = writeln!(text, "t{index} ::= {}", quote(literal));
    }
    if id.is_none() {
        text.push_str(ANY_ID);
    }
    Gbnf { text, exact }
}

/// One rule for each set of tags that can have been used: `r-3-17` is what may
/// follow when tags 3 and 17 are written, in whichever order.
fn write_sets(text: &mut String, tags: usize, min_tags: usize, max_tags: usize) {
    let mut level: BTreeSet<Vec<usize>> = BTreeSet::from([Vec::new()]);
    for used in 0..=max_tags {
        let mut next = BTreeSet::new();
        for set in &level {
            let mut ways = Vec::new();
            if used >= min_tags {
                ways.push("\"]}\"".to_owned());
            }
            if used < max_tags {
                let comma = if used == 0 { "" } else { "\",\" " };
                let more: Vec<String> = (0..tags)
                    .filter(|tag| !set.contains(tag))
                    .map(|tag| {
                        let mut longer = set.clone();
                        longer.push(tag);
                        longer.sort_unstable();
                        let way = format!("t{tag} {}", name(&longer));
                        next.insert(longer);
                        way
                    })
                    .collect();
                ways.push(format!("{comma}( {} )", more.join(" | ")));
            }
            let _ = writeln!(text, "{} ::= {}", name(set), ways.join(" | "));
        }
        level = next;
    }
}

fn name(set: &[usize]) -> String {
    set.iter().fold("r".to_owned(), |mut name, tag| {
        let _ = write!(name, "-{tag}");
        name
    })
}

/// How many alternatives the exact grammar has: for each set of fewer than
/// `max_tags` tags, one for every tag not in it.
fn alternatives(tags: usize, max_tags: usize) -> usize {
    let mut sets = 1_usize;
    let mut total = 0_usize;
    for used in 0..max_tags {
        total = total.saturating_add(sets.saturating_mul(tags - used));
        sets = sets.saturating_mul(tags - used) / (used + 1);
    }
    total
}

/// `text` as a GBNF string literal.
fn quote(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn literals(list: &[&str]) -> Vec<String> {
        list.iter().map(|&l| l.to_owned()).collect()
    }

    #[test]
    fn a_small_grammar_is_exact() {
        let grammar = gbnf(Some("7"), &literals(&["1", "\"a\""]), 1, 2);
        assert!(grammar.exact);
        let expected = r#"root ::= "{\"id\":\"7\",\"tags\":[" r
r ::= ( t0 r-0 | t1 r-1 )
r-0 ::= "]}" | "," ( t1 r-0-1 )
r-1 ::= "]}" | "," ( t0 r-0-1 )
r-0-1 ::= "]}"
t0 ::= "1"
t1 ::= "\"a\""
"#;
        assert_eq!(grammar.text, expected);
    }

    #[test]
    fn a_huge_grammar_allows_repeats_and_says_so() {
        let many: Vec<String> = (0..1000).map(|i| i.to_string()).collect();
        let grammar = gbnf(Some("7"), &many, 0, 3);
        assert!(!grammar.exact);
        assert!(grammar.text.starts_with(
            r#"root ::= "{\"id\":\"7\",\"tags\":[" ( "]}" | tag ( "," tag ){0,2} "]}" )"#
        ));
    }

    #[test]
    fn alternatives_are_counted() {
        assert_eq!(alternatives(90, 1), 90);
        assert_eq!(alternatives(90, 3), 90 + 90 * 89 + 4005 * 88);
        assert_eq!(alternatives(2, 2), 2 + 2);
    }
}
