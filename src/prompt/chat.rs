//! How a model is spoken to, and how that is known.

use crate::models::ChatFormat;
use crate::prompt::Scaffold;

/// A model's chat tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chat {
    /// What stands around turns.
    pub scaffold: Scaffold,
    /// How that is known.
    pub origin: Origin,
}

/// What a model's chat tokens are known by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The file's own chat template.
    Template,
    /// The registry, since the file's template says nothing that is known here.
    Registry,
    /// Nothing: most models know this one.
    Default,
}

impl Chat {
    /// The metadata key of a file's own chat template.
    pub const TEMPLATE_KEY: &str = "tokenizer.chat_template";

    /// By the file's chat template, else by what the registry says.
    #[must_use]
    pub fn new(template: Option<&str>, registered: Option<ChatFormat>) -> Self {
        let registered = registered.map(|format| match format {
            ChatFormat::ChatMl => Scaffold::ChatMl,
            ChatFormat::MiniCpm => Scaffold::MiniCpm,
        });
        let known = [
            (
                template.and_then(Scaffold::from_chat_template),
                Origin::Template,
            ),
            (registered, Origin::Registry),
        ];
        let known = known.into_iter().find_map(|(s, o)| Some((s?, o)));
        let (scaffold, origin) = known.unwrap_or((Scaffold::default(), Origin::Default));
        Self { scaffold, origin }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_template_counts_before_the_registry() {
        let chat = |template, registered| {
            let Chat { scaffold, origin } = Chat::new(template, registered);
            (scaffold, origin)
        };
        let mini = Some(ChatFormat::MiniCpm);
        assert_eq!(
            chat(Some("<|im_start|>user"), mini),
            (Scaffold::ChatMl, Origin::Template)
        );
        assert_eq!(
            chat(Some("[INST]"), mini),
            (Scaffold::MiniCpm, Origin::Registry)
        );
        assert_eq!(chat(None, mini), (Scaffold::MiniCpm, Origin::Registry));
        assert_eq!(chat(None, None), (Scaffold::ChatMl, Origin::Default));
    }
}
