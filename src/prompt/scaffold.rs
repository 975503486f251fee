//! The chat scaffolds: what stands around the user's turn. Data, no logic.

/// How a model family marks the turns of a conversation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scaffold {
    /// `<|im_start|>user … <|im_end|>`: MiniCPM3 and many others.
    #[default]
    ChatMl,
    /// `<用户>…<AI>`: the first generation of MiniCPM.
    MiniCpm,
}

impl Scaffold {
    /// The scaffold that a GGUF's chat template describes; `None` where it is
    /// neither of those known here.
    #[must_use]
    pub fn from_chat_template(template: &str) -> Option<Self> {
        if template.contains("<|im_start|>") {
            Some(Self::ChatMl)
        } else if template.contains("<用户>") {
            Some(Self::MiniCpm)
        } else {
            None
        }
    }

    /// What stands before the user's turn, after BOS.
    pub(super) fn open(self) -> &'static str {
        match self {
            Self::ChatMl => "<|im_start|>user\n",
            Self::MiniCpm => "<用户>",
        }
    }

    /// What stands between the user's turn and the answer.
    pub(super) fn close(self) -> &'static str {
        match self {
            Self::ChatMl => "<|im_end|>\n<|im_start|>assistant\n",
            Self::MiniCpm => "<AI>",
        }
    }

    /// The chat tokens that the scaffold consists of.
    #[must_use]
    pub fn specials(self) -> &'static [&'static str] {
        match self {
            Self::ChatMl => &["<|im_start|>", "<|im_end|>"],
            Self::MiniCpm => &["<用户>", "<AI>"],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scaffold_is_read_from_the_chat_template() {
        let chatml = "{{'<|im_start|>' + message['role'] + '\\n'}}";
        assert_eq!(Scaffold::from_chat_template(chatml), Some(Scaffold::ChatMl));
        let first = "{{'<用户>' + message['content'] + '<AI>'}}";
        assert_eq!(Scaffold::from_chat_template(first), Some(Scaffold::MiniCpm));
        assert_eq!(Scaffold::from_chat_template("[INST] {{x}} [/INST]"), None);
    }
}
