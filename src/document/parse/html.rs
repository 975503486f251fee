//! HTML, whole pages and the pieces of it inside Markdown.
//!
//! Only a tokenizer is used (html5gum, which follows the WHATWG standard), and no tree is
//! built: what is needed are boundaries between blocks, and trees bring stacks of open
//! elements that malformed or hostile pages make slow to search.

use html5gum::emitters::default::DefaultEmitter;
use html5gum::{HtmlString, StartTag, Token, Tokenizer};

use crate::document::parse::block::{Block, BlockKind};
use crate::document::parse::builder::Builder;
use crate::document::parse::text::letters;

/// Elements whose content is not text of the document.
const HIDDEN: [&str; 14] = [
    "script", "style", "svg", "template", "noscript", "iframe", "object", "canvas", "select",
    "textarea", "math", "audio", "video", "dialog",
];

/// Elements around a page's content.
const AROUND: [&str; 4] = ["nav", "footer", "aside", "form"];

/// The least letters for which `<main>` or `<article>` is taken to be the content.
const MAIN_LETTERS: usize = 100;

/// What of a page is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scope {
    /// Everything: fragments, and pages where nothing else is left.
    All,
    /// Everything except navigation and the like.
    Body,
    /// What is in this element, except navigation and the like.
    Within(&'static str),
}

/// Reads a whole page: title, description, and its main content.
pub(super) fn page(text: &str) -> Vec<Block> {
    let scopes = [
        Scope::Within("main"),
        Scope::Within("article"),
        Scope::Body,
        Scope::All,
    ];
    for scope in scopes {
        if let Scope::Within(name) = scope
            && !text.contains(&format!("<{name}"))
        {
            continue;
        }
        let mut builder = Builder::new();
        Html::new(scope).feed(text, &mut builder);
        let blocks = builder.finish();
        let content = blocks.iter().filter(|b| b.kind != BlockKind::Title);
        let enough = if scope == Scope::Body {
            1
        } else {
            MAIN_LETTERS
        };
        if scope == Scope::All
            || content.flat_map(|b| letters(&b.text)).take(enough).count() == enough
        {
            return blocks;
        }
    }
    Vec::new()
}

/// What was opened in the HTML read so far.
#[derive(Debug)]
pub(super) struct Html {
    scope: Scope,
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
}

impl Html {
    /// For the HTML in a Markdown document.
    pub(super) fn fragment() -> Self {
        Self::new(Scope::All)
    }

    fn new(scope: Scope) -> Self {
        Self {
            scope,
            hidden: 0,
            around: 0,
            within: 0,
            header: 0,
            tells: false,
            title: false,
            described: false,
        }
    }

    /// Elements that hide what is in them, and were never closed, are over.
    pub(super) fn reset(&mut self) {
        self.hidden = 0;
        self.title = false;
    }

    /// Whether text is not to be read.
    pub(super) fn is_hidden(&self) -> bool {
        let around = self.around > 0 || self.header > 0 && !self.tells;
        let outside = match self.scope {
            Scope::All => false,
            Scope::Body => around,
            Scope::Within(_) => around || self.within == 0,
        };
        self.hidden > 0 || outside
    }

    /// Reads a piece of HTML.
    pub(super) fn feed(&mut self, text: &str, builder: &mut Builder) {
        let mut emitter = DefaultEmitter::default();
        emitter.naively_switch_states(true);
        for Ok(token) in Tokenizer::new_with_emitter(text, emitter) {
            match token {
                Token::StartTag(tag) => self.open(&tag, builder),
                Token::EndTag(tag) => self.close(&name(&tag.name), builder),
                Token::String(text) => {
                    let text = String::from_utf8_lossy(&text);
                    if self.title {
                        builder.push(BlockKind::Title, &text);
                    } else if !self.is_hidden() {
                        builder.text(&text);
                    }
                }
                Token::Comment(_) | Token::Doctype(_) | Token::Error(_) => {}
            }
        }
    }

    fn open(&mut self, tag: &StartTag<()>, builder: &mut Builder) {
        let name = name(&tag.name);
        let attribute = |key: &[u8]| tag.attributes.get(key).map(|v| String::from_utf8_lossy(v));
        match name.as_str() {
            "title" if self.hidden == 0 && self.scope != Scope::All => self.title = true,
            "meta" if self.scope != Scope::All => {
                let key = attribute(b"name").or_else(|| attribute(b"property"));
                let describes = key.is_some_and(|k| k == "description" || k == "og:description");
                if let (true, false, Some(content)) =
                    (describes, self.described, attribute(b"content"))
                {
                    self.described = true;
                    builder.push(BlockKind::Paragraph, &content);
                }
            }
            _ => {}
        }
        if HIDDEN.contains(&name.as_str()) && !tag.self_closing {
            self.hidden += 1;
        }
        self.enter(&name);
        if self.is_hidden() {
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
            "table" => builder.table(),
            "tr" => builder.row(),
            "td" | "th" => builder.cell(),
            _ if is_block(&name) => builder.boundary(),
            _ => {}
        }
    }

    fn close(&mut self, name: &str, builder: &mut Builder) {
        if name == "title" {
            self.title = false;
        }
        if HIDDEN.contains(&name) {
            self.hidden = self.hidden.saturating_sub(1);
        }
        if !self.is_hidden() {
            match name {
                "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => builder.end_heading(),
                "a" => builder.end_link(),
                "ul" | "ol" | "dl" => builder.end_list(),
                "li" | "dt" => builder.end_item(),
                "blockquote" => builder.end_quote(),
                "pre" => builder.end_code(),
                "table" => builder.end_table(),
                _ if is_block(name) => builder.boundary(),
                _ => {}
            }
        }
        self.leave(name);
    }

    /// Counts the elements that say what is content.
    fn enter(&mut self, name: &str) {
        self.tells = match name {
            "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => true,
            "div" | "ul" | "ol" | "header" => false,
            _ => self.tells,
        };
        self.header += usize::from(name == "header");
        self.around += usize::from(AROUND.contains(&name));
        self.within += usize::from(self.scope == Scope::Within("main") && name == "main");
        self.within += usize::from(self.scope == Scope::Within("article") && name == "article");
    }

    fn leave(&mut self, name: &str) {
        let over =
            |count: &mut usize, is_it: bool| *count = count.saturating_sub(usize::from(is_it));
        over(&mut self.header, name == "header");
        over(&mut self.around, AROUND.contains(&name));
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
    )
}
