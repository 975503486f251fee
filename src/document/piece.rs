//! What a document consists of once it is read: pieces, each kept or dropped for a reason.

/// What a piece of a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PieceKind {
    /// The document's name.
    Title,
    /// A heading.
    Heading,
    /// A paragraph's first sentence.
    Paragraph,
    /// A further sentence of a paragraph or an item.
    Sentence,
    /// A list item's first sentence.
    Item,
    /// The first sentence of a quotation.
    Quote,
    /// Code.
    Code,
    /// A row of a table.
    TableHead,
    /// The text that stands for an image.
    Image,
    /// What no reader sees: comments, addresses, settings, what an element hides.
    Markup,
}

impl PieceKind {
    /// Its name, in lower case.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Heading => "heading",
            Self::Paragraph => "paragraph",
            Self::Sentence => "sentence",
            Self::Item => "item",
            Self::Quote => "quote",
            Self::Code => "code",
            Self::TableHead => "table-head",
            Self::Image => "image",
            Self::Markup => "markup",
        }
    }
}

/// Why a piece was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// The budget was full.
    Budget,
    /// In a section on licences, people, money, history, or installing.
    Boilerplate,
    /// A table of contents.
    Contents,
    /// A row of links, a choice of languages, or what stands around a page's content.
    Navigation,
    /// An address: a link's target, or a line with nothing else in it.
    Address,
    /// A table's body.
    Table,
    /// The name on a logo, where the document has a title; the text of a badge, or of an image
    /// that says nothing.
    Image,
    /// Code behind its first lines.
    Code,
    /// It was said before.
    Repeat,
    /// In an element, or a block, whose content is not shown: a script, a menu of choices.
    Hidden,
    /// A comment.
    Comment,
    /// A footnote.
    Footnote,
    /// What a document says of itself that tells nothing of its topic: front matter, fields,
    /// headers of a mail.
    Metadata,
    /// What a notebook's code printed.
    Output,
    /// A file that goes along.
    Attachment,
    /// Markup with words in it: the name of a reference, an expression, a macro.
    Markup,
}

impl Reason {
    /// Its name, in lower case.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Budget => "budget",
            Self::Boilerplate => "boilerplate",
            Self::Contents => "contents",
            Self::Navigation => "navigation",
            Self::Address => "address",
            Self::Table => "table",
            Self::Image => "image",
            Self::Code => "code",
            Self::Repeat => "repeat",
            Self::Hidden => "hidden",
            Self::Comment => "comment",
            Self::Footnote => "footnote",
            Self::Metadata => "metadata",
            Self::Output => "output",
            Self::Attachment => "attachment",
            Self::Markup => "markup",
        }
    }

    /// Whether a reader would never see it: it is not shown even where nothing else is left.
    pub(super) fn is_unseen(self) -> bool {
        matches!(
            self,
            Self::Hidden
                | Self::Comment
                | Self::Metadata
                | Self::Output
                | Self::Attachment
                | Self::Markup
        )
    }
}

/// What became of a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fate {
    /// It is in the text.
    Kept,
    /// It is not.
    Dropped(Reason),
}

/// A piece of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// What it is.
    pub kind: PieceKind,
    /// What it says, with its mark: `- ` before an item.
    pub text: String,
    /// How many tokens that takes by itself.
    pub tokens: usize,
    /// Whether it was kept.
    pub fate: Fate,
}

/// What of a document is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// What is kept, one piece a line, sentences of a paragraph on one.
    pub text: String,
    /// How many bytes of text more there would be but for the budget.
    pub left_out: usize,
}

/// A document, condensed, with an account of all of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Condensed {
    /// What is kept, one piece a line, sentences of a paragraph on one.
    pub text: String,
    /// All pieces in document order.
    pub pieces: Vec<Piece>,
    /// How many tokens there are in all that only a budget would drop.
    pub tokens: usize,
    /// How many tokens the text has.
    pub used: usize,
}
