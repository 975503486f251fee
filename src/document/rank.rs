//! How much a piece tells of what a document is: the order in which a budget is filled.
//!
//! A rank is a base by role plus a step for each piece of the role that came before,
//! so that the roles are interleaved: behind the tenth heading, the third section's
//! first sentence says more than an eleventh heading.

use crate::document::topic::Topic;

/// What a piece is in its section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// The document's name.
    Title,
    /// A paragraph's first sentence.
    Lead,
    /// A paragraph's sentence with so many before it.
    Sentence(usize),
    /// A heading and its level.
    Heading(u8),
    /// An item's first sentence.
    Item,
    /// A row of a table.
    Row,
    /// A text for an image.
    Image,
    /// A line of code.
    Code,
    /// Anything else.
    Rest,
}

/// Counts what came before.
#[derive(Clone, Debug, Default)]
pub(super) struct Ranks {
    /// Sections so far; 0 is before the first heading that is not the title.
    sections: u32,
    /// Paragraphs in this section, in the introduction, and everywhere.
    paragraphs: u32,
    /// Items in this section.
    items: u32,
    /// Headings so far.
    headings: u32,
    /// Code blocks so far.
    codes: u32,
    /// Everything else so far.
    others: u32,
    /// Paragraphs that the introduction has had: what a document without one has
    /// first is its introduction.
    introduced: u32,
}

/// So many paragraphs introduce a document, under headings or not.
const INTRODUCTION: u32 = 3;
/// What stands in sections that say little of what a project is comes after all else.
const MINOR: u32 = 120;
const INSTALL: u32 = 160;

impl Ranks {
    /// A section begins.
    pub(super) fn section(&mut self, topic: Topic) {
        if !matches!(topic, Topic::Boilerplate | Topic::Contents | Topic::Install) {
            self.sections += 1;
        }
        self.paragraphs = 0;
        self.items = 0;
    }

    /// A paragraph begins.
    pub(super) fn paragraph(&mut self) {
        self.paragraphs += 1;
    }

    /// The rank of the next piece: the lower, the more it tells.
    pub(super) fn rank(&mut self, role: Role, topic: Topic) -> u32 {
        let paragraph = self.paragraphs.saturating_sub(1);
        let in_head = self.sections == 0;
        let about = topic == Topic::About;
        let introduces = (in_head || self.introduced < INTRODUCTION)
            && matches!(topic, Topic::Other | Topic::About);
        let base = match role {
            Role::Title => 0,
            Role::Lead if introduces => {
                self.introduced += 1;
                10 + 6 * paragraph
            }
            Role::Lead if about => 25 + 6 * self.sections + 8 * paragraph,
            Role::Lead => 45 + 5 * self.sections + 12 * paragraph,
            Role::Sentence(n) if introduces || in_head => 14 + 6 * paragraph + 5 * small(n),
            Role::Sentence(n) if about => 32 + 6 * self.sections + 8 * paragraph + 6 * small(n),
            Role::Sentence(n) => 75 + 5 * self.sections + 12 * paragraph + 8 * small(n),
            Role::Heading(level) => {
                self.headings += 1;
                28 + 3 * self.headings + 12 * u32::from(level.max(2) - 2)
            }
            Role::Item => {
                self.items += 1;
                let start = if in_head || about {
                    32
                } else {
                    60 + 3 * self.sections
                };
                start + 3 * self.items
            }
            Role::Code => {
                self.codes += 1;
                70 + 8 * self.codes
            }
            Role::Image => {
                self.others += 1;
                60 + 5 * self.others
            }
            Role::Row => {
                self.others += 1;
                80 + 4 * self.others
            }
            Role::Rest => 110 + 3 * self.sections + 3 * self.items,
        };
        let minor = match topic {
            Topic::Minor => MINOR,
            Topic::Install => INSTALL,
            _ => 0,
        };
        base.saturating_add(if matches!(role, Role::Heading(_)) {
            minor / 4
        } else {
            minor
        })
    }
}

fn small(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX / 16).min(u32::MAX / 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The ranks of roles that come one after the other in a section.
    fn ranks(topic: Topic, roles: &[Role]) -> Vec<u32> {
        let mut ranks = Ranks::default();
        ranks.section(topic);
        ranks.paragraph();
        roles.iter().map(|&role| ranks.rank(role, topic)).collect()
    }

    #[test]
    fn a_title_tells_most_and_a_lead_more_than_what_follows_it() {
        let ranks = ranks(
            Topic::Other,
            &[
                Role::Title,
                Role::Lead,
                Role::Sentence(1),
                Role::Sentence(2),
                Role::Rest,
            ],
        );
        assert!(ranks.is_sorted() && ranks[0] < ranks[1]);
    }

    #[test]
    fn later_pieces_tell_less() {
        for role in [
            Role::Heading(2),
            Role::Item,
            Role::Row,
            Role::Image,
            Role::Code,
        ] {
            let ranks = ranks(Topic::Other, &[role; 200]);
            assert!(ranks.windows(2).all(|pair| pair[0] < pair[1]), "{role:?}");
        }
    }

    #[test]
    fn sections_on_using_it_come_last() {
        let roles = [Role::Lead, Role::Item, Role::Code];
        let (about, other) = (ranks(Topic::About, &roles), ranks(Topic::Other, &roles));
        let (minor, install) = (ranks(Topic::Minor, &roles), ranks(Topic::Install, &roles));
        for at in 0..roles.len() {
            assert!(about[at] <= other[at] && other[at] < minor[at] && minor[at] < install[at]);
        }
    }

    #[test]
    fn no_document_is_too_long_to_rank() {
        let mut ranks = Ranks::default();
        ranks.paragraph();
        assert!(ranks.rank(Role::Sentence(usize::MAX), Topic::Minor) > 0);
    }
}
