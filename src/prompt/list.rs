//! The tag list as it stands in the prompt.

use serde::Serialize;

use crate::prompt::AnswerStyle;
use crate::tags::{Tag, TagId, TagSet, json_string};

/// How the tag list is written in the prompt. Another style is another prompt, and can
/// give other answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ListStyle {
    /// Compact JSON, as the answer is.
    #[default]
    Json,
    /// One tag a line: `17 ai`, or `ai` where the model writes names. About half the tokens,
    /// and so half the memory and the time that the list takes.
    Lines,
}

#[derive(Serialize)]
struct Entry<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a TagId>,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
}

impl ListStyle {
    /// The tag list as it stands in the prompt, for a model that answers in a style.
    #[must_use]
    pub fn write(self, tags: &TagSet, answer: AnswerStyle) -> String {
        match self {
            Self::Json => {
                let entries: Vec<String> = tags.iter().map(|tag| json(tag, answer)).collect();
                format!("[{}]", entries.join(","))
            }
            Self::Lines => {
                let lines: Vec<String> = tags.iter().map(|tag| line(tag, answer)).collect();
                format!("\n{}", lines.join("\n"))
            }
        }
    }
}

fn json(tag: &Tag, answer: AnswerStyle) -> String {
    let description = tag.description.as_deref();
    if answer == AnswerStyle::Name && description.is_none() {
        return json_string(&tag.name);
    }
    let entry = Entry {
        id: (answer == AnswerStyle::Id).then_some(&tag.id),
        name: &tag.name,
        description,
    };
    serde_json::to_string(&entry).unwrap_or_default()
}

fn line(tag: &Tag, answer: AnswerStyle) -> String {
    // A line end in a name would look like one more tag.
    let one_line = |text: &str| {
        if text.contains(char::is_control) {
            json_string(text)
        } else {
            text.to_owned()
        }
    };
    let mut line = one_line(&tag.name);
    if answer == AnswerStyle::Id {
        line.insert_str(0, &format!("{} ", tag.id));
    }
    if let Some(description) = &tag.description {
        line.push_str(": ");
        line.push_str(&one_line(description));
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_json_or_lines() {
        let tags = TagSet::parse(
            r#"[{"id":17,"name":"ai","description":"learning \"machines\""},{"id":"w","name":"a\nb"}]"#,
        )
        .unwrap();
        let write = |style: ListStyle, answer| style.write(&tags, answer);
        assert_eq!(
            write(ListStyle::Json, AnswerStyle::Id),
            r#"[{"id":17,"name":"ai","description":"learning \"machines\""},{"id":"w","name":"a\nb"}]"#
        );
        assert_eq!(
            write(ListStyle::Json, AnswerStyle::Name),
            r#"[{"name":"ai","description":"learning \"machines\""},"a\nb"]"#
        );
        assert_eq!(
            write(ListStyle::Lines, AnswerStyle::Id),
            "\n17 ai: learning \"machines\"\n\"w\" \"a\\nb\""
        );
        assert_eq!(
            write(ListStyle::Lines, AnswerStyle::Name),
            "\nai: learning \"machines\"\n\"a\\nb\""
        );
    }
}
