//! Whether an adapter fits a model, and what may be wrong with it.

use crate::models::adapter::{Adapter, Pair};
use crate::models::gguf::{CheckError, Header};

/// Matrices that llama.cpp's graph of an architecture multiplies without looking for
/// adapters: a part of an adapter that changes them is loaded and has no effect.
const PASSED_OVER: [(&str, &[&str]); 1] = [(
    "minicpm3",
    &["attn_q_a", "attn_q_b", "attn_kv_a_mqa", "attn_kv_b"],
)];

/// The matrix whose rows are looked up.
pub(super) const EMBEDDINGS: &str = "token_embd.weight";

/// What is wrong with an adapter, by itself or for a model.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AdapterError {
    /// It is no sound GGUF file.
    #[error(transparent)]
    File(#[from] CheckError),
    /// What `--model` takes.
    #[error("it is a language model, not a LoRA adapter")]
    Model,
    /// Some other GGUF file.
    #[error("it is not a LoRA adapter: its header does not say `general.type` is `adapter`")]
    NotAnAdapter,
    /// An adapter of another method.
    #[error("it is an adapter of the type `{0}`; `lora` is the type that is known")]
    Kind(String),
    /// The scale is no number.
    #[error("its header is damaged: `adapter.lora.alpha` is no 32-bit float")]
    Alpha,
    /// Nothing is changed.
    #[error("it changes no matrix")]
    Empty,
    /// A tensor that belongs to no pair.
    #[error("its tensor `{0}` ends neither in `.lora_a` nor in `.lora_b`")]
    Strange(String),
    /// A tensor that is there twice.
    #[error("its tensor `{0}` is there twice")]
    Twice(String),
    /// One of two tensors.
    #[error("it has one of `{0}.lora_a` and `{0}.lora_b`, but not both")]
    Half(String),
    /// Two tensors whose product is no matrix.
    #[error("its tensors for `{0}` are no two matrices that can be multiplied")]
    Shape(String),
    /// For other models.
    #[error("it is for the architecture `{adapter}`, and the model's is `{model}`")]
    Architecture {
        /// The adapter's.
        adapter: String,
        /// The model's.
        model: String,
    },
    /// A matrix that the model lacks.
    #[error("it changes `{0}`, which the model does not have")]
    NoSuchTensor(String),
    /// A matrix of another size.
    #[error("it changes a `{name}` of {adapter}, and the model's has {model}")]
    OtherShape {
        /// The matrix.
        name: String,
        /// The size that it is for.
        adapter: String,
        /// The size that there is.
        model: String,
    },
    /// The embeddings of a model that has no output matrix beside them.
    #[error(
        "it changes `{0}`, which is the output matrix of this model too, and llama.cpp cannot do that"
    )]
    Tied(&'static str),
    /// Everything that it changes is passed over.
    #[error("it would have no effect: llama.cpp applies no adapter to {0} of this architecture")]
    NoEffect(String),
    /// The numbers of several cannot be put together.
    #[error("its `{name}` is stored as {kind}, which cannot be combined with other adapters")]
    Kinds {
        /// The tensor.
        name: String,
        /// Its type.
        kind: String,
    },
}

impl AdapterError {
    /// What there is to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::Architecture { .. } | Self::NoSuchTensor(_) | Self::OtherShape { .. } => {
                "an adapter goes with the model that it was trained on: `-m` names it"
            }
            Self::Model => "`-m` takes it; `--lora` takes what was trained for it",
            Self::NotAnAdapter | Self::Strange(_) => {
                "llama.cpp's `convert_lora_to_gguf.py` makes one of what a trainer writes"
            }
            Self::NoEffect(_) | Self::Tied(_) => {
                "train `o_proj` and the MLP's matrices, or merge the adapter into the model"
            }
            _ => return None,
        })
    }
}

impl Adapter {
    /// Whether the adapter can be put on a model.
    ///
    /// # Errors
    /// [`AdapterError`] names the first thing that does not fit.
    pub fn fits(&self, model: &Header) -> Result<(), AdapterError> {
        let (ours, theirs) = (&self.header.architecture, &model.architecture);
        if ours != theirs {
            return Err(AdapterError::Architecture {
                adapter: ours.clone(),
                model: theirs.clone(),
            });
        }
        // Of a model in several files, the first does not tell of all tensors.
        let is_part = model.number("split.count").is_some_and(|parts| parts > 1);
        for (name, pair) in &self.pairs {
            match model.table.iter().find(|tensor| tensor.name == *name) {
                Some(tensor) => fits(name, pair, &tensor.shape)?,
                None if is_part => {}
                None => return Err(AdapterError::NoSuchTensor(name.clone())),
            }
        }
        let has = |name: &str| model.table.iter().any(|tensor| tensor.name == name);
        // llama.cpp takes the adapter for the output matrix, as which it stands the wrong
        // way, and ends the process.
        if self.pairs.contains_key(EMBEDDINGS) && !is_part && !has("output.weight") {
            return Err(AdapterError::Tied(EMBEDDINGS));
        }
        let passed_over = self.passed_over();
        if passed_over.len() == self.kinds().len() {
            return Err(AdapterError::NoEffect(quoted(&passed_over)));
        }
        Ok(())
    }

    /// The kinds of matrices that it changes, such as `ffn_up`, without their layers.
    #[must_use]
    pub fn kinds(&self) -> Vec<&str> {
        let mut kinds: Vec<&str> = self.pairs.keys().map(|name| kind(name)).collect();
        kinds.sort_unstable();
        kinds.dedup();
        kinds
    }

    /// Those of them that llama.cpp passes over in this architecture.
    #[must_use]
    pub fn passed_over(&self) -> Vec<&str> {
        let architecture = self.header.architecture.as_str();
        let known = PASSED_OVER.iter().find(|(name, _)| *name == architecture);
        let known = known.map_or(&[][..], |(_, kinds)| kinds);
        let mut kinds = self.kinds();
        kinds.retain(|kind| known.contains(kind));
        kinds
    }
}

/// Names in backticks, with commas between.
fn quoted(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

/// `ffn_up` of `blk.0.ffn_up.weight`, `output` of `output.weight`.
fn kind(name: &str) -> &str {
    let name = name.strip_suffix(".weight").unwrap_or(name);
    let in_layer = name.strip_prefix("blk.").and_then(|n| n.split_once('.'));
    in_layer.map_or(name, |(_, kind)| kind)
}

/// The conditions of llama.cpp's `llama_adapter_lora_init`.
fn fits(name: &str, pair: &Pair, shape: &[u64]) -> Result<(), AdapterError> {
    let (a, b) = (&pair.a.shape, &pair.b.shape);
    // Rows of the embeddings are looked up, so there the first half stands the other way.
    let (input, output, same_rank) = if name == EMBEDDINGS {
        (b[1], a[1], a[0] == b[0])
    } else {
        (a[0], b[1], a[1] == b[0])
    };
    if !same_rank || a.get(2) != b.get(2) {
        return Err(AdapterError::Shape(name.to_owned()));
    }
    if shape.get(..2) != Some(&[input, output][..]) || shape.get(2) != a.get(2) {
        let sizes: Vec<String> = shape.iter().map(ToString::to_string).collect();
        return Err(AdapterError::OtherShape {
            name: name.to_owned(),
            adapter: format!("{input} × {output}"),
            model: sizes.join(" × "),
        });
    }
    Ok(())
}
