//! HTML, whole pages and the pieces of it inside Markdown.
//!
//! Only a tokenizer is used (html5gum, which follows the WHATWG standard), and no tree is
//! built: what is needed are boundaries between blocks, and trees bring stacks of open
//! elements that malformed or hostile pages make slow to search.

mod page;

use html5gum::emitters::default::DefaultEmitter;
use html5gum::{HtmlString, StartTag, Token, Tokenizer};

use crate::document::parse::attributes::{lose_attributes, lose_name};
use crate::document::parse::block::BlockKind;
use crate::document::parse::builder::Builder;
use crate::document::parse::hidden::{Ends, Reach, may_hide};
pub(super) use crate::document::parse::html::page::content;
use crate::document::piece::Reason;
use crate::document::words::is_element;

/// Elements around a page's content.
const AROUND: [&str; 4] = ["nav", "footer", "aside", "form"];

/// What of a page is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scope {
    /// All that is within Markdown.
    Fragment,
    /// Everything: pages where nothing else is left.
    All,
    /// Everything except navigation and the like.
    Body,
    /// That, and forms.
    Forms,
    /// What is in this element, except navigation and the like.
    Within(&'static str),
}

/// What was opened in the HTML read so far.
#[derive(Debug)]
pub(super) struct Html<'t> {
    scope: Scope,
    ends: Ends<'t>,
    hidden: usize,
    /// Depth in elements around the content.
    around: usize,
    /// Depth in the element that is the content.
    within: usize,
    /// Depth in `<header>`, of which only headings and paragraphs are read.
    header: usize,
    /// In a heading or a paragraph.
    tells: bool,
    /// Within `<title>`.
    title: bool,
    described: bool,
    /// How many elements were named in sentences, and may be closed there.
    mentions: usize,
    /// How many elements hide and are never closed: they are over with their paragraph.
    cut: usize,
}

impl<'t> Html<'t> {
    /// For the HTML in a Markdown document.
    pub(super) fn fragment(text: &'t str) -> Self {
        Self::new(Scope::Fragment, Ends::of(text, true))
    }

    fn new(scope: Scope, ends: Ends<'t>) -> Self {
        Self {
            scope,
            ends,
            hidden: 0,
            around: 0,
            within: 0,
            header: 0,
            tells: false,
            title: false,
            described: false,
            mentions: 0,
            cut: 0,
        }
    }

    /// Elements that hide what is in them, and were never closed, are over.
    pub(super) fn reset(&mut self) {
        self.hidden = 0;
        self.title = false;
    }

    /// A paragraph of Markdown ends.
    pub(super) fn end_paragraph(&mut self) {
        self.hidden = self.hidden.saturating_sub(std::mem::take(&mut self.cut));
    }

    /// Why text is not to be read.
    pub(super) fn hides(&self) -> Option<Reason> {
        let around = self.around > 0 || self.header > 0 && !self.tells;
        let outside = match self.scope {
            Scope::Fragment | Scope::All => false,
            Scope::Body | Scope::Forms => around,
            Scope::Within(_) => around || self.within == 0,
        };
        if self.hidden > 0 {
            Some(Reason::Hidden)
        } else {
            outside.then_some(Reason::Navigation)
        }
    }

    /// Reads a piece of HTML that begins at a place in the text.
    pub(super) fn feed(&mut self, piece: &str, at: usize, reach: Reach, builder: &mut Builder) {
        let mut emitter = DefaultEmitter::<usize>::new_with_span();
        emitter.naively_switch_states(true);
        let mut end = 0;
        for Ok(token) in Tokenizer::new_with_emitter(piece, emitter) {
            match token {
                Token::StartTag(tag) => {
                    end = tag.span.end;
                    let name = name(&tag.name);
                    let place = at + tag.span.start..at + end;
                    let ends = self.ends.hides(&name, place.start, reach)
                        && !(reach != Reach::Page
                            && tag.attributes.is_empty()
                            && self.ends.is_mention(&name, place));
                    // Not closed, but no word in a sentence either: it ends with its paragraph.
                    let is_cut = !ends && may_hide(&name) && self.ends.has_inside(at + end);
                    self.cut += usize::from(is_cut);
                    self.open(&tag, ends || is_cut, builder);
                }
                Token::EndTag(tag) => {
                    end = tag.span.end;
                    let name = name(&tag.name);
                    lose_name(&name, builder);
                    // There should be nothing behind it.
                    let inside = tag.span.start + 2 + name.len()..end;
                    builder.lose(Reason::Markup, piece.get(inside).unwrap_or_default());
                    self.close(&name, builder);
                }
                Token::String(text) => {
                    end = text.span.end;
                    let text = String::from_utf8_lossy(&text);
                    if self.title {
                        builder.push(BlockKind::Title, &text);
                    } else if let Some(reason) = self.hides() {
                        builder.lose(reason, &text);
                    } else {
                        builder.text(&text);
                    }
                }
                Token::Comment(comment) => {
                    end = comment.span.end;
                    builder.lose(Reason::Comment, &String::from_utf8_lossy(&comment));
                }
                Token::Doctype(doctype) => end = doctype.span.end,
                Token::Error(_) => {}
            }
        }
        if reach == Reach::Section {
            self.end_paragraph();
        }
        // A tag that is not closed.
        builder.lose(Reason::Markup, piece.get(end..).unwrap_or_default());
    }

    fn open(&mut self, tag: &StartTag<usize>, hides: bool, builder: &mut Builder) {
        let name = name(&tag.name);
        lose_name(&name, builder);
        let attribute = |key: &[u8]| tag.attributes.get(key).map(|v| String::from_utf8_lossy(v));
        let has_head = !matches!(self.scope, Scope::Fragment | Scope::All);
        if name == "title" && self.hidden == 0 && has_head {
            self.title = true;
        }
        let describes = name == "meta" && has_head && self.describes(tag);
        self.hidden += usize::from(hides && !tag.self_closing);
        self.enter(&name);
        let hidden = self.hides();
        let is_image = name == "img" && hidden.is_none();
        if !tag.attributes.is_empty() {
            let used: &[&str] = match name.as_str() {
                "meta" if describes => &["content"],
                "img" if is_image => &["alt"],
                _ => &[],
            };
            lose_attributes(tag, used, builder);
        }
        if describes && let Some(content) = attribute(b"content") {
            self.described = true;
            builder.push(BlockKind::Paragraph, &content);
        }
        if hidden.is_some() {
            return;
        }
        match name.as_str() {
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => builder.heading(name.as_bytes()[1] - b'0'),
            "br" => builder.line_break(),
            "img" => {
                builder.image(&attribute(b"src").unwrap_or_default());
                builder.text(&attribute(b"alt").unwrap_or_default());
                builder.end_image();
            }
            "a" => {
                if let Some(target) = attribute(b"href") {
                    builder.link(&target);
                }
            }
            "ul" | "ol" | "dl" => builder.list(),
            "li" | "dt" => builder.item(),
            "blockquote" => builder.quote(),
            "pre" => builder.code(""),
            "code" => {
                let class = attribute(b"class").unwrap_or_default();
                if let Some((_, language)) = class.split_once("language-") {
                    builder.code_language(language.split_whitespace().next().unwrap_or_default());
                }
            }
            "table" => builder.html_table(),
            "tr" => builder.row(),
            "th" | "thead" => {
                builder.is_data();
                if name == "th" {
                    builder.cell();
                }
            }
            "td" => builder.cell(),
            _ if self.is_block(&name) => builder.boundary(),
            // Somebody writes about it.
            _ if may_hide(&name) && tag.attributes.is_empty() && !tag.self_closing => {
                self.mentions += 1;
                builder.text(&format!("<{name}>"));
            }
            _ => {}
        }
    }

    /// Whether an element says what the page is about.
    fn describes(&self, tag: &StartTag<usize>) -> bool {
        let attribute = |key: &[u8]| tag.attributes.get(key);
        let key = attribute(b"name").or_else(|| attribute(b"property"));
        let is_told = attribute(b"content").is_some() && !self.described;
        is_told
            && key.is_some_and(|k| matches!(k.value.as_slice(), b"description" | b"og:description"))
    }

    fn close(&mut self, name: &str, builder: &mut Builder) {
        if name == "title" {
            self.title = false;
        }
        if may_hide(name) && self.hidden > 0 {
            self.hidden -= 1;
        } else if may_hide(name) && self.mentions > 0 && self.hides().is_none() {
            self.mentions -= 1;
            builder.text(&format!("</{name}>"));
        }
        if self.hides().is_none() {
            match name {
                "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => builder.end_heading(),
                "a" => builder.end_link(),
                "ul" | "ol" | "dl" => builder.end_list(),
                "li" | "dt" => builder.end_item(),
                "blockquote" => builder.end_quote(),
                "pre" => builder.end_code(),
                "table" => builder.end_table(),
                _ if self.is_block(name) => builder.boundary(),
                _ => {}
            }
        }
        self.leave(name);
    }

    /// Whether an element is a block of its own; those that somebody made up for a page are.
    fn is_block(&self, name: &str) -> bool {
        is_block(name) || self.scope != Scope::Fragment && !is_element(name)
    }

    /// Counts the elements that say what is content.
    fn enter(&mut self, name: &str) {
        self.tells = match name {
            "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => true,
            "div" | "ul" | "ol" | "header" => false,
            _ => self.tells,
        };
        self.header += usize::from(name == "header");
        self.around += usize::from(self.is_around(name));
        self.within += usize::from(self.scope == Scope::Within("main") && name == "main");
        self.within += usize::from(self.scope == Scope::Within("article") && name == "article");
    }

    /// Whether an element stands around the content. What the content stands in does not.
    fn is_around(&self, name: &str) -> bool {
        let counts = match self.scope {
            Scope::Within(_) => self.within > 0,
            Scope::Forms => name != "form",
            Scope::Fragment | Scope::Body | Scope::All => true,
        };
        counts && AROUND.contains(&name)
    }

    fn leave(&mut self, name: &str) {
        let over =
            |count: &mut usize, is_it: bool| *count = count.saturating_sub(usize::from(is_it));
        over(&mut self.header, name == "header");
        let is_around = self.is_around(name);
        over(&mut self.around, is_around);
        over(
            &mut self.within,
            self.scope == Scope::Within("main") && name == "main",
        );
        over(
            &mut self.within,
            self.scope == Scope::Within("article") && name == "article",
        );
    }
}

/// An element's name; the tokenizer has put it into lower case.
fn name(name: &HtmlString) -> String {
    String::from_utf8_lossy(name).into_owned()
}

/// Whether an element is a block of its own.
fn is_block(name: &str) -> bool {
    matches!(
        name,
        "p" | "div"
            | "section"
            | "article"
            | "main"
            | "header"
            | "center"
            | "address"
            | "figure"
            | "figcaption"
            | "details"
            | "summary"
            | "hr"
            | "dd"
            | "caption"
            | "body"
            | "fieldset"
            | "picture"
            | "form"
            | "nav"
            | "footer"
            | "aside"
            | "button"
            | "label"
            | "legend"
            | "noframes"
    )
}
