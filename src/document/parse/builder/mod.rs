//! Putting blocks together, for all formats the same way.
//!
//! The blocks are flat on purpose. Documents are nested by people who forget closing tags,
//! so counters are kept instead of a tree: nothing can overflow a stack, and an element
//! that is never closed costs no more than the kind of the text behind it.

mod close;
mod tables;

use crate::document::parse::block::{Block, BlockKind};
use crate::document::parse::image::is_badge;
use crate::document::parse::layout::Layout;
use crate::document::parse::text::{Cleaner, has_letters, is_letter, is_wide};
use crate::document::piece::Reason;

/// The image that is being read: its address, and the text that stands for it.
#[derive(Debug)]
struct OpenImage {
    source: String,
    alt: String,
}

/// Puts blocks together from text and the boundaries in it.
#[derive(Debug)]
pub(super) struct Builder {
    blocks: Vec<Block>,
    open: Block,
    /// White space was seen behind the open block's text.
    space: bool,
    /// Joiners and what nobody reads, taken out of the open block's text.
    cleaner: Cleaner,
    /// Texts of the open block's images.
    images: Vec<String>,
    /// What of the open block is not read.
    lost: Vec<(Reason, String)>,
    /// Why all text from here on is not.
    losing: Option<Reason>,
    image: Option<OpenImage>,
    /// Within a link; and whether it leads to a place in the same document.
    link: Option<bool>,
    heading: Option<u8>,
    code: Option<String>,
    lists: usize,
    /// An item has begun and has no text yet.
    item: bool,
    quotes: usize,
    tables: usize,
    row: Option<usize>,
    layout: Layout,
    /// Blocks that are no logos have begun.
    told: bool,
    logos: usize,
}

impl Builder {
    /// An empty document.
    pub(super) fn new() -> Self {
        Self {
            blocks: Vec::new(),
            open: Block::new(BlockKind::Paragraph, ""),
            space: false,
            cleaner: Cleaner::default(),
            images: Vec::new(),
            lost: Vec::new(),
            losing: None,
            image: None,
            link: None,
            heading: None,
            code: None,
            lists: 0,
            item: false,
            quotes: 0,
            tables: 0,
            row: None,
            layout: Layout::default(),
            told: false,
            logos: 0,
        }
    }

    /// All blocks.
    pub(super) fn finish(mut self) -> Vec<Block> {
        self.end_image();
        self.end_code();
        self.flush();
        self.blocks
    }

    /// Puts a block as it is.
    pub(super) fn push(&mut self, kind: BlockKind, text: &str) {
        self.flush();
        self.text(text);
        self.open.kind = kind;
        self.flush();
    }

    /// Notes what is not read, and why; it stands behind the open block.
    pub(super) fn lose(&mut self, reason: Reason, text: &str) {
        let text = text.trim();
        if !has_letters(text) {
            return;
        }
        match self.lost.last_mut() {
            Some((known, before)) if *known == reason => {
                before.push('\n');
                before.push_str(text);
            }
            _ => self.lost.push((reason, text.to_owned())),
        }
    }

    /// From here on no text is read, for a reason, or all is again.
    pub(super) fn losing(&mut self, reason: Option<Reason>) {
        self.losing = reason;
    }

    /// Puts blocks that were read elsewhere.
    pub(super) fn append(&mut self, blocks: Vec<Block>) {
        self.flush();
        self.told |= !blocks.is_empty();
        self.blocks.extend(blocks);
    }

    /// Adds text; white space collapses, marks that nobody reads are left out.
    pub(super) fn text(&mut self, text: &str) {
        if let Some(reason) = self.losing {
            return self.lose(reason, text);
        }
        if let Some(image) = &mut self.image {
            image.alt.push_str(text);
            return;
        }
        if self.code.is_some() {
            self.open.text.push_str(text);
            return;
        }
        if self.open.text.is_empty() {
            self.open.kind = self.context();
        }
        let mut added = 0;
        let mut ended_line = false;
        for c in text.chars() {
            if c.is_whitespace() {
                self.space = true;
                ended_line |= c == '\n';
            } else if self.cleaner.keeps(c) {
                let ended_line = std::mem::take(&mut ended_line);
                if std::mem::take(&mut self.space)
                    && !self.at_line_start()
                    && !(ended_line && is_wide(c) && self.open.text.ends_with(is_wide))
                {
                    self.open.text.push(' ');
                }
                self.cleaner.push(c, &mut self.open.text);
                added += usize::from(is_letter(c));
            }
        }
        if let Some(inner) = self.link {
            self.open.linked += added;
            self.open.inner += if inner { added } else { 0 };
        }
    }

    /// The end of a source line: a space, but none between two wide letters.
    pub(super) fn soft_break(&mut self) {
        let wide = self.open.text.chars().next_back().is_some_and(is_wide);
        if self.code.is_some() {
            self.open.text.push('\n');
        } else if !wide || self.image.is_some() {
            self.text(" ");
        }
    }

    /// A line break that the author wanted.
    pub(super) fn line_break(&mut self) {
        let one_line = matches!(self.context(), BlockKind::Heading(_) | BlockKind::Row(_));
        if self.code.is_some() || !(one_line || self.image.is_some() || self.at_line_start()) {
            self.open.text.push('\n');
            self.space = false;
        } else {
            self.text(" ");
        }
    }

    /// The end of one block and the beginning of another.
    pub(super) fn boundary(&mut self) {
        if self.code.is_some() {
            self.soft_break();
        } else if self.row.is_some() && self.heading.is_none() {
            // A cell holds paragraphs; its row stays one block, unless they are sentences.
            self.end_cell();
            self.text(" ");
        } else {
            self.flush();
        }
    }

    /// A heading begins.
    pub(super) fn heading(&mut self, level: u8) {
        self.end_code();
        self.end_cell();
        self.flush();
        self.heading = Some(level);
    }

    /// A heading ends.
    pub(super) fn end_heading(&mut self) {
        if self.heading.is_some() {
            self.flush();
            self.heading = None;
        }
    }

    /// What was opened and never closed is over.
    pub(super) fn reset(&mut self) {
        self.end_image();
        self.end_code();
        self.end_heading();
        self.flush();
        (self.lists, self.item) = (0, false);
        (self.tables, self.row, self.link) = (0, None, None);
    }

    /// A list begins.
    pub(super) fn list(&mut self) {
        self.boundary();
        self.lists += 1;
    }

    /// A list ends.
    pub(super) fn end_list(&mut self) {
        self.boundary();
        self.lists = self.lists.saturating_sub(1);
        self.item = false;
    }

    /// A list item begins.
    pub(super) fn item(&mut self) {
        self.boundary();
        self.item = true;
    }

    /// A list item ends.
    pub(super) fn end_item(&mut self) {
        self.boundary();
        self.item = false;
    }

    /// A quotation begins.
    pub(super) fn quote(&mut self) {
        self.boundary();
        self.quotes += 1;
    }

    /// A quotation ends.
    pub(super) fn end_quote(&mut self) {
        self.boundary();
        self.quotes = self.quotes.saturating_sub(1);
    }

    /// Preformatted text begins.
    pub(super) fn code(&mut self, language: &str) {
        self.end_code();
        self.flush();
        self.code = Some(language.to_owned());
    }

    /// The language of the preformatted text that has begun, known only now.
    pub(super) fn code_language(&mut self, language: &str) {
        if let Some(code) = &mut self.code
            && code.is_empty()
        {
            language.clone_into(code);
        }
    }

    /// Preformatted text ends.
    pub(super) fn end_code(&mut self) {
        if let Some(language) = self.code.take() {
            if !has_letters(&self.open.text) {
                self.lose(Reason::Markup, &language);
            }
            self.open.kind = BlockKind::Code(language);
            self.flush();
        }
    }

    /// A link begins.
    pub(super) fn link(&mut self, target: &str) {
        self.open.links += 1;
        self.link = Some(target.starts_with('#'));
    }

    /// A link ends.
    pub(super) fn end_link(&mut self) {
        self.link = None;
    }

    /// An image begins; text from here on is what stands for it.
    pub(super) fn image(&mut self, source: &str) {
        self.end_image();
        self.image = Some(OpenImage {
            source: source.to_owned(),
            alt: String::new(),
        });
    }

    /// An image ends.
    pub(super) fn end_image(&mut self) {
        let Some(OpenImage { source, alt }) = self.image.take() else {
            return;
        };
        if is_badge(&source, &alt) {
            self.lose(Reason::Image, &alt);
        } else {
            let alt = self.cleaner.cleaned(&alt);
            self.images
                .push(alt.split_whitespace().collect::<Vec<_>>().join(" "));
        }
    }

    fn at_line_start(&self) -> bool {
        let text = &self.open.text;
        text.is_empty() || text.ends_with('\n') || text.ends_with("| ")
    }

    /// What text that begins here is.
    fn context(&self) -> BlockKind {
        match (self.heading, self.row) {
            // What is quoted is no part of this document's outline.
            (Some(_), _) if self.quotes > 0 => BlockKind::Quote,
            (Some(level), _) => BlockKind::Heading(level),
            (None, Some(row)) => BlockKind::Row(row),
            _ if self.item => BlockKind::Item,
            _ if self.lists > 0 => BlockKind::Continuation,
            _ if self.quotes > 0 => BlockKind::Quote,
            _ => BlockKind::Paragraph,
        }
    }
}
