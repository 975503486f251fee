//! How a model is spoken to, and how that is known.

use crate::models::{ChatFormat, Header};
use crate::prompt::Scaffold;
use crate::prompt::jinja::{ChatTemplate, ChatTemplateError, render};

/// A model's chat tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chat {
    /// What stands around turns.
    pub scaffold: Scaffold,
    /// How that is known.
    pub origin: Origin,
    /// Why the file's own template was not used, if it has one.
    pub problem: Option<ChatTemplateError>,
    /// Whether the model may begin with a thought, since its template knows thoughts, and
    /// neither a way to be without one nor an empty one.
    pub may_think: bool,
}

/// What a model's chat tokens are known by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The file's own chat template.
    Template,
    /// Tokens that the file's template names, since it cannot be used itself.
    Named,
    /// The registry, since the file's template says nothing that is known here.
    Registry,
    /// Nothing: most models know this one.
    Default,
    /// Neither a template nor the tokens that most models know: a base model, which goes on
    /// from plain text.
    Plain,
}

/// That of a model of which nothing is known.
impl Default for Chat {
    fn default() -> Self {
        Self {
            scaffold: Scaffold::default(),
            origin: Origin::Default,
            problem: None,
            may_think: false,
        }
    }
}

/// What stands behind a thought, or before it.
const THOUGHTS: [&str; 3] = ["</think>", "[/THINK]", "<|channel|>"];

/// What the switches of templates end in that are off here: `enable_thinking`, `thinking`.
const SWITCH: &str = "thinking";

/// Whether a template knows thoughts, but neither a switch nor an empty one.
fn may_think(source: &str, scaffold: &Scaffold) -> bool {
    let is_in = |text: &str| THOUGHTS.iter().any(|mark| text.contains(mark));
    is_in(source) && !source.contains(SWITCH) && !is_in(scaffold.close())
}

impl Chat {
    /// The metadata key of a file's own chat template.
    pub const TEMPLATE_KEY: &str = "tokenizer.chat_template";

    /// What [`Self::may_think`] means for answers.
    pub const MAY_THINK: &str = "its chat template knows thoughts, but no way to be without \
        one: a model that thinks first is asked for its answer too early";

    /// By the file's chat template, else by what the registry says.
    #[must_use]
    pub fn new(template: &ChatTemplate, registered: Option<ChatFormat>) -> Self {
        let rendered = template.source.map(|source| {
            let named = [Some(source), template.bos, template.eos]
                .into_iter()
                .flatten();
            let scaffold = render(source, template)?;
            match scaffold.missing(template.is_token) {
                Some(special) => Err(ChatTemplateError::NoToken(special.to_owned())),
                None => Ok(scaffold.with_others_in(named, template.is_token)),
            }
        });
        let (scaffold, problem) = match rendered {
            Some(Ok(scaffold)) => {
                return Self {
                    may_think: template.source.is_some_and(|s| may_think(s, &scaffold)),
                    scaffold,
                    origin: Origin::Template,
                    problem: None,
                };
            }
            Some(Err(problem)) => (template.source.and_then(Scaffold::named_in), Some(problem)),
            None => (None, None),
        };
        let registered = registered.map(|format| match format {
            ChatFormat::ChatMl => Scaffold::chat_ml(),
            ChatFormat::MiniCpm => Scaffold::mini_cpm(),
        });
        let known = [(scaffold, Origin::Named), (registered, Origin::Registry)];
        let known = known.into_iter().find_map(|(s, o)| Some((s?, o)));
        let (scaffold, origin) = known.unwrap_or_else(|| {
            let usual = Scaffold::default();
            let is_base = template.source.is_none() && usual.missing(template.is_token).is_some();
            if is_base {
                (Scaffold::plain(), Origin::Plain)
            } else {
                (usual, Origin::Default)
            }
        });
        Self {
            scaffold,
            origin,
            problem,
            may_think: false,
        }
    }

    /// The same by a file's header.
    #[must_use]
    pub fn of_header(header: &Header, registered: Option<ChatFormat>) -> Self {
        let template = ChatTemplate {
            source: header.text(Self::TEMPLATE_KEY),
            bos: header.special("bos"),
            eos: header.special("eos"),
            is_token: &|special| header.mark(special).is_some(),
        };
        Self::new(&template, registered)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_template_counts_before_the_registry() {
        let own = "{% for m in messages %}[U]{{ m.content }}{% endfor %}[A]";
        let missing = own.replace("[A]", "<missing>");
        let chat = |source, registered| {
            let template = ChatTemplate {
                source,
                bos: None,
                eos: None,
                is_token: &|special| special != "<missing>",
            };
            let Chat {
                scaffold,
                origin,
                problem,
                ..
            } = Chat::new(&template, registered);
            (scaffold, origin, problem.is_some())
        };
        let mini = Some(ChatFormat::MiniCpm);
        assert_eq!(
            chat(Some(own), mini),
            (Scaffold::new("[U]", "[A]"), Origin::Template, false)
        );
        assert_eq!(
            chat(Some(&missing), None),
            (Scaffold::chat_ml(), Origin::Default, true)
        );
        assert_eq!(
            chat(Some("<|im_start|>user"), mini),
            (Scaffold::chat_ml(), Origin::Named, true)
        );
        assert_eq!(
            chat(Some("[INST]"), mini),
            (Scaffold::mini_cpm(), Origin::Registry, true)
        );
        assert_eq!(
            chat(None, mini),
            (Scaffold::mini_cpm(), Origin::Registry, false)
        );
        assert_eq!(
            chat(None, None),
            (Scaffold::chat_ml(), Origin::Default, false)
        );
        let base = ChatTemplate {
            source: None,
            bos: None,
            eos: None,
            is_token: &|_| false,
        };
        let chat = Chat::new(&base, None);
        assert_eq!(
            (chat.scaffold, chat.origin),
            (Scaffold::plain(), Origin::Plain)
        );
        assert_eq!(Chat::new(&base, mini).origin, Origin::Registry);
    }
}
