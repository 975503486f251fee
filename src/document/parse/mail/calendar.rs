//! Invitations: what they are to, and where. All else is for calendars.

use crate::document::parse::block::BlockKind;
use crate::document::parse::builder::Builder;
use crate::document::piece::Reason;

/// The properties that are text.
const READ: [&str; 5] = [
    "SUMMARY",
    "DESCRIPTION",
    "LOCATION",
    "COMMENT",
    "CATEGORIES",
];

/// Reads an invitation.
pub(super) fn read(text: &str, builder: &mut Builder) {
    // A line that begins with a space goes on with the one before.
    let unfolded = text
        .replace("\r\n", "\n")
        .replace("\n ", "")
        .replace("\n\t", "");
    let mut others = String::new();
    for line in unfolded.lines() {
        let name = line.split([':', ';']).next().unwrap_or_default();
        match line.split_once(':') {
            Some((_, value)) if READ.contains(&name.to_ascii_uppercase().as_str()) => {
                builder.push(BlockKind::Paragraph, &unescaped(value));
            }
            _ => {
                others.push_str(line);
                others.push('\n');
            }
        }
    }
    builder.lose(Reason::Metadata, &others);
}

fn unescaped(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n' | 'N') | None => text.push('\n'),
                Some(other) => text.push(other),
            },
            _ => text.push(c),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_invitation_is_to_is_read() {
        let mut builder = Builder::new();
        let text = "BEGIN:VEVENT\r\nSUMMARY;LANGUAGE=en:Weir\\, lower\r\n  gate\r\nUID:7\r\n";
        read(text, &mut builder);
        let told: Vec<String> = builder.finish().into_iter().map(|b| b.text).collect();
        assert_eq!(told, ["Weir, lower gate", "BEGIN:VEVENT\nUID:7"]);
    }
}
