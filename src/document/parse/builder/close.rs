//! The end of a block: its text cleaned, its images and what is not read of it behind it.

use crate::document::parse::block::{Block, BlockKind};
use crate::document::parse::builder::Builder;
use crate::document::parse::image::{name, says_something};
use crate::document::parse::text::{has_letters, without_addresses, without_shortcodes};
use crate::document::piece::Reason;

/// More images than this before all text are no logos.
const MAX_LOGOS: usize = 8;

impl Builder {
    /// Closes the open block, with its images and what is not read of it behind it.
    pub(super) fn flush(&mut self) {
        self.space = false;
        self.layout.begin(0);
        let mut block = std::mem::replace(&mut self.open, Block::new(BlockKind::Paragraph, ""));
        let mut images = std::mem::take(&mut self.images).into_iter();
        if !block.text.is_empty() {
            self.clean(&mut block);
        }
        if !has_letters(&block.text)
            && let Some(level) = self.heading
        {
            // A logo for a heading: the name is what stands for it.
            block = Block::new(BlockKind::Heading(level), images.next().unwrap_or_default());
        }
        if has_letters(&block.text) {
            self.item = false;
            self.put(block);
        } else if block.had_address {
            self.item = false;
            self.told = true;
        }
        // Before all text stands the logo: its one word may be the project's name.
        let first = !self.told && self.logos < MAX_LOGOS;
        for alt in images {
            if first && let Some(name) = name(&alt) {
                self.logos += 1;
                self.blocks.push(Block::new(BlockKind::Logo, name));
            } else if says_something(&alt) {
                self.put(Block::new(BlockKind::Image, alt));
            } else {
                self.lose(Reason::Image, &alt);
            }
        }
        for (reason, text) in self.lost.drain(..) {
            self.blocks.push(Block::new(BlockKind::Lost(reason), text));
        }
    }

    fn put(&mut self, block: Block) {
        self.told = true;
        self.blocks.push(block);
    }

    /// Takes out of a block's text what is not for reading.
    fn clean(&mut self, block: &mut Block) {
        match block.kind {
            BlockKind::Code(_) => return,
            BlockKind::Row(_) => {
                let end = block.text.trim_end_matches([' ', '|']).len();
                block.text.truncate(end);
                let start = block.text.len() - block.text.trim_start_matches([' ', '|']).len();
                block.text.drain(..start);
            }
            _ => {}
        }
        let shortcodes = without_shortcodes(&mut block.text);
        self.lose(Reason::Markup, &shortcodes);
        let addresses = without_addresses(&mut block.text);
        block.had_address = !addresses.is_empty();
        self.lose(Reason::Address, &addresses);
    }
}
