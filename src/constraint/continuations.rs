//! What can be written at one slot of the answer, in tokens.

use crate::constraint::Candidate;
use crate::constraint::tokens::{Tokens, common_length};
use crate::vocab::Token;

/// Everything that can be decided at one slot, as token paths from where its candidates part.
///
/// No candidate's path is the beginning of another's, and a candidate that can be written
/// in several ways has a path for each: its probability is the sum of theirs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Continuations {
    tags: Vec<Written>,
    /// The only way to write the end.
    stop: [Vec<Token>; 1],
}

/// How a tag is written.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Written {
    /// To where the tag is complete. Where it then is not told from another tag yet, as 1 in
    /// a list with 17, a token further.
    paths: Vec<Vec<Token>>,
    /// How many tokens all its paths have in common whatever follows the tag.
    stable: usize,
    /// The tag's text behind them.
    tail: String,
}

impl Continuations {
    /// From how the tokenizer writes `lead` and each literal with everything that can follow
    /// it: `ways`, which all begin where the candidates part; `stop` is the end instead.
    pub(super) fn new(lead: &str, literals: &[String], ways: &[Vec<Tokens>], stop: Tokens) -> Self {
        let ends = literals.iter().map(|literal| lead.len() + literal.len());
        let ends: Vec<usize> = ends.collect();
        // Cut where a tag is complete, or one byte further on.
        let paths = |tag: usize, more: usize| {
            let paths = ways[tag].iter();
            let cut = |way: &Tokens| way.tokens[..way.length_past(ends[tag] + more)].to_vec();
            let mut paths: Vec<Vec<Token>> = paths.map(cut).collect();
            paths.sort();
            paths.dedup();
            paths
        };
        let complete: Vec<_> = (0..literals.len()).map(|tag| paths(tag, 0)).collect();
        let open_ended = open_ended(&complete);
        let written = complete.into_iter().enumerate().map(|(tag, complete)| {
            let stable = common_length(ways[tag].iter(), ends[tag]);
            let text = [lead, &literals[tag]].concat();
            Written {
                paths: if open_ended[tag] {
                    paths(tag, 1)
                } else {
                    complete
                },
                stable,
                tail: text[ways[tag][0].end_of(stable)..].to_owned(),
            }
        });
        Self {
            tags: written.collect(),
            stop: [stop.tokens],
        }
    }

    /// How many tags there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.tags.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tags.is_empty()
    }

    /// The ways to write a candidate, sorted. Those of a tag go as far as the model has to be
    /// asked to know that it writes this tag and no other: what may follow the tag is part of
    /// them where the tokenizer joins the tag's end with that.
    #[must_use]
    pub fn paths(&self, candidate: Candidate) -> &[Vec<Token>] {
        match candidate {
            Candidate::Tag(tag) => &self.tags[tag].paths,
            Candidate::Stop => &self.stop,
        }
    }

    /// The tokens that write a tag whatever follows: what is fed once it is decided. The
    /// next slot begins behind them.
    #[must_use]
    pub fn stable(&self, tag: usize) -> &[Token] {
        let written = &self.tags[tag];
        &written.paths[0][..written.stable]
    }

    /// The end of a tag's text that [`Continuations::stable`] does not write.
    pub(super) fn tail(&self, tag: usize) -> &str {
        &self.tags[tag].tail
    }

    /// The tokens that end the answer.
    #[must_use]
    pub fn stop(&self) -> &[Token] {
        &self.stop[0]
    }

    /// The length of the longest path.
    #[must_use]
    pub fn longest(&self) -> usize {
        let paths = self.tags.iter().flat_map(|written| &written.paths);
        let paths = paths.chain(&self.stop);
        paths.map(Vec::len).max().unwrap_or(0)
    }
}

/// The tags one of whose paths is another tag's path or the beginning of one.
fn open_ended(complete: &[Vec<Vec<Token>>]) -> Vec<bool> {
    let all = complete.iter().enumerate();
    let mut all: Vec<(&[Token], usize)> = all
        .flat_map(|(tag, paths)| paths.iter().map(move |path| (path.as_slice(), tag)))
        .collect();
    all.sort_unstable();
    let mut open = vec![false; complete.len()];
    // In sorted order, what begins with a path follows it at once.
    for pair in all.windows(2) {
        let [(one, tag), (next, other)] = [pair[0], pair[1]];
        if tag != other && next.starts_with(one) {
            open[tag] = true;
            open[other] |= one == next;
        }
    }
    open
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::constraint::Candidate::{Stop, Tag};
    use crate::constraint::{Joining, Spelling, TokenTrie};
    use crate::prompt::answer_head;
    use crate::vocab::{Specials, Tokenizer, spell, tokenize_continuation};

    /// Byte pair encoding: the pair that is joined first stands first; what is not joined is
    /// a byte.
    struct Pieces(&'static [&'static str]);

    impl Tokenizer for Pieces {
        fn tokenize(&self, text: &str, _: Specials) -> Vec<Token> {
            let mut parts: Vec<String> = text.chars().map(String::from).collect();
            let rank = |pair: &[String]| self.0.iter().position(|piece| *piece == pair.concat());
            loop {
                let ranks = parts.windows(2).enumerate();
                let best = ranks.filter_map(|(at, pair)| Some((rank(pair)?, at))).min();
                let Some((_, at)) = best else { break };
                let joined = parts[at..at + 2].concat();
                parts.splice(at..at + 2, [joined]);
            }
            let token = |part: String| match self.0.iter().position(|piece| *piece == part) {
                Some(place) => 256 + i32::try_from(place).unwrap(),
                None => i32::from(part.as_bytes()[0]),
            };
            parts.into_iter().map(|part| Token(token(part))).collect()
        }

        fn piece(&self, token: Token) -> Vec<u8> {
            match u8::try_from(token.0) {
                Ok(byte) => vec![byte],
                Err(_) => self.0[usize::try_from(token.0 - 256).unwrap()].into(),
            }
        }

        fn is_control(&self, _: Token) -> bool {
            false
        }

        fn bos(&self) -> Option<Token> {
            None
        }
    }

    /// The joined pieces of MiniCPM3-4B's vocabulary that an answer can have.
    const MINICPM3: Pieces = Pieces(&[
        "ta", "tag", "tags", "ai", "li", "lib", "[]", "\":", "\",", "\"]", "]}", "\",\"", "],",
        "[\"", "\":[", "\":[\"",
    ]);

    fn spelling(tokenizer: &Pieces, literals: &[&str], joining: Joining) -> Spelling {
        let literals: Vec<String> = literals.iter().map(|&l| l.to_owned()).collect();
        Spelling::new(tokenizer, &literals, joining).unwrap()
    }

    fn texts(tokenizer: &Pieces, tokens: &[Token]) -> Vec<String> {
        let text = |&token| String::from_utf8(tokenizer.piece(token)).unwrap();
        tokens.iter().map(text).collect()
    }

    /// The leaves of the trie at a slot: the tokens of each, and its candidate.
    fn leaves(tokenizer: &Pieces, at: &Continuations) -> Vec<(String, Candidate)> {
        let tags = (0..at.len()).map(Candidate::Tag);
        let paths = tags.chain([Candidate::Stop]).flat_map(|candidate| {
            let paths = at.paths(candidate).iter();
            paths.map(move |path| (candidate, path.as_slice()))
        });
        let trie = TokenTrie::new(paths);
        let leaf = |(leaf, candidate)| (texts(tokenizer, &trie.path(leaf)).join(" "), candidate);
        let mut leaves: Vec<_> = trie.leaves().map(leaf).collect();
        leaves.sort();
        leaves
    }

    #[track_caller]
    fn assert_leaves(at: &Continuations, expected: &[(&str, Candidate)]) {
        let leaves = leaves(&MINICPM3, at);
        let found: Vec<_> = leaves.iter().map(|(path, c)| (path.as_str(), *c)).collect();
        assert_eq!(found, expected);
    }

    /// ```text
    /// {"id":"0","tags ─┬─ ": ── [] ── } (stop)
    ///                  └─ ":[" ─┬─ ai ──┬─ "," (ai)
    ///                           │       └─ "]  (ai)
    ///                           └─ lib ─┬─ "," (lib)
    ///                                   └─ "]  (lib)
    /// ```
    #[test]
    fn names_are_written_with_the_pieces_that_the_vocabulary_joins() {
        let spelling = spelling(&MINICPM3, &["\"ai\"", "\"lib\""], Joining::Whole);
        let head = answer_head("0");
        let (text, tokens) = spelling.forced(&MINICPM3, &head);
        assert_eq!(text, "{\"id\":\"0\",\"tags");
        assert_eq!(texts(&MINICPM3, &tokens).last().unwrap(), "tags");
        let first = spelling.first();
        assert_leaves(
            &first,
            &[
                ("\": [] }", Stop),
                ("\":[\" ai \",\"", Tag(0)),
                ("\":[\" ai \"]", Tag(0)),
                ("\":[\" lib \",\"", Tag(1)),
                ("\":[\" lib \"]", Tag(1)),
            ],
        );
        // Behind `ai`, which is fed without what the end of it is joined with.
        assert_eq!(texts(&MINICPM3, first.stable(0)), ["\":[\"", "ai"]);
        let second = spelling.after(&MINICPM3, &first, 0);
        assert_leaves(
            &second,
            &[
                ("\",\" ai \",\"", Tag(0)),
                ("\",\" ai \"]", Tag(0)),
                ("\",\" lib \",\"", Tag(1)),
                ("\",\" lib \"]", Tag(1)),
                ("\"] }", Stop),
            ],
        );
    }

    /// ```text
    /// {"id":"0","tags ─┬─ ": ── [] ── } (stop)
    ///                  └─ ":[ ─┬─ 1 ─┬─ ,  (1)
    ///                          │     ├─ ]} (1)
    ///                          │     └─ 7  (17)
    ///                          └─ 3 ── 3 (33)
    /// ```
    #[test]
    fn ids_are_written_digit_by_digit() {
        let spelling = spelling(&MINICPM3, &["1", "17", "33"], Joining::Whole);
        let first = spelling.first();
        assert_leaves(
            &first,
            &[
                ("\": [] }", Stop),
                ("\":[ 1 ,", Tag(0)),
                ("\":[ 1 7", Tag(1)),
                ("\":[ 1 ]}", Tag(0)),
                ("\":[ 3 3", Tag(2)),
            ],
        );
        let second = spelling.after(&MINICPM3, &first, 1);
        assert_eq!(texts(&MINICPM3, first.stable(1)), ["\":[", "1", "7"]);
        assert_eq!(texts(&MINICPM3, second.stop()), ["]}"]);
        assert_eq!(texts(&MINICPM3, &second.paths(Tag(2))[0]), [",", "3", "3"]);
    }

    #[test]
    fn parts_are_written_by_themselves() {
        let spelling = spelling(&MINICPM3, &["\"ai\"", "\"lib\""], Joining::Parts);
        assert_eq!(
            spelling.forced(&MINICPM3, &answer_head("0")).0,
            answer_head("0")
        );
        let first = spelling.first();
        assert_leaves(
            &first,
            &[("\" ai \"", Tag(0)), ("\" lib \"", Tag(1)), ("]}", Stop)],
        );
        let second = spelling.after(&MINICPM3, &first, 0);
        assert_leaves(
            &second,
            &[
                (", \" ai \"", Tag(0)),
                (", \" lib \"", Tag(1)),
                ("]}", Stop),
            ],
        );
    }

    /// The answers of a list token by token: exactly what the tokenizer makes of their text.
    #[test]
    fn every_answer_is_written_as_its_text_is() {
        // `++"` and `",".` are pieces: a tag's end and a tag's beginning change the joint.
        const ODD: Pieces = Pieces(&[
            "ta", "tag", "tags", "++", "++\"", "\":", "\",", "\",\"", "\",\".", "\"]", "[\"",
            "\":[", "\":[\"", "]}", "17", "a\"", ",1",
        ]);
        let names = [
            "\"c\"", "\"c++\"", "\".net\"", "\"a\"", "\"aa\"", "\"x.\"", "\"1\"",
        ];
        let ids = ["1", "17", "171", "7", "\"a\"", "\"7\""];
        for tokenizer in [&MINICPM3, &ODD] {
            for literals in [&names[..], &ids[..]] {
                let spelling = spelling(tokenizer, literals, Joining::Whole);
                let head = answer_head("0");
                let (_, forced) = spelling.forced(tokenizer, &head);
                let n = literals.len();
                for answer in 0..(n * n * n) {
                    let tags = [answer % n, answer / n % n, answer / n / n];
                    for length in 0..=3 {
                        let tags = &tags[..length];
                        if (1..length).any(|at| tags[..at].contains(&tags[at])) {
                            continue;
                        }
                        let written: Vec<&str> = tags.iter().map(|&tag| literals[tag]).collect();
                        let text = format!("{head}{}]}}", written.join(","));
                        let tokens = [&forced[..], &spelling.answer(tokenizer, tags)].concat();
                        assert_eq!(spell(tokenizer, &tokens), text.as_bytes());
                        let own = tokenize_continuation(tokenizer, &text);
                        let shown = texts(tokenizer, &tokens);
                        assert_eq!(shown, texts(tokenizer, &own), "{text}");
                    }
                }
            }
        }
    }
}
