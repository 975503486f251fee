//! The baseline that a model has to beat: search for the tags' names in the text.

use crate::eval::script::Script;
use crate::tags::TagSet;

/// The tags whose names occur most often, at most so many; ties in list order.
///
/// Names are compared without regard to case and have to be whole words, except where
/// they border on a Chinese, Japanese or Korean character: there, nothing parts words.
#[must_use]
pub fn keyword_tags(text: &str, tags: &TagSet, most: usize) -> Vec<usize> {
    let text = text.to_lowercase();
    let count = |name: &str| occurrences(&text, &name.trim().to_lowercase());
    let mut found: Vec<(usize, usize)> = tags
        .iter()
        .enumerate()
        .map(|(place, tag)| (place, count(&tag.name)))
        .filter(|&(_, count)| count > 0)
        .collect();
    found.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
    found.truncate(most);
    found.into_iter().map(|(place, _)| place).collect()
}

/// How often `name` stands in `text` as a word.
fn occurrences(text: &str, name: &str) -> usize {
    if name.is_empty() {
        return 0;
    }
    let is_whole = |&(at, _): &(usize, &str)| {
        let before = text[..at].chars().next_back();
        let after = text[at + name.len()..].chars().next();
        let parted = |inside: Option<char>, outside: Option<char>| {
            !(inside.is_some_and(is_word) && outside.is_some_and(is_word))
        };
        parted(name.chars().next(), before) && parted(name.chars().next_back(), after)
    };
    text.match_indices(name).filter(is_whole).count()
}

/// Whether a character belongs to a word that its neighbours belong to as well.
fn is_word(c: char) -> bool {
    (c.is_alphanumeric() || c == '_') && Script::of_char(c) != Some(Script::Cjk)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(text: &str) -> Vec<usize> {
        let list = TagSet::parse("ai\nWeb App \nc++\nsearch\n检索").unwrap();
        keyword_tags(text, &list, 3)
    }

    #[test]
    fn names_are_found_as_whole_words_in_any_case() {
        assert_eq!(tags("AI said a web app. Web apps do not count."), [0, 1]);
        assert_eq!(tags("maintain ai_tool research"), [0; 0]);
        assert_eq!(tags("for C++, in C++11"), [2]);
    }

    #[test]
    fn what_occurs_most_comes_first_then_what_stands_first_in_the_list() {
        assert_eq!(tags("search, search, ai, web app"), [3, 0, 1]);
        assert_eq!(tags("search ai web app c++"), [0, 1, 2]);
    }

    #[test]
    fn no_spaces_are_needed_between_chinese_characters() {
        assert_eq!(tags("向量检索引擎 用ai做"), [0, 4]);
    }
}
