//! A document to tag from any list, as it is on the wire, and what is answered.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::decide::{DecideOptions, Strategy};
use crate::document::Format;
use crate::service::fault::Fault;
use crate::tags::TagSet;
use crate::wire::{Known, Object};

/// A document and a tag list: `{"tags":["game","database"],"text":"…"}`. How tags are chosen is
/// as for [`DecideOptions`]; what is left out is as it is otherwise.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TagRequest {
    /// The closed list, as a file of it: names, or objects with `id`, `name`, `description`.
    pub tags: Box<RawValue>,
    /// The document.
    pub text: String,
    /// Its id, for those who want the model to see it.
    #[serde(default)]
    pub id: String,
    /// Its markup; else what the text looks like.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<Format>,
    /// At least so many tags.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_tags: Option<usize>,
    /// At most so many tags.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_tags: Option<usize>,
    /// How they are chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strategy: Option<Strategy>,
    /// Tags less probable than this are left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f64>,
    /// 0 takes the best tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    /// What is drawn with, if there is a temperature.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// Whether probabilities are wanted.
    #[serde(default)]
    pub scores: bool,
}

impl TagRequest {
    /// Reads a request.
    ///
    /// # Errors
    /// [`Fault`] if it is none.
    pub fn read(bytes: &[u8]) -> Result<Self, Fault> {
        match serde_json::from_slice(bytes) {
            Ok(Object(request)) => Ok(request),
            Err(error) => {
                let kind = if error.is_data() {
                    "value_error"
                } else {
                    "json_invalid"
                };
                Err(Fault::new(kind, error.to_string()))
            }
        }
    }

    /// The tag list.
    ///
    /// # Errors
    /// [`Fault`] if it cannot be used.
    pub fn tag_set(&self) -> Result<TagSet, Fault> {
        let list = self.tags.get();
        if !list.starts_with('[') {
            let problem = "expected a list of names, or of objects with `id` and `name`";
            return Err(Fault::new("list_type", problem).within("tags"));
        }
        TagSet::parse(list)
            .map_err(|error| Fault::new("value_error", error.to_string()).within("tags"))
    }

    /// How tags are chosen, beside how they are chosen otherwise.
    ///
    /// # Errors
    /// [`Fault`] if they cannot be chosen so from a list of so many.
    pub fn decide(&self, base: &DecideOptions, tags: usize) -> Result<DecideOptions, Fault> {
        let decide = DecideOptions {
            strategy: self.strategy.unwrap_or(base.strategy),
            min_tags: self.min_tags.unwrap_or(base.min_tags),
            max_tags: self.max_tags.unwrap_or(base.max_tags),
            threshold: self.threshold.unwrap_or(base.threshold),
            temperature: self.temperature.unwrap_or(base.temperature),
            seed: self.seed.unwrap_or(base.seed),
            scores: self.scores,
            ..base.clone()
        };
        let checked = decide.check(tags);
        checked
            .map_err(|error| Fault::new("value_error", error.to_string()).within(error.option))?;
        Ok(decide)
    }
}

/// What is answered to a [`TagRequest`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TagResponse {
    /// The model that answered.
    pub model: String,
    /// The adapters on it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lora: Vec<String>,
    /// Tokens of the whole text.
    pub tokens: usize,
    /// Bytes of it that the budget left out.
    pub left_out: usize,
    /// The tags, and all that is known of them.
    pub answer: Known,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<TagRequest, String> {
        TagRequest::read(json.as_bytes()).map_err(|fault| fault.to_string())
    }

    #[test]
    fn a_request_says_what_it_wants_and_nothing_else() {
        let request = read(r#"{"tags":["a",{"id":123456789012345678901,"name":"b"}],"text":"x"}"#);
        let error = request.unwrap().tag_set().unwrap_err();
        assert_eq!(error.place, ["tags"]);
        let request = read(
            r#"{"tags":["a","b"],"text":"x","format":"rst","max_tags":2,"strategy":"rank","scores":true}"#,
        );
        let request = request.unwrap();
        assert_eq!(request.tag_set().unwrap().len(), 2);
        assert_eq!(request.format, Some(Format::Rst));
        let base = DecideOptions::default();
        let decide = request.decide(&base, 2).unwrap();
        assert_eq!((decide.max_tags, decide.strategy), (2, Strategy::Rank));
        assert!(decide.scores);
        let again = serde_json::to_vec(&request).unwrap();
        let again = TagRequest::read(&again).unwrap();
        assert_eq!(again.decide(&base, 2).unwrap(), decide);
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        assert!(read("{").unwrap_err().contains("EOF"));
        assert!(read("[]").unwrap_err().contains("expected a JSON object"));
        assert!(
            read(r#"{"tags":[],"text":"x","txt":1}"#)
                .unwrap_err()
                .contains("`txt`")
        );
        let request = read(r#"{"tags":"a","text":"x","min_tags":4}"#).unwrap();
        assert_eq!(
            request.tag_set().unwrap_err().to_string(),
            "`tags`: expected a list of names, or of objects with `id` and `name`"
        );
        let error = request.decide(&DecideOptions::default(), 9).unwrap_err();
        assert_eq!(error.place, ["min_tags"]);
    }
}
