//! A chat template, rendered once: what it puts around the user's turn.
//!
//! The template of a model's file is Jinja as `apply_chat_template` of Hugging Face's
//! transformers renders it (<https://huggingface.co/docs/transformers/chat_templating>). It is
//! rendered around a placeholder that no text contains; what stands before and behind it is
//! the scaffold. So a document is never seen by a template, and cannot end its own turn.

use std::io::{self, Write};

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Kwargs;
use minijinja::{Environment, Error, ErrorKind, Value, context};
use minijinja_contrib::pycompat::unknown_method_callback;
use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter};

use crate::prompt::Scaffold;

/// Stand for the user's turn, one after the other: what a template writes around it must not
/// depend on it. Their ends are from a private area of Unicode.
const TURN: &str = "\u{e000}a \"user's\" <turn> & more\n\n- of\tit\u{e001}";
const LONG_TURN: [&str; 2] = ["\u{e000}", "A line of many.\n"];
const LINES: usize = 400;

/// A template takes a few hundred steps; so many, and it is not going to end.
const STEPS: u64 = 1_000_000;

/// The longest scaffold, in bytes.
const LONGEST: usize = 64 << 10;

/// Blanks before a line of JSON.
const LONGEST_INDENT: usize = 16;

/// A file's own chat template, and the spellings that it may ask for.
#[derive(Clone, Copy)]
pub struct ChatTemplate<'t> {
    /// Jinja, as `tokenizer.chat_template` has it.
    pub source: Option<&'t str>,
    /// What `bos_token` stands for.
    pub bos: Option<&'t str>,
    /// What `eos_token` stands for.
    pub eos: Option<&'t str>,
    /// Whether a spelling is that of one token.
    pub is_token: &'t dyn Fn(&str) -> bool,
}

/// Why a model's own chat template is not used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChatTemplateError {
    /// It is no Jinja that can be rendered, or refuses a single user's turn.
    #[error("it fails: {0}")]
    Fails(String),
    /// What it makes does not contain the user's turn as it is, once.
    #[error("it writes the user's turn {0} times instead of once")]
    Turns(usize),
    /// It writes something else around another user's turn.
    #[error("what it writes depends on the text of the user's turn")]
    Depends,
    /// It writes a chat token that the model does not have.
    #[error("it writes `{0}`, which is no token of the vocabulary")]
    NoToken(String),
}

/// What a template puts around a single user's turn that asks for an answer.
///
/// A thinking model is asked not to think: by `enable_thinking`, which templates know, and
/// if the template opens a thought all the same, the thought is closed, empty.
pub(super) fn render(source: &str, template: &ChatTemplate) -> Result<Scaffold, ChatTemplateError> {
    let [begin, line] = LONG_TURN;
    let long = format!("{begin}{}\u{e001}", line.repeat(LINES));
    let scaffold = around(source, template, TURN)?;
    if around(source, template, &long)? == scaffold {
        Ok(scaffold)
    } else {
        Err(ChatTemplateError::Depends)
    }
}

/// What a template puts around this user's turn.
fn around(
    source: &str,
    template: &ChatTemplate,
    turn: &str,
) -> Result<Scaffold, ChatTemplateError> {
    // Some templates go through the parts of a message, and fail on a text.
    let parts = Value::from(vec![context!(type => "text", text => turn)]);
    let text = written(source, template, Value::from(turn));
    let text = text.or_else(|error| written(source, template, parts).map_err(|_| error));
    let text = text.map_err(|error| ChatTemplateError::Fails(in_words(&error)))?;
    let around: Vec<&str> = text.split(turn).collect();
    let [open, close] = around[..] else {
        return Err(ChatTemplateError::Turns(around.len() - 1));
    };
    Ok(Scaffold::new(open, &without_thought(close)))
}

/// What a template makes of a user's turn with such a content.
fn written(source: &str, template: &ChatTemplate, content: Value) -> Result<String, Error> {
    let messages = vec![context!(role => "user", content => content)];
    let values = context! {
        messages,
        add_generation_prompt => true,
        enable_thinking => false,
        thinking => false,
        tools => Value::from(()),
        documents => Value::from(()),
        bos_token => template.bos.unwrap_or_default(),
        eos_token => template.eos.unwrap_or_default(),
    };
    rendered(&without_generation(source), values, LONGEST)
}

/// What a template makes of some values, at most so many bytes.
pub(super) fn rendered(source: &str, values: Value, most: usize) -> Result<String, Error> {
    let mut environment = Environment::new();
    let mut syntax = SyntaxConfig::builder();
    syntax.trim_blocks(true).lstrip_blocks(true);
    environment.set_syntax(syntax.build()?);
    environment.set_fuel(Some(STEPS));
    environment.set_unknown_method_callback(unknown_method_callback);
    environment.add_filter("tojson", json);
    environment.add_function("raise_exception", |message: String| -> Result<(), Error> {
        Err(Error::new(ErrorKind::InvalidOperation, message))
    });
    let mut text = Bounded::new(most);
    environment
        .template_from_str(source)?
        .render_captured_to(values, &mut text)?;
    text.into_text()
}

/// A template without `{% generation %}`, with which transformers marks what a model has
/// written: what is between it and its end is written all the same.
fn without_generation(source: &str) -> String {
    let others = [("generation", "if true"), ("endgeneration", "endif")];
    let mut statements = source.split("{%");
    let mut out = statements.next().unwrap_or_default().to_owned();
    for statement in statements {
        out.push_str("{%");
        let name = statement.trim_start_matches(['-', '+']).trim_start();
        match others.iter().find(|(name_of, _)| name.starts_with(name_of)) {
            Some((name, other)) => out.push_str(&statement.replacen(name, other, 1)),
            None => out.push_str(statement),
        }
    }
    out
}

/// The filter `tojson` as transformers has it: JSON as Python writes it, not as in HTML.
#[expect(
    clippy::needless_pass_by_value,
    reason = "a filter takes its options so"
)]
fn json(value: &Value, options: Kwargs) -> Result<String, Error> {
    let indent: Option<usize> = options.get("indent")?;
    // That is what it is there, unless a template asks for something else.
    let is_ascii: Option<bool> = options.get("ensure_ascii")?;
    let separators: Option<Value> = options.get("separators")?;
    options.assert_all_used()?;
    let is_compact = separators == Some(Value::from(vec![",", ":"]));
    let is_other = separators.is_some() && !(is_compact && indent.is_none());
    if is_ascii == Some(true) || is_other || indent.is_some_and(|n| n > LONGEST_INDENT) {
        let what = "its JSON is of a kind that is not known here";
        return Err(Error::new(ErrorKind::InvalidOperation, what));
    }
    match indent {
        Some(indent) => {
            let indent = " ".repeat(indent);
            json_as(value, PrettyFormatter::with_indent(indent.as_bytes()))
        }
        None if is_compact => json_as(value, CompactFormatter),
        None => json_as(value, Spaced),
    }
}

fn json_as(value: &Value, formatter: impl Formatter) -> Result<String, Error> {
    let mut text = Bounded::new(LONGEST);
    let written = value.serialize(&mut Serializer::with_formatter(&mut text, formatter));
    let wrong = |error: String| Error::new(ErrorKind::BadSerialization, error);
    written.map_err(|error| wrong(error.to_string()))?;
    text.into_text()
}

/// A blank behind each comma and colon, on one line.
struct Spaced;

impl Formatter for Spaced {
    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        out.write_all(if first { b"" } else { b", " })
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        out.write_all(if first { b"" } else { b", " })
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        out.write_all(b": ")
    }
}

/// What goes on behind the user's turn, without a thought that is left open.
fn without_thought(close: &str) -> String {
    if close.trim_end().ends_with("<think>") {
        format!("{}\n\n</think>\n\n", close.trim_end())
    } else {
        close.to_owned()
    }
}

/// An error on one line.
pub(super) fn in_words(error: &Error) -> String {
    let what = error
        .detail()
        .map_or_else(|| error.kind().to_string(), str::to_owned);
    let what = what.split_whitespace().collect::<Vec<_>>().join(" ");
    match error.line() {
        Some(line) => format!("line {line}: {what}"),
        None => what,
    }
}

/// A text that does not grow without end.
struct Bounded {
    bytes: Vec<u8>,
    most: usize,
}

impl Bounded {
    fn new(most: usize) -> Self {
        let bytes = Vec::new();
        Self { bytes, most }
    }

    fn into_text(self) -> Result<String, Error> {
        String::from_utf8(self.bytes)
            .map_err(|error| Error::new(ErrorKind::InvalidOperation, error.to_string()))
    }
}

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + bytes.len() > self.most {
            let most = self.most >> 10;
            return Err(io::Error::other(format!("it writes more than {most} KiB")));
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(source: &str) -> Result<(String, String), ChatTemplateError> {
        let template = ChatTemplate {
            source: Some(source),
            bos: Some("<s>"),
            eos: Some("</s>"),
            is_token: &|_| true,
        };
        let scaffold = render(source, &template)?;
        Ok((scaffold.open().to_owned(), scaffold.close().to_owned()))
    }

    #[track_caller]
    fn assert_around(source: &str, open: &str, close: &str) {
        assert_eq!(rendered(source), Ok((open.to_owned(), close.to_owned())));
    }

    #[test]
    fn chat_ml_is_what_is_built_in() {
        let source = "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + \
                      message['content'] + '<|im_end|>' + '\\n' }}{% endfor %}\
                      {% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";
        let built_in = Scaffold::chat_ml();
        assert_around(source, built_in.open(), built_in.close());
    }

    #[test]
    fn a_system_turn_that_a_template_adds_is_kept() {
        let source = "{% if messages[0].role != 'system' %}<|system|>Be brief.<|end|>{% endif %}\n\
                      {%- for m in messages %}<|{{ m.role }}|>{{ m.content | trim }}<|end|>\n\
                      {%- endfor %}<|assistant|>";
        assert_around(
            source,
            "<|system|>Be brief.<|end|><|user|>",
            "<|end|><|assistant|>",
        );
    }

    #[test]
    fn tokens_with_names_of_their_own_are_spelled() {
        let source = "{{ bos_token }}{% for m in messages %}{% if m['role'] == 'user' %}\
                      [INST] {{ m['content'].strip() }} [/INST]{% else %}{{ eos_token }}\
                      {% endif %}{% endfor %}";
        assert_around(source, "<s>[INST] ", " [/INST]");
        let source = "{% for m in messages %}<|{{ m.role }}|>\n{{ m.content + eos_token }}\n\
                      {% endfor %}<|assistant|>\n";
        assert_around(source, "<|user|>\n", "</s>\n<|assistant|>");
    }

    #[test]
    fn content_in_parts_is_understood() {
        let source = "{% for m in messages %}<turn>{% for part in m.content %}\
                      {{ part['text'] }}{% endfor %}</turn>{% endfor %}<model>";
        let source = source.replace(
            "part['text']",
            "part['text'] ~ raise_exception('x') if part is string else part['text']",
        );
        assert_around(&source, "<turn>", "</turn><model>");
    }

    #[test]
    fn a_model_is_asked_not_to_think() {
        let turn = "{% for m in messages %}<u>{{ m.content }}{% endfor %}<a>\n";
        let asked = format!(
            "{turn}{{% if enable_thinking is defined and enable_thinking is false %}}\
             {{{{ '<think>\\n\\n</think>\\n\\n' }}}}{{% endif %}}"
        );
        assert_around(&asked, "<u>", "<a>\n<think>\n\n</think>\n\n");
        let always = format!("{turn}{{{{ '<think>\\n' }}}}");
        assert_around(&always, "<u>", "<a>\n<think>\n\n</think>\n\n");
    }

    /// Transformers gives templates `tools` and `documents`, as `None` if there are none.
    #[test]
    fn there_are_no_tools() {
        let turn = "<u>{{ messages[0].content }}<a>";
        let source = format!(
            "{{% if tools is not none %}}tools{{% endif %}}\
             {{% if documents is defined and documents %}}documents{{% endif %}}{turn}"
        );
        assert_around(&source, "<u>", "<a>");
    }

    #[test]
    fn what_cannot_be_used_is_said() {
        let error = |source: &str| rendered(source).unwrap_err().to_string();
        assert_eq!(
            error("{{ raise_exception('no\\n user turns') }}"),
            "it fails: line 1: no user turns"
        );
        assert_eq!(
            error("a\n{% translate %}"),
            "it fails: line 2: unknown statement translate"
        );
        assert_eq!(
            error("hello"),
            "it writes the user's turn 0 times instead of once"
        );
        assert_eq!(
            error("{{ messages[0].content }}{{ messages[0].content }}"),
            "it writes the user's turn 2 times instead of once"
        );
        assert_eq!(
            error("{{ messages[0].content | replace('a', 'b') }}"),
            "it writes the user's turn 0 times instead of once"
        );
        assert_eq!(
            error(
                "{% if messages[0].content | length > 500 %}x{% endif %}{{ messages[0].content }}"
            ),
            "what it writes depends on the text of the user's turn"
        );
        assert_eq!(
            error("{{ messages[0].content | upper }}"),
            "it writes the user's turn 0 times instead of once"
        );
        let endless =
            "{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}";
        assert!(
            error(endless).starts_with("it fails: "),
            "{}",
            error(endless)
        );
        let long = "{% for a in range(9999) %}0123456789{% endfor %}";
        assert!(error(long).starts_with("it fails: "), "{}", error(long));
    }
}
