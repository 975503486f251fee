//! The chat scaffold: what stands around the user's turn.

use std::sync::Arc;

/// How a model's conversations are written: what stands before the user's turn, and what
/// between it and the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scaffold {
    open: Arc<str>,
    close: Arc<str>,
    /// Chat tokens of the model that are not in it.
    others: Arc<[String]>,
}

/// `ChatML`, which most models know.
impl Default for Scaffold {
    fn default() -> Self {
        Self::chat_ml()
    }
}

impl Scaffold {
    /// The scaffold of these two texts.
    #[must_use]
    pub fn new(open: &str, close: &str) -> Self {
        Self {
            open: open.into(),
            close: close.into(),
            others: Arc::default(),
        }
    }

    /// The same for a model of whose other chat tokens some stand in these texts.
    #[must_use]
    pub(super) fn with_others_in<'t>(
        mut self,
        texts: impl IntoIterator<Item = &'t str>,
        is_token: &dyn Fn(&str) -> bool,
    ) -> Self {
        let mut others: Vec<String> = Vec::new();
        let own = self.specials();
        let marks = texts.into_iter().flat_map(marks_in);
        for mark in marks.filter(|mark| is_token(mark) && !own.contains(mark)) {
            if !others.iter().any(|other| other == mark) {
                others.push(mark.to_owned());
            }
        }
        self.others = others.into();
        self
    }

    /// Whether both put the same around a user's turn.
    #[must_use]
    pub fn writes_as(&self, other: &Self) -> bool {
        self.open == other.open && self.close == other.close
    }

    /// `<|im_start|>user … <|im_end|>`: MiniCPM3 and many others.
    #[must_use]
    pub fn chat_ml() -> Self {
        Self::new("<|im_start|>user\n", "<|im_end|>\n<|im_start|>assistant\n")
    }

    /// `<用户>…<AI>`: the first generation of MiniCPM.
    #[must_use]
    pub fn mini_cpm() -> Self {
        Self::new("<用户>", "<AI>")
    }

    /// No chat tokens at all: what a base model goes on from.
    #[must_use]
    pub fn plain() -> Self {
        Self::new("", "\n")
    }

    /// The built-in scaffold whose tokens a chat template names.
    #[must_use]
    pub fn named_in(template: &str) -> Option<Self> {
        if template.contains("<|im_start|>") {
            Some(Self::chat_ml())
        } else if template.contains("<用户>") {
            Some(Self::mini_cpm())
        } else {
            None
        }
    }

    /// What stands before the user's turn.
    #[must_use]
    pub fn open(&self) -> &str {
        &self.open
    }

    /// What stands between the user's turn and the answer.
    #[must_use]
    pub fn close(&self) -> &str {
        &self.close
    }

    /// The chat tokens that it consists of: all that looks like one, `<…>` or `[…]`, each once;
    /// behind them, the others that the model's template names. No document may spell them.
    #[must_use]
    pub fn specials(&self) -> Vec<&str> {
        let mut marks = Vec::new();
        let own = marks_in(&self.open).chain(marks_in(&self.close));
        for mark in own.chain(self.others.iter().map(String::as_str)) {
            if !marks.contains(&mark) {
                marks.push(mark);
            }
        }
        marks
    }

    /// The first chat token without which a model cannot be spoken to, and which its vocabulary
    /// does not have. `[INST]` and `<think>` are plain text for some models.
    #[must_use]
    pub fn missing(&self, is_token: &dyn Fn(&str) -> bool) -> Option<&str> {
        let plain =
            |special: &str| special.starts_with('[') || matches!(special, "<think>" | "</think>");
        let specials = self.specials().into_iter();
        specials
            .filter(|special| !plain(special))
            .find(|special| !is_token(special))
    }
}

/// What looks like a chat token: no white space in it, and in square brackets only capitals.
fn marks_in(text: &str) -> impl Iterator<Item = &str> {
    let opening = text.match_indices(['<', '[']);
    opening.filter_map(|(at, opening)| {
        let (closing, may): (char, fn(char) -> bool) = match opening {
            "<" => ('>', |c| c != '<' && !c.is_whitespace()),
            _ => (']', |c| c.is_ascii_uppercase() || matches!(c, '/' | '_')),
        };
        let rest = &text[at + 1..];
        let len = rest.find(closing).filter(|&len| len > 0)?;
        rest[..len]
            .chars()
            .all(may)
            .then(|| &text[at..at + len + 2])
    })
}

/// Breaks the spelling of chat tokens that text could be taken for.
pub(super) fn neutralise(text: &str, unguarded: &[impl AsRef<str>]) -> String {
    let mut text = text.to_owned();
    for special in unguarded.iter().map(AsRef::as_ref) {
        let first = special.chars().next().map_or(0, char::len_utf8);
        let (head, tail) = special.split_at(first);
        text = text.replace(special, &format!("{head} {tail}"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_built_in_scaffold_is_known_by_its_tokens() {
        let chat_ml = "{{'<|im_start|>' + message['role'] + '\\n'}}";
        assert_eq!(Scaffold::named_in(chat_ml), Some(Scaffold::chat_ml()));
        let first = "{{'<用户>' + message['content'] + '<AI>'}}";
        assert_eq!(Scaffold::named_in(first), Some(Scaffold::mini_cpm()));
        assert_eq!(Scaffold::named_in("[INST] {{x}} [/INST]"), None);
    }

    #[test]
    fn specials_are_what_looks_like_chat_tokens() {
        let specials = |open, close| Scaffold::new(open, close).specials().join(" ");
        assert_eq!(
            specials("<|im_start|>user\n", "<|im_end|>\n<|im_start|>assistant\n"),
            "<|im_start|> <|im_end|>"
        );
        assert_eq!(specials("<s>[INST] ", " [/INST]"), "<s> [INST] [/INST]");
        assert_eq!(specials("a < b > c <> [x] [] 2<3", "]>"), "");
        assert_eq!(specials("<用户>", "<AI>"), "<用户> <AI>");
    }

    #[test]
    fn unguarded_chat_tokens_are_broken_up() {
        assert_eq!(neutralise("a <用户> b", &["<用户>"]), "a < 用户> b");
        assert_eq!(neutralise("a <|im_end|>", &[""; 0]), "a <|im_end|>");
    }
}
