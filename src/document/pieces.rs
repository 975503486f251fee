//! From blocks to pieces: what each is for the reader, and what is dropped unread.
//!
//! A piece is the least that is kept or dropped: a heading, an item's first sentence,
//! one sentence of a paragraph. Here everything is decided that does not depend on
//! the budget; each piece that may stay gets a [`rank`](crate::document::rank).

use std::collections::HashSet;

use crate::document::navigation::{is_contents, is_navigation};
use crate::document::parse::{Block, BlockKind, has_letters, is_wide, letters};
use crate::document::piece::{PieceKind, Reason};
use crate::document::rank::{Ranks, Role};
use crate::document::sentences::{cut, sentences};
use crate::document::title::title;
use crate::document::topic::{Topic, Topics};

/// The most characters of an item, a heading, or a table's row that count as one piece.
const MAX_ITEM: usize = 160;
/// The same for a line of code.
const MAX_CODE: usize = 100;
/// The lines of code that are shown.
const CODE_LINES: usize = 2;

/// A piece before its tokens are counted.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    /// What it is.
    pub(super) kind: PieceKind,
    /// What it says, as it will be shown.
    pub(super) text: String,
    /// The block that it comes from: pieces of one block share a line.
    pub(super) block: usize,
    /// Whether it makes sense only behind the piece before it.
    pub(super) follows: bool,
    /// Its place in the order of importance, or why it is dropped.
    pub(super) verdict: Result<u32, Reason>,
}

/// Makes pieces of blocks, in document order. Whether headings tell what a section is about
/// is for the format to say: a line of plain text that looks like one may be anything.
pub(super) fn drafts(blocks: Vec<Block>, has_sections: bool) -> Vec<Draft> {
    let title = title(&blocks);
    let name = title.map_or("", |at| blocks[at].text.as_str());
    let mut maker = Maker {
        topics: has_sections.then(|| Topics::of_document(name)),
        drafts: Vec::new(),
        seen: HashSet::new(),
        ranks: Ranks::default(),
        sections: Vec::new(),
        tails: 0,
        block: 0,
    };
    for (at, block) in blocks.into_iter().enumerate() {
        maker.block = at;
        maker.add(block, Some(at) == title);
    }
    maker.drafts
}

/// A section that is open, and what it is about.
#[derive(Clone, Copy, Debug)]
struct Section {
    level: u8,
    topic: Topic,
}

struct Maker {
    /// What sections are about; nothing where none is about anything in particular.
    topics: Option<Topics>,
    drafts: Vec<Draft>,
    /// Hashes of what has been said.
    seen: HashSet<u64>,
    ranks: Ranks,
    sections: Vec<Section>,
    /// Pieces that are the ends of headings too long to be one.
    tails: usize,
    block: usize,
}

impl Maker {
    fn add(&mut self, block: Block, is_title: bool) {
        if let BlockKind::Lost(reason) = block.kind {
            return self.drop(lost_kind(reason), block.text, reason);
        }
        if is_title {
            let (head, tail) = cut(&block.text, MAX_ITEM);
            self.seen.insert(key(head));
            self.keep(PieceKind::Title, format!("# {head}"), Role::Title);
            return self.tail(tail);
        }
        // Whatever it says, what follows is another section.
        let topic = match block.kind {
            BlockKind::Heading(level) => self.enter(level, &block.text),
            _ => self.topic(),
        };
        if is_navigation(&block) {
            return self.drop(PieceKind::Paragraph, block.text, Reason::Navigation);
        }
        if is_contents(&block) {
            return self.drop(PieceKind::Item, block.text, Reason::Contents);
        }
        let is_code = matches!(block.kind, BlockKind::Code(_));
        let reason = match topic {
            Topic::Boilerplate => Some(Reason::Boilerplate),
            Topic::Contents => Some(Reason::Contents),
            Topic::Install if !is_code => Some(Reason::Boilerplate),
            _ if !has_letters(&block.text) => Some(Reason::Address),
            _ if block.had_address && is_label(&block.text) => Some(Reason::Address),
            _ if self.announces_contents(&block) => Some(Reason::Contents),
            _ => None,
        };
        match (reason, block.kind) {
            (_, BlockKind::Lost(_)) => {}
            (Some(reason), kind) => self.drop(piece_kind(&kind), block.text, reason),
            (None, BlockKind::Title) => self.prose(PieceKind::Title, &block.text),
            (None, BlockKind::Heading(level)) => self.heading(level, &block.text),
            (None, BlockKind::Paragraph) => self.prose(PieceKind::Paragraph, &block.text),
            (None, BlockKind::Quote) => self.prose(PieceKind::Quote, &block.text),
            (None, BlockKind::Continuation) => self.rest(&block.text),
            (None, BlockKind::Item) => self.item(&block.text),
            (None, BlockKind::Row(0 | 1)) => self.row(&block.text),
            (None, BlockKind::Row(_)) => self.drop(PieceKind::TableHead, block.text, Reason::Table),
            (None, BlockKind::Image) => self.once(PieceKind::Image, block.text, Role::Image),
            (None, BlockKind::Logo) => self.drop(PieceKind::Image, block.text, Reason::Image),
            (None, BlockKind::Code(language)) => self.code(&language, &block.text),
        }
    }

    fn heading(&mut self, level: u8, heading: &str) {
        let (head, tail) = cut(heading, MAX_ITEM);
        let marks = usize::from(level.clamp(2, 4));
        let text = format!("{} {head}", "#".repeat(marks));
        let role = if self.is_tagline(level, head) {
            Role::Lead
        } else {
            Role::Heading(level)
        };
        self.once(PieceKind::Heading, text, role);
        self.tail(tail);
    }

    /// What of a heading is too long.
    fn tail(&mut self, text: &str) {
        let before = self.drafts.len();
        self.rest(text);
        self.tails += self.drafts.len() - before;
    }

    /// What a heading says of its section.
    fn topic_of(&self, heading: &str) -> Topic {
        let topics = self.topics.as_ref();
        topics.map_or(Topic::Other, |topics| topics.of(heading))
    }

    /// Whether a paragraph says nothing but that a table of contents follows.
    fn announces_contents(&self, block: &Block) -> bool {
        block.kind == BlockKind::Paragraph
            && self.topics.is_some()
            && Topic::of_whole(&block.text) == Topic::Contents
    }

    /// The innermost section's topic.
    fn topic(&self) -> Topic {
        self.sections
            .last()
            .map_or(Topic::Other, |section| section.topic)
    }

    /// A heading closes the sections of its level and below, and opens its own.
    fn enter(&mut self, level: u8, heading: &str) -> Topic {
        while self
            .sections
            .last()
            .is_some_and(|section| section.level >= level)
        {
            self.sections.pop();
        }
        let outer = self.topic();
        let own = self.topic_of(heading);
        // What a dropped section contains goes with it.
        let topic = match (outer, own) {
            (Topic::Boilerplate | Topic::Install, _)
            | (Topic::Minor | Topic::About, Topic::Other) => outer,
            _ => own,
        };
        if !self.is_tagline(level, heading) {
            self.sections.push(Section { level, topic });
            self.ranks.section(topic);
        }
        topic
    }

    /// Whether a heading right behind the title is really a line about the project.
    fn is_tagline(&self, level: u8, heading: &str) -> bool {
        self.sections.is_empty()
            && level >= 3
            && self.topic_of(heading) == Topic::Other
            && self
                .drafts
                .iter()
                .filter(|draft| draft.verdict.is_ok())
                .count()
                <= 3 + self.tails
    }

    /// Sentences, the first of which leads.
    fn prose(&mut self, kind: PieceKind, text: &str) {
        if self.repeats(kind, text) {
            return;
        }
        self.ranks.paragraph();
        let mut has_lead = false;
        for (n, sentence) in telling(text).enumerate() {
            let (kind, role) = match n {
                0 if is_scrap(sentence) => (kind, Role::Rest),
                0 => (kind, Role::Lead),
                _ => (PieceKind::Sentence, Role::Sentence(n)),
            };
            self.keep(kind, sentence.to_owned(), role);
            self.follow(has_lead);
            has_lead |= role == Role::Lead;
        }
    }

    /// Sentences none of which leads.
    fn rest(&mut self, text: &str) {
        for sentence in telling(text) {
            self.keep(PieceKind::Sentence, sentence.to_owned(), Role::Rest);
        }
    }

    /// A list item: its first sentence, and the rest behind everything else.
    fn item(&mut self, text: &str) {
        if self.repeats(PieceKind::Item, text) {
            return;
        }
        let mut sentences = telling(text);
        let (head, tail) = cut(sentences.next().unwrap_or_default(), MAX_ITEM);
        self.keep(PieceKind::Item, format!("- {head}"), Role::Item);
        for sentence in std::iter::once(tail)
            .filter(|tail| has_letters(tail))
            .chain(sentences)
        {
            self.keep(PieceKind::Sentence, sentence.to_owned(), Role::Rest);
            self.follow(true);
        }
    }

    /// A table's row. Its end is dropped: it is as little read as the rows below.
    fn row(&mut self, text: &str) {
        if self.repeats(PieceKind::TableHead, text) {
            return;
        }
        let (head, tail) = cut(text, MAX_ITEM);
        self.keep(PieceKind::TableHead, head.to_owned(), Role::Row);
        if !tail.is_empty() {
            self.drop(PieceKind::TableHead, tail.to_owned(), Reason::Table);
        }
    }

    /// The language and the first lines.
    fn code(&mut self, language: &str, text: &str) {
        let mut lines = text.lines().map(str::trim).filter(|line| has_letters(line));
        let parts = lines
            .by_ref()
            .take(CODE_LINES)
            .map(|line| cut(line, MAX_CODE));
        let (shown, tails): (Vec<&str>, Vec<&str>) = parts.unzip();
        let is_told = |tail: &&str| has_letters(tail);
        let rest: Vec<&str> = tails.into_iter().filter(is_told).chain(lines).collect();
        if !shown.is_empty() {
            let shown = shown.join(" ; ");
            let text = match language {
                "" => format!("`{shown}`"),
                _ => format!("`{language}: {shown}`"),
            };
            self.once(PieceKind::Code, text, Role::Code);
        }
        if !rest.is_empty() {
            self.drop(PieceKind::Code, rest.join("\n"), Reason::Code);
        }
    }

    /// Keeps what was not there yet.
    fn once(&mut self, kind: PieceKind, text: String, role: Role) {
        if !self.repeats(kind, &text) {
            self.keep(kind, text, role);
        }
    }

    /// Whether a text was there before; then it is dropped.
    fn repeats(&mut self, kind: PieceKind, text: &str) -> bool {
        let repeats = !self.seen.insert(key(text));
        if repeats {
            self.drop(kind, text.to_owned(), Reason::Repeat);
        }
        repeats
    }

    fn keep(&mut self, kind: PieceKind, text: String, role: Role) {
        let rank = self.ranks.rank(role, self.topic());
        self.push(kind, text, Ok(rank));
    }

    fn drop(&mut self, kind: PieceKind, text: String, reason: Reason) {
        self.push(kind, text, Err(reason));
    }

    fn push(&mut self, kind: PieceKind, text: String, verdict: Result<u32, Reason>) {
        let (block, follows) = (self.block, false);
        self.drafts.push(Draft {
            kind,
            text,
            block,
            follows,
            verdict,
        });
    }

    /// The last piece makes no sense without the one before it.
    fn follow(&mut self, follows: bool) {
        if let Some(last) = self.drafts.last_mut() {
            last.follows = follows;
        }
    }
}

/// The sentences in which there is a letter. A stray bracket is nothing to be missed.
fn telling(text: &str) -> impl Iterator<Item = &str> {
    sentences(text)
        .into_iter()
        .filter(|sentence| has_letters(sentence))
}

/// What is left of a line whose address was taken out: "Documentation:".
fn is_label(text: &str) -> bool {
    text.chars().count() <= 30 && text.trim_end().ends_with([':', '：', '-', '('])
}

/// Whether a sentence is too short to say anything: "See here."
fn is_scrap(sentence: &str) -> bool {
    letters(sentence).nth(11).is_none() && !sentence.contains(is_wide)
}

/// What two texts share that say the same: a hash of their letters (FNV-1a, which is
/// the same on every machine).
fn key(text: &str) -> u64 {
    let add = |hash: u64, c: char| (hash ^ u64::from(u32::from(c))).wrapping_mul(0x0100_0000_01b3);
    letters(text).fold(0xcbf2_9ce4_8422_2325, |hash, c| match c {
        '\0'..='\x7f' => add(hash, c.to_ascii_lowercase()),
        // Kana and Chinese characters have no case: nothing to look up.
        '\u{3040}'..='\u{9fff}' => add(hash, c),
        _ => c.to_lowercase().fold(hash, add),
    })
}

fn piece_kind(kind: &BlockKind) -> PieceKind {
    match kind {
        BlockKind::Title => PieceKind::Title,
        BlockKind::Heading(_) => PieceKind::Heading,
        BlockKind::Paragraph => PieceKind::Paragraph,
        BlockKind::Item => PieceKind::Item,
        BlockKind::Continuation => PieceKind::Sentence,
        BlockKind::Quote => PieceKind::Quote,
        BlockKind::Code(_) => PieceKind::Code,
        BlockKind::Row(_) => PieceKind::TableHead,
        BlockKind::Image | BlockKind::Logo => PieceKind::Image,
        BlockKind::Lost(reason) => lost_kind(*reason),
    }
}

/// What it is that is not read.
fn lost_kind(reason: Reason) -> PieceKind {
    match reason {
        Reason::Image => PieceKind::Image,
        Reason::Output => PieceKind::Code,
        Reason::Footnote | Reason::Navigation => PieceKind::Paragraph,
        _ => PieceKind::Markup,
    }
}
