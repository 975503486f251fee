//! What tools take: their arguments, as types and as JSON Schemas.

use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::Arc;

use rmcp::handler::server::tool::schema_for_input;
use rmcp::model::{JsonObject, Tool, ToolAnnotations};
use rmcp::schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::cli::failure::{Failure, wrong_usage};

/// A document: a text or a file.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(crate = "rmcp::schemars")]
pub(super) struct DocumentArg {
    /// The document itself.
    pub(super) text: Option<String>,
    /// A file with the document, instead of `text`.
    pub(super) path: Option<PathBuf>,
    /// Its id in the answer; otherwise the path, or its place among the documents.
    pub(super) id: Option<String>,
}

/// The only document of a call; it stands among the call's other arguments.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub(super) struct OnlyDocument {
    /// The document itself.
    text: Option<String>,
    /// A file with the document, instead of `text`.
    path: Option<PathBuf>,
    /// Its id in the answer; otherwise the path, or `-` for a text.
    id: Option<String>,
}

impl OnlyDocument {
    pub(super) fn arg(&self) -> DocumentArg {
        let Self { text, path, id } = self.clone();
        DocumentArg { text, path, id }
    }
}

/// How tags are chosen.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub(super) struct ChoiceArg {
    /// The closed list of tags: names, or objects such as
    /// {"id":17,"name":"ai","description":"optional"}; or the name of one of the server's lists
    /// (its resources), or the path of a file. Can be left out if the server has one list.
    #[serde(default)]
    #[schemars(schema_with = "list_schema")]
    pub(super) tags: Option<Value>,
    /// Maximum number of tags; otherwise the server's, which is 3 unless it was started with another.
    pub(super) max_tags: Option<usize>,
    /// Minimum number of tags; otherwise the server's, which is 0 unless it was started with another.
    pub(super) min_tags: Option<usize>,
}

/// What is shown of answers.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub(super) struct ShapeArg {
    /// Add probabilities: `chosen` for those of the chosen tags, `all` for those of every tag.
    pub(super) scores: Option<ScoresArg>,
    /// Add the names of the tags.
    #[serde(default)]
    pub(super) names: bool,
}

/// Which probabilities.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(crate = "rmcp::schemars", inline)]
pub(super) enum ScoresArg {
    Chosen,
    All,
}

/// Arguments of `tag_document`.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub(super) struct TagDocument {
    #[serde(flatten)]
    pub(super) document: OnlyDocument,
    #[serde(flatten)]
    pub(super) choice: ChoiceArg,
    #[serde(flatten)]
    pub(super) shape: ShapeArg,
}

/// Arguments of `tag_many`.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub(super) struct TagMany {
    /// The documents.
    pub(super) documents: Vec<DocumentArg>,
    #[serde(flatten)]
    pub(super) choice: ChoiceArg,
    #[serde(flatten)]
    pub(super) shape: ShapeArg,
}

/// Arguments of `explain`.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub(super) struct ExplainDocument {
    #[serde(flatten)]
    pub(super) document: OnlyDocument,
    #[serde(flatten)]
    pub(super) choice: ChoiceArg,
    /// Explain the tags with these ids instead of the answer, whether they were chosen or not.
    #[serde(default)]
    pub(super) explained: Vec<Value>,
    /// Maximum number of pieces, 32 unless given: the model runs once for each.
    pub(super) pieces: Option<usize>,
}

/// Arguments of `check_tags`.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub(super) struct CheckTags {
    /// The list, as for `tag_document`.
    #[serde(default)]
    #[schemars(schema_with = "list_schema")]
    pub(super) tags: Option<Value>,
}

/// Arguments of `decide`.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub(super) struct DecideDocument {
    #[serde(flatten)]
    pub(super) document: OnlyDocument,
    /// The questions, by ids of your own.
    #[schemars(schema_with = "questions_schema")]
    pub(super) questions: Value,
}

fn list_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "anyOf": [
            {"type": "string"},
            {"type": "array", "items": {"type": "string"}, "minItems": 1},
            {
                "type": "array",
                "minItems": 1,
                "items": {
                    "type": "object",
                    "required": ["id", "name"],
                    "properties": {
                        "id": {"type": ["integer", "string"]},
                        "name": {"type": "string"},
                        "description": {"type": "string"},
                    },
                },
            },
        ],
    })
}

fn questions_schema(_: &mut SchemaGenerator) -> Schema {
    let text = json!({"type": "string"});
    let described = json!({"type": "object", "additionalProperties": {"type": ["string", "null"]}});
    let question = |kind: &str, mut properties: Value, required: Value| {
        properties["type"] = json!({"const": kind});
        properties["instructions"] = text.clone();
        json!({"type": "object", "properties": properties, "required": required})
    };
    let number = json!({"type": "integer", "minimum": 0});
    json_schema!({
        "type": "object",
        "minProperties": 1,
        "additionalProperties": {
            "anyOf": [
                question("noul", json!({"criteria": described}), json!(["type", "instructions"])),
                question("choice", json!({"criteria": described}), json!(["type", "criteria"])),
                question(
                    "score",
                    json!({"criteria": {"type": "array", "items": text, "minItems": 2}}),
                    json!(["type", "criteria"]),
                ),
                question(
                    "multi_label",
                    json!({
                        "labels": {"type": "array", "items": text, "minItems": 1},
                        "min": number,
                        "max": number,
                        "descriptions": described,
                    }),
                    json!(["type", "labels"]),
                ),
            ],
        },
    })
}

/// What the model is asked for.
#[derive(Debug)]
pub(super) enum Request {
    One(TagDocument),
    Many(TagMany),
    Explain(ExplainDocument),
    Decide(DecideDocument),
}

impl Request {
    /// How tags are to be chosen, if it is about a list.
    pub(super) fn choice(&self) -> Option<&ChoiceArg> {
        match self {
            Self::One(asked) => Some(&asked.choice),
            Self::Many(asked) => Some(&asked.choice),
            Self::Explain(asked) => Some(&asked.choice),
            Self::Decide(_) => None,
        }
    }
}

/// A call of a tool.
#[derive(Debug)]
pub(super) enum Call {
    Check(CheckTags),
    Model(Request),
}

impl Call {
    /// Reads the arguments of a tool; `None` if there is no such tool.
    pub(super) fn new(tool: &str, arguments: JsonObject) -> Option<Result<Self, Failure>> {
        Some(match tool {
            TAG_DOCUMENT => read(tool, arguments).map(|asked| Self::Model(Request::One(asked))),
            TAG_MANY => read(tool, arguments).map(|asked| Self::Model(Request::Many(asked))),
            EXPLAIN => read(tool, arguments).map(|asked| Self::Model(Request::Explain(asked))),
            DECIDE => read(tool, arguments).map(|asked| Self::Model(Request::Decide(asked))),
            CHECK_TAGS => read(tool, arguments).map(Self::Check),
            _ => return None,
        })
    }
}

const TAG_DOCUMENT: &str = "tag_document";
const TAG_MANY: &str = "tag_many";
const EXPLAIN: &str = "explain";
const DECIDE: &str = "decide";
const CHECK_TAGS: &str = "check_tags";

/// The tools.
pub(super) fn tools() -> Vec<Tool> {
    vec![
        tool::<TagDocument>(
            TAG_DOCUMENT,
            "Tags a document from a closed list with a local model, offline: at most `max_tags` \
             tags, each from the list, none twice, best first; none if none fits.",
        ),
        tool::<TagMany>(
            TAG_MANY,
            "Tags several documents from one closed list. A document that cannot be tagged has an \
             `error` in its place and does not stop the others.",
        ),
        tool::<ExplainDocument>(
            EXPLAIN,
            "Shows why a document gets its tags: the candidates, and how much each sentence \
             speaks for each tag. Runs the model once for each sentence, so it is slow.",
        ),
        tool::<DecideDocument>(
            DECIDE,
            "Answers typed questions about a document with probabilities: `noul` (yes or no), \
             `choice` (one of several options), `score` (a level of a scale, lowest first), \
             `multi_label` (at most `max` of several labels).",
        ),
        tool::<CheckTags>(
            CHECK_TAGS,
            "Checks a tag list: how many tags it has, and warnings of what is probably not meant \
             so.",
        ),
    ]
}

fn tool<T: JsonSchema + 'static>(name: &'static str, about: &'static str) -> Tool {
    // Each is an object: a test says so.
    let schema = schema_for_input::<T>().unwrap_or_default();
    let mut schema = Arc::unwrap_or_clone(schema);
    schema.insert("additionalProperties".to_owned(), Value::Bool(false));
    let hints = ToolAnnotations::new().read_only(true).open_world(false);
    Tool::new(name, Cow::Borrowed(about), schema).with_annotations(hints)
}

/// Reads arguments. One that is not known is refused: it would be asked for in vain.
fn read<T: DeserializeOwned + JsonSchema + 'static>(
    tool: &str,
    arguments: JsonObject,
) -> Result<T, Failure> {
    let schema = schema_for_input::<T>().unwrap_or_default();
    let known = schema.get("properties").and_then(Value::as_object);
    let mut names = arguments.keys();
    if let Some(known) = known
        && let Some(name) = names.find(|name| !known.contains_key(*name))
    {
        let known: Vec<String> = known.keys().map(|name| format!("`{name}`")).collect();
        let message = format!("`{tool}` has no argument `{name}`");
        return Err(wrong_usage(message).hint(format!("it has {}", known.join(", "))));
    }
    serde_json::from_value(Value::Object(arguments)).map_err(|error| {
        let message = format!("the arguments of `{tool}` cannot be used");
        Failure::usage(anyhow::Error::new(error).context(message))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(tool: &str, arguments: &str) -> Result<Call, Failure> {
        Call::new(tool, serde_json::from_str(arguments).unwrap()).unwrap()
    }

    #[test]
    fn every_tool_says_what_it_takes() {
        let tools = tools();
        assert_eq!(tools.len(), 5);
        for tool in tools {
            let schema = Value::Object(Arc::unwrap_or_clone(tool.input_schema));
            assert_eq!(schema["type"], "object");
            assert_eq!(schema["additionalProperties"], false);
            let kinds = match &*tool.name {
                DECIDE => &schema["properties"]["questions"]["additionalProperties"],
                _ => &schema["properties"]["tags"],
            };
            assert!(kinds["anyOf"].is_array(), "{schema}");
            let described = schema["properties"].as_object().unwrap().iter();
            for (name, property) in described {
                assert!(property["description"].is_string(), "{name}");
            }
            assert!(Call::new(&tool.name, JsonObject::new()).is_some());
        }
    }

    #[test]
    fn what_cannot_be_asked_for_is_said() {
        let words = |tool, arguments| call(tool, arguments).unwrap_err().in_words();
        let unknown = words("check_tags", r#"{"tag":["a"]}"#);
        assert_eq!(
            unknown,
            "`check_tags` has no argument `tag`\nhint: it has `tags`"
        );
        let wrong = words("tag_document", r#"{"text":"a","max_tags":"2"}"#);
        assert!(wrong.contains("invalid type: string \"2\""), "{wrong}");
        let unknown = words("tag_many", r#"{"documents":[{"txt":"a"}]}"#);
        assert!(unknown.contains("unknown field `txt`"), "{unknown}");
        assert!(Call::new("tag", JsonObject::new()).is_none());
    }

    #[test]
    fn arguments_have_defaults() {
        let Ok(Call::Model(Request::One(asked))) = call("tag_document", r#"{"text":"a"}"#) else {
            panic!("it is a call");
        };
        assert_eq!(asked.document.text.as_deref(), Some("a"));
        assert!(asked.choice.tags.is_none() && asked.choice.max_tags.is_none());
        assert!(asked.shape.scores.is_none() && !asked.shape.names);
    }
}
