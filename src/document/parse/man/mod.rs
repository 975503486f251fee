//! Manual pages, in the macros `man` and `mdoc`.

mod escape;

use crate::document::parse::block::{Block, BlockKind};
use crate::document::parse::builder::Builder;
use crate::document::parse::man::escape::printed;
use crate::document::piece::Reason;

/// Macros of `mdoc` that may stand among the words of another, and say how these look.
const AMONG: [&str; 34] = [
    "Ac", "Ad", "An", "Ao", "Ap", "Aq", "Ar", "Bq", "Cm", "Dq", "Dv", "Em", "Er", "Ev", "Fa", "Fn",
    "Ft", "Ic", "Li", "Lk", "Mt", "Nm", "No", "Ns", "Op", "Pa", "Pq", "Ql", "Qq", "Sq", "Sy", "Va",
    "Vt", "Xr",
];

/// Requests that may stand behind an apostrophe as well as behind a full stop. What else begins so
/// is text: "'Twas night".
const REQUESTS: [&str; 44] = [
    "ad", "af", "als", "am", "as", "bp", "br", "ce", "de", "di", "do", "ds", "ec", "el", "eo",
    "ev", "fi", "fp", "ft", "hc", "hy", "ie", "if", "ig", "in", "ll", "lt", "mk", "na", "ne", "nf",
    "nh", "nr", "ns", "pl", "po", "ps", "rm", "rn", "rr", "so", "sp", "ta", "ti",
];

/// Reads a manual page.
pub(super) fn blocks(text: &str) -> Vec<Block> {
    let mut page = Page {
        builder: Builder::new(),
        name: String::new(),
        next: Next::Text,
        in_code: false,
        until: None,
    };
    for line in text.lines() {
        page.line(line);
    }
    page.builder.finish()
}

/// What the next line of text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    Text,
    /// What an item explains.
    Label,
    Heading(u8),
}

struct Page {
    builder: Builder,
    /// What the page is on, as `mdoc` puts it wherever it is not said.
    name: String,
    next: Next,
    in_code: bool,
    /// The macro that ends what is not read, and why it is not.
    until: Option<(&'static str, Reason)>,
}

impl Page {
    fn line(&mut self, line: &str) {
        if let Some((end, reason)) = self.until {
            if line.trim_end() == end {
                self.until = None;
                self.builder.end_table();
            } else if end == ".TE" {
                self.row(line);
            } else {
                self.builder.lose(reason, line);
            }
            return;
        }
        let control = line.strip_prefix(['.', '\'']).filter(|_| is_control(line));
        match control {
            _ if line.starts_with("\\\"") => self.builder.lose(Reason::Comment, line),
            Some(comment) if comment.trim_start().starts_with("\\\"") => {
                self.builder.lose(Reason::Comment, comment);
            }
            Some(control) => {
                let control = control.trim_start();
                let end = control.find(char::is_whitespace).unwrap_or(control.len());
                self.control(&control[..end], control[end..].trim());
            }
            None => self.text(&printed(line)),
        }
    }

    fn control(&mut self, name: &str, rest: &str) {
        match name {
            "TH" | "Dt" => {
                let words = arguments(rest);
                let title = words.first().map_or("", String::as_str);
                self.builder.push(BlockKind::Title, title);
                for word in words.iter().skip(1) {
                    self.builder.lose(Reason::Metadata, word);
                }
            }
            "SH" | "Sh" => self.heading(2, rest),
            "SS" | "Ss" => self.heading(3, rest),
            "PP" | "P" | "LP" | "Pp" | "HP" | "sp" | "bp" => self.paragraph(),
            "br" => self.builder.soft_break(),
            "TP" | "TQ" => {
                self.item();
                self.next = Next::Label;
            }
            "IP" => {
                self.item();
                let label = arguments(rest).into_iter().next().unwrap_or_default();
                self.text(&label);
            }
            "It" => {
                self.item();
                self.inline(rest);
            }
            "RS" | "Bl" => self.builder.list(),
            "RE" | "El" => self.builder.end_list(),
            "nf" | "EX" | "DS" => self.code(true),
            "Bd" => self.code(rest.contains("literal") || rest.contains("unfilled")),
            "fi" | "EE" | "DE" | "Ed" => self.code(false),
            "Dl" | "D1" => {
                self.builder.code("");
                self.inline(rest);
                self.builder.end_code();
            }
            "BI" | "BR" | "IB" | "IR" | "RB" | "RI" | "SB" => {
                self.text(&arguments(rest).concat());
            }
            "B" | "I" | "R" | "SM" => self.text(&arguments(rest).join(" ")),
            "OP" => self.text(&format!("[{}]", arguments(rest).join(" "))),
            "SY" | "YS" => {
                self.paragraph();
                self.text(&printed(rest));
            }
            "Nd" => self.text(&format!("- {}", printed(rest))),
            "UR" | "MT" => self.builder.lose(Reason::Address, rest),
            "UE" | "ME" => self.text(&printed(rest)),
            "TS" => {
                self.builder.table();
                self.until = Some((".TE", Reason::Table));
                self.next = Next::Heading(0);
            }
            "EQ" => self.until = Some((".EN", Reason::Markup)),
            "PS" => self.until = Some((".PE", Reason::Markup)),
            "de" | "de1" | "am" | "ig" => {
                self.builder.lose(Reason::Markup, rest);
                self.until = Some(("..", Reason::Markup));
            }
            "Dd" | "Os" | "ds" | "so" | "mso" => self.builder.lose(Reason::Metadata, rest),
            // `Nm`, `Fl`, `Ar` and many more.
            _ if name.starts_with(|c: char| c.is_ascii_uppercase()) && name.len() == 2 => {
                self.inline(&format!("{name} {rest}"));
            }
            _ => self.builder.lose(Reason::Markup, rest),
        }
    }

    fn text(&mut self, text: &str) {
        if text.trim().is_empty() && !self.in_code {
            return self.paragraph();
        }
        match std::mem::replace(&mut self.next, Next::Text) {
            Next::Heading(level) => self.heading(level, text),
            _ if self.in_code => {
                self.builder.text(text);
                self.builder.soft_break();
            }
            _ => {
                self.builder.text(text.trim());
                self.builder.soft_break();
            }
        }
    }

    fn paragraph(&mut self) {
        if !self.in_code {
            self.builder.boundary();
        }
    }

    fn item(&mut self) {
        self.code(false);
        self.builder.list();
        self.builder.item();
    }

    fn code(&mut self, begins: bool) {
        if self.in_code {
            self.builder.end_code();
        }
        if begins {
            self.builder.code("");
        }
        self.in_code = begins;
    }

    fn heading(&mut self, level: u8, text: &str) {
        self.code(false);
        self.builder.reset();
        let text = arguments(text).join(" ");
        if text.is_empty() {
            self.next = Next::Heading(level);
        } else if text.eq_ignore_ascii_case("name") {
            // What follows is the page's name: no section.
            self.builder.lose(Reason::Markup, &text);
        } else {
            self.builder.heading(level);
            self.builder.text(&text);
            self.builder.end_heading();
        }
    }

    /// Words of `mdoc`, some of which are macros.
    fn inline(&mut self, rest: &str) {
        let words = arguments(rest);
        let mut text = String::new();
        let mut is_glued = true;
        let mut closing = String::new();
        for (at, word) in words.iter().enumerate() {
            let mut put = |word: &str, is_glued: bool| {
                if !(is_glued || text.is_empty() || word.starts_with([',', '.', ';', ':', ')'])) {
                    text.push(' ');
                }
                text.push_str(word);
            };
            match word.as_str() {
                "Nm" if self.name.is_empty() => {
                    let name = words.get(at + 1).map_or("", String::as_str);
                    name.clone_into(&mut self.name);
                }
                "Nm" if words
                    .get(at + 1)
                    .is_none_or(|next| !next.starts_with(char::is_alphabetic)) =>
                {
                    put(&self.name, is_glued);
                }
                "Fl" => put("-", is_glued),
                "Op" | "Oo" => {
                    put("[", is_glued);
                    closing.insert(0, ']');
                }
                "Oc" => put("]", true),
                "Ns" | "Ap" => {}
                macro_name if AMONG.contains(&macro_name) || at == 0 && macro_name.len() == 2 => {}
                word => put(word, is_glued),
            }
            is_glued = matches!(word.as_str(), "Fl" | "Op" | "Oo" | "Ns");
        }
        text.push_str(&closing);
        self.text(&text);
    }

    /// A line of a table; those before the first full stop say how it looks.
    fn row(&mut self, line: &str) {
        if self.next == Next::Heading(0) {
            if line.trim_end().ends_with('.') {
                self.next = Next::Text;
            }
            return;
        }
        if line.contains('\t') || line.contains('|') {
            self.builder.row();
        }
        for cell in line.split(['\t', '|']) {
            self.builder.cell();
            self.builder.text(printed(cell).trim_matches(['{', '}']));
        }
    }
}

/// Whether a line that begins with a full stop or an apostrophe says how the page is set.
fn is_control(line: &str) -> bool {
    let Some(rest) = line.strip_prefix('\'') else {
        // Dots are left out of a sentence.
        return !line.starts_with("..") || line.trim_end() == "..";
    };
    let rest = rest.trim_start();
    let name = rest.split(char::is_whitespace).next().unwrap_or_default();
    let is_macro = name.len() == 2 && name.bytes().all(|byte| byte.is_ascii_uppercase());
    rest.is_empty() || rest.starts_with('\\') || is_macro || REQUESTS.contains(&name)
}

/// The arguments of a macro: words, or what stands in quotation marks.
fn arguments(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() && !rest.starts_with("\\\"") {
        let (argument, after) = if let Some(quoted) = rest.strip_prefix('"') {
            quoted.split_once('"').unwrap_or((quoted, ""))
        } else {
            // A space behind a backslash belongs to the word.
            let mut before = ' ';
            let is_end = |c: char| {
                let ends = c.is_whitespace() && before != '\\';
                before = c;
                ends
            };
            rest.split_at(rest.find(is_end).unwrap_or(rest.len()))
        };
        found.push(printed(argument));
        rest = after.trim_start();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<String> {
        let shown = |block: Block| match block.kind {
            BlockKind::Lost(_) => format!("({})", block.text),
            BlockKind::Heading(level) => format!("{level} {}", block.text),
            BlockKind::Item => format!("- {}", block.text),
            BlockKind::Code(_) => format!("`{}`", block.text.trim()),
            _ => block.text,
        };
        blocks(text).into_iter().map(shown).collect()
    }

    #[test]
    fn man_is_read() {
        let page = ".\\\" made\n.TH TIDE 1 2024 \"Cmds\"\n.SH NAME\ntide \\- tells\nwhen\n.SH \"SEE THIS\"\n\
            .B tide\n[\\fB\\-d\\fR]\n.PP\nIt\n.BR is (1),\nso.\n.TP\n.B \\-d\nA date.\n.IP \\(bu 2\nMore\n\
            .nf\na  b\n.fi\n.SH\nBUGS\n.de XX\nhidden\n..\n.TS\nl l.\nx\ty\n.TE\nFew.\n";
        assert_eq!(
            told(page),
            [
                "(\\\" made)",
                "TIDE",
                "(1\n2024\nCmds)",
                "tide - tells when",
                "(NAME)",
                "2 SEE THIS",
                "tide [-d]",
                "It is(1), so.",
                "- -d A date.",
                "- • More",
                "`a  b`",
                "2 BUGS",
                "(XX\nhidden)",
                "x | y",
                "Few.",
            ]
        );
    }

    #[test]
    fn a_line_of_text_may_begin_with_an_apostrophe() {
        let page = ".TH TIDE 1\n.PP\n'Twas night.\n'br\n'\\\" note\n'tis so,\n...and on\n'TP 4\n'90s\n.in 2\nEnd.\n";
        assert_eq!(
            told(page),
            [
                "TIDE",
                "(1)",
                "'Twas night. 'tis so, ...and on",
                "(\\\" note)",
                "- '90s End.",
                "(2)"
            ]
        );
    }

    #[test]
    fn mdoc_is_read() {
        let page = ".Dd May 1\n.Dt TIDE 1\n.Os\n.Sh NAME\n.Nm tide\n.Nd tells when\n.Sh SYNOPSIS\n.Nm\n\
            .Op Fl d Ar date\n.Sh DESCRIPTION\nThe\n.Nm\nutility reads\n.Pa /etc/tide .\n.Bl -tag\n\
            .It Fl d Ar date\nA date.\n.El\n";
        assert_eq!(
            told(page),
            [
                "(May 1)",
                "TIDE",
                "(1)",
                "tide - tells when",
                "(NAME)",
                "2 SYNOPSIS",
                "tide [-d date]",
                "2 DESCRIPTION",
                "The tide utility reads /etc/tide.",
                "- -d date A date.",
            ]
        );
    }
}
