//! JSON that is broken as notebooks get broken: cut off, with the marks of a merge in it, or with
//! a comma too many.

use std::iter::Peekable;
use std::str::Chars;

/// Deeper than any notebook.
const MAX_DEPTH: usize = 128;

/// A text as JSON. Whether it is some then is for a parser to say.
pub(super) fn mended(text: &str) -> String {
    let mut mender = Mender {
        json: String::with_capacity(text.len()),
        open: Vec::new(),
        last: ' ',
    };
    for line in text.trim_start_matches('\u{feff}').split_inclusive('\n') {
        // Within a string there is no line that begins so: it would have to be one of JSON.
        let is_merge = ["<<<<<<<", "=======", ">>>>>>>", "|||||||"]
            .iter()
            .any(|mark| line.starts_with(mark));
        // No parser follows deeper.
        if !is_merge && mender.open.len() <= MAX_DEPTH {
            mender.line(line);
        }
    }
    mender.finish()
}

/// What is open: an object that waits for a key, or for a value; a list; a string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Open {
    Key,
    Value,
    List,
    String,
}

struct Mender {
    json: String,
    open: Vec<Open>,
    /// The last character outside of strings that is no space.
    last: char,
}

impl Mender {
    fn line(&mut self, line: &str) {
        let mut chars = line.chars().peekable();
        while let Some(c) = chars.next().filter(|_| self.open.len() <= MAX_DEPTH) {
            if self.open.last() == Some(&Open::String) {
                self.in_string(c, &mut chars);
            } else {
                self.between(c);
            }
        }
    }

    fn in_string(&mut self, c: char, chars: &mut Peekable<Chars<'_>>) {
        match c {
            '"' => {
                self.json.push('"');
                self.open.pop();
                self.last = '"';
            }
            '\n' => self.json.push_str("\\n"),
            '\t' => self.json.push_str("\\t"),
            c if c.is_control() => {}
            '\\' => match chars.peek().copied() {
                Some('u') => {
                    chars.next();
                    let digits = std::iter::from_fn(|| chars.next_if(char::is_ascii_hexdigit));
                    let code: String = digits.take(4).collect();
                    self.json.push_str(&character(&code));
                }
                Some(next) if "\"\\/bfnrt".contains(next) => {
                    self.json.push('\\');
                    self.json.push(next);
                    chars.next();
                }
                Some(_) => self.json.push_str("\\\\"),
                None => {}
            },
            c => self.json.push(c),
        }
    }

    fn between(&mut self, c: char) {
        if self.open.is_empty() && self.last == '}' {
            // What follows the notebook is none of it.
            return;
        }
        match c {
            '"' | '{' | '[' => {
                if matches!(self.last, '"' | '}' | ']') {
                    self.comma();
                }
                self.open.push(match c {
                    '"' => Open::String,
                    '{' => Open::Key,
                    _ => Open::List,
                });
            }
            '}' | ']' => {
                if !self.open.iter().any(|open| closer(*open) == c) {
                    return;
                }
                while let Some(open) = self.open.pop() {
                    self.complete(open);
                    if closer(open) == c {
                        break;
                    }
                    self.json.push(closer(open));
                }
            }
            ',' => {
                if matches!(self.last, ',' | '{' | '[') {
                    return;
                }
                return self.comma();
            }
            ':' => {
                if let Some(open @ Open::Key) = self.open.last_mut() {
                    *open = Open::Value;
                }
            }
            _ => {}
        }
        if !c.is_whitespace() {
            self.last = c;
        }
        self.json.push(c);
    }

    fn comma(&mut self) {
        if let Some(open @ Open::Value) = self.open.last_mut() {
            *open = Open::Key;
        }
        self.json.push(',');
        self.last = ',';
    }

    /// Gives what is about to end what it lacks: no comma, and a value for each key.
    fn complete(&mut self, open: Open) {
        let text = self.json.trim_end();
        let text = text.strip_suffix(',').unwrap_or(text);
        self.json.truncate(text.len());
        match open {
            Open::Key if self.last == '"' => self.json.push_str(":null"),
            Open::Value if self.last == ':' => self.json.push_str("null"),
            _ => {}
        }
        self.last = closer(open);
    }

    fn finish(mut self) -> String {
        if self.open.last() == Some(&Open::String) {
            self.open.pop();
            self.json.push('"');
            self.last = '"';
        }
        // Half a word, or half a number.
        let is_half = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '+');
        if self.last != '"' && self.json.ends_with(is_half) && !self.open.is_empty() {
            let len = self.json.trim_end_matches(is_half).len();
            self.json.truncate(len);
            self.json.push_str("null");
        }
        while let Some(open) = self.open.pop() {
            self.complete(open);
            self.json.push(closer(open));
        }
        self.json
    }
}

fn closer(open: Open) -> char {
    match open {
        Open::Key | Open::Value => '}',
        Open::List => ']',
        Open::String => '"',
    }
}

/// What stands for a character by its number; one that is none, or half of one, is replaced.
fn character(code: &str) -> String {
    let number = u32::from_str_radix(code, 16).unwrap_or(0xfffd);
    char::from_u32(number).map_or_else(|| "\u{fffd}".to_owned(), |_| format!("\\u{number:04x}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_mended() {
        for (text, json) in [
            ("{\"a\": [1, \"b", "{\"a\": [1, \"b\"]}"),
            ("{\"a\": tr", "{\"a\": null}"),
            ("{\"a", "{\"a\":null}"),
            ("{\"a\":", "{\"a\":null}"),
            ("{\"a\": 1,", "{\"a\": 1}"),
            ("[1, 2,]", "[1, 2]"),
            (
                "[{\"a\": 1}\n=======\n{\"b\": 2}]",
                "[{\"a\": 1}\n,{\"b\": 2}]",
            ),
            ("[\"a\nb\\", "[\"a\\nb\"]"),
            ("[\"\\ud83d\\u00e9\\x", "[\"\u{fffd}\\u00e9\\\\x\"]"),
            ("{\"a\": [1}", "{\"a\": [1]}"),
            ("{\"a\": 1} rest", "{\"a\": 1}"),
        ] {
            assert_eq!(mended(text), json, "{text}");
        }
    }
}
