//! The wording of the prompt: a text with `{{tags}}`, `{{document}}` and
//! `{{max_tags}}`, so that changing it is not changing code.
//!
//! The built-in wordings of questions also have `{{question}}`, which is filled in when a
//! template is made, and is a text whatever it contains.

use crate::prompt::AnswerStyle;

const TAGS: &str = "{{tags}}";
const DOCUMENT: &str = "{{document}}";
const MAX_TAGS: &str = "{{max_tags}}";
const QUESTION: &str = "{{question}}";

/// A checked wording, cut at the list and at the document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    before_list: String,
    before_document: String,
    after: String,
}

/// Why a wording cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TemplateError {
    /// A placeholder that has to be there once.
    #[error("the prompt must contain `{0}` once, but it stands there {1} times")]
    Count(&'static str, usize),
    /// A placeholder on the wrong side of the document.
    #[error("the prompt must have `{placeholder}` {side} `{{{{document}}}}`")]
    Side {
        /// The placeholder.
        placeholder: &'static str,
        /// `before` or `after`.
        side: &'static str,
    },
    /// Something in double braces that is no placeholder.
    #[error(
        "the prompt contains the unknown placeholder `{0}`; known are `{{{{tags}}}}`, `{{{{document}}}}`, `{{{{max_tags}}}}`"
    )]
    Unknown(String),
}

impl Template {
    /// The project's own wording for an answer style.
    #[must_use]
    pub fn built_in(style: AnswerStyle) -> Self {
        let text = match style {
            AnswerStyle::Id => include_str!("id.txt"),
            AnswerStyle::Name => include_str!("name.txt"),
        };
        Self::cut(text)
    }

    /// The project's own wording for a question whose answers are the tags of the list. The
    /// question stands before the list, so that both are computed once for all documents.
    #[must_use]
    pub fn asking(style: AnswerStyle, question: &str) -> Self {
        let text = match style {
            AnswerStyle::Id => include_str!("question_id.txt"),
            AnswerStyle::Name => include_str!("question_name.txt"),
        };
        let template = Self::cut(text);
        Self {
            before_list: template.before_list.replace(QUESTION, question),
            ..template
        }
    }

    /// The wording as it would stand in a file.
    #[must_use]
    pub fn text(&self) -> String {
        let Self {
            before_list,
            before_document,
            after,
        } = self;
        format!("{before_list}{TAGS}{before_document}{DOCUMENT}{after}")
    }

    /// Checks a wording. One line end at its end is not part of it.
    ///
    /// # Errors
    /// [`TemplateError`] says which placeholder is missing, unknown or misplaced:
    /// the list has to come before the document, so that what all documents
    /// share stands first, and the number of tags after it.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        for placeholder in [TAGS, DOCUMENT] {
            let count = text.matches(placeholder).count();
            if count != 1 {
                return Err(TemplateError::Count(placeholder, count));
            }
        }
        for (start, _) in text.match_indices("{{") {
            let rest = &text[start..];
            if ![TAGS, DOCUMENT, MAX_TAGS]
                .iter()
                .any(|p| rest.starts_with(p))
            {
                let end = rest.find("}}").map_or(rest.len().min(2), |at| at + 2);
                return Err(TemplateError::Unknown(rest[..end].to_owned()));
            }
        }
        let before = text.split(DOCUMENT).next().unwrap_or(text);
        if !before.contains(TAGS) {
            let (placeholder, side) = (TAGS, "before");
            return Err(TemplateError::Side { placeholder, side });
        }
        if before.contains(MAX_TAGS) {
            let (placeholder, side) = (MAX_TAGS, "after");
            return Err(TemplateError::Side { placeholder, side });
        }
        Ok(Self::cut(text))
    }

    fn cut(text: &str) -> Self {
        let text = text.strip_suffix('\n').unwrap_or(text);
        let (before, after) = text.split_once(DOCUMENT).unwrap_or((text, ""));
        let (before_list, before_document) = before.split_once(TAGS).unwrap_or((before, ""));
        Self {
            before_list: before_list.to_owned(),
            before_document: before_document.to_owned(),
            after: after.to_owned(),
        }
    }

    /// The text before the document, with the tag list filled in.
    pub(super) fn before(&self, list: &str) -> String {
        format!("{}{list}{}", self.before_list, self.before_document)
    }

    /// The text after the document, with the number of tags filled in.
    pub(super) fn after(&self, max_tags: usize) -> String {
        self.after.replace(MAX_TAGS, &max_tags.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_wordings_pass_their_own_check() {
        for (style, text) in [
            (AnswerStyle::Id, include_str!("id.txt")),
            (AnswerStyle::Name, include_str!("name.txt")),
        ] {
            assert_eq!(Template::parse(text), Ok(Template::built_in(style)));
        }
    }

    #[test]
    fn a_list_that_contains_a_placeholder_is_not_filled_in_twice() {
        let template = Template::parse("{{tags}} {{document}} {{max_tags}}").unwrap();
        assert_eq!(template.before("{{document}}"), "{{document}} ");
        assert_eq!(template.after(2), " 2");
    }

    #[test]
    fn a_question_is_a_text_whatever_it_contains() {
        for style in [AnswerStyle::Id, AnswerStyle::Name] {
            let question = "Is {{tags}} {{document}} {{max_tags}} {{question}} here?";
            let template = Template::asking(style, question);
            let before = template.before("[1]");
            assert_eq!(before.matches(question).count(), 1, "{before}");
            assert_eq!(before.matches("[1]").count(), 1, "{before}");
            assert!(template.after(1).ends_with("at most 1."));
        }
    }

    #[test]
    fn wrong_wordings_say_what_is_wrong() {
        let error = |text| Template::parse(text).unwrap_err().to_string();
        assert_eq!(
            error("{{document}}"),
            "the prompt must contain `{{tags}}` once, but it stands there 0 times"
        );
        assert_eq!(
            error("{{document}} {{tags}}"),
            "the prompt must have `{{tags}}` before `{{document}}`"
        );
        assert_eq!(
            error("{{max_tags}} {{tags}} {{document}}"),
            "the prompt must have `{{max_tags}}` after `{{document}}`"
        );
        assert_eq!(
            error("{{tags}} {{document}} {{id}}"),
            "the prompt contains the unknown placeholder `{{id}}`; known are `{{tags}}`, `{{document}}`, `{{max_tags}}`"
        );
    }
}
