//! What was learned, as a file: numbers in the safetensors format, and what they hold for.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use safetensors::tensor::{Dtype, TensorView};
use safetensors::{SafeTensorError, SafeTensors};
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::Xxh3;

use crate::classifier::{Classifier, Difference, EvidenceOptions, Mismatch, NO_MODEL, Settings};
use crate::engine::llama::LlamaEngine;
use crate::evidence::{Learned, Parts};
use crate::whole_file::{self, Readers};

/// The version of the file's schema.
const VERSION: u32 = 1;

/// The key of the file's metadata that holds [`About`].
const KEY: &str = "minitag-learned";

/// What may be another than when it was learned: how tags are chosen.
const FREE: [&str; 6] = [
    "strategy",
    "min-tags",
    "max-tags",
    "permutations",
    "learned",
    "scores",
];

/// What is of no matter if no model is asked.
const OF_MODELS: [&str; 6] = [
    "prompt",
    "list-style",
    "answer",
    "spelling",
    "chat",
    "id-in-prompt",
];

/// What documents of a list taught, and what it holds for.
#[derive(Clone, Debug, PartialEq)]
pub struct LearnedFile {
    about: About,
    /// What was learned.
    pub learned: Learned,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct About {
    version: u32,
    made_for: BTreeMap<String, String>,
    /// What its numbers are told from others by, so that damage shows.
    numbers: String,
}

/// A larger file was not written by this program: 2,000 tags, and 100,000 documents.
const LARGEST: u64 = 1 << 30;

/// A file that holds nothing that was learned.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LearnedFileError {
    /// It cannot be read.
    #[error("cannot read `{}`", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It is something else, or damaged.
    #[error("`{}` is no file of `minitag learn`: {reason}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

impl LearnedFile {
    /// What was learned with a classifier.
    ///
    /// # Errors
    /// [`io::Error`] if the model's file can no longer be read.
    pub fn new(classifier: &Classifier<LlamaEngine>, learned: Learned) -> io::Result<Self> {
        let settings = classifier.fingerprint()?;
        let pair = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        let held = |name: &str| !FREE.contains(&name);
        Ok(Self {
            about: About {
                version: VERSION,
                made_for: settings.iter().filter(|(n, _)| held(n)).map(pair).collect(),
                numbers: String::new(),
            },
            learned,
        })
    }

    /// Whether a model was asked when it was learned.
    #[must_use]
    pub fn asks_a_model(&self) -> bool {
        let model = self.about.made_for.get("model");
        model.is_none_or(|model| Settings::model(model).0 != NO_MODEL)
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`LearnedFileError`] if it cannot be read, is something else or damaged.
    pub fn read(path: &Path) -> Result<Self, LearnedFileError> {
        let unreadable = |source| LearnedFileError::Io {
            path: path.to_owned(),
            source,
        };
        let content = |reason| LearnedFileError::Content {
            path: path.to_owned(),
            reason,
        };
        let metadata = fs::metadata(path).map_err(unreadable)?;
        if metadata.is_dir() {
            return Err(unreadable(io::ErrorKind::IsADirectory.into()));
        }
        if !metadata.is_file() {
            return Err(content("it is not a regular file".to_owned()));
        }
        if metadata.len() > LARGEST {
            return Err(content("it is larger than any".to_owned()));
        }
        Self::parse(&fs::read(path).map_err(unreadable)?).map_err(content)
    }

    fn parse(bytes: &[u8]) -> Result<Self, String> {
        // What is read here begins with a length that is a multiple of eight.
        if bytes.starts_with(b"{") || bytes.starts_with(b"[") {
            return Err("it is JSON; `--calibration` takes a calibration".to_owned());
        }
        let damaged = |error: SafeTensorError| format!("it is damaged ({error})");
        let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(damaged)?;
        let about = metadata.metadata().as_ref().and_then(|all| all.get(KEY));
        let about = about.ok_or_else(|| format!("its metadata has no `{KEY}`"))?;
        let version: serde_json::Value = serde_json::from_str(about).map_err(|e| e.to_string())?;
        let version = version.get("version").and_then(serde_json::Value::as_u64);
        if version != Some(u64::from(VERSION)) {
            let version = version.map_or("not said".to_owned(), |version| version.to_string());
            return Err(format!(
                "its version is {version}, and this program reads {VERSION}"
            ));
        }
        let about: About = serde_json::from_str(about).map_err(|e| e.to_string())?;
        let tensors = SafeTensors::deserialize(bytes).map_err(damaged)?;
        let tensor = |name: &str, dtype: Dtype| {
            let tensor = tensors.tensor(name).map_err(damaged)?;
            if tensor.dtype() != dtype {
                return Err(format!("its tensor `{name}` has another type"));
            }
            Ok((
                tensor.shape().last().copied().unwrap_or(0),
                tensor.data().to_vec(),
            ))
        };
        let hashes = |name: &str| {
            let (_, bytes) = tensor(name, Dtype::U64)?;
            let (numbers, _) = bytes.as_chunks::<8>();
            Ok::<_, String>(numbers.iter().map(|&n| u64::from_le_bytes(n)).collect())
        };
        if about.numbers != hash(tensors.iter().map(|(name, tensor)| (name, tensor.data()))) {
            return Err("it is damaged (its numbers are not those that were written)".to_owned());
        }
        let (tags, weights) = tensor("weights", Dtype::BF16)?;
        let (_, held_out) = tensor("held_out", Dtype::BF16)?;
        let parts = Parts {
            tags,
            terms: hashes("terms")?,
            weights: reals(&weights),
            texts: hashes("texts")?,
            held_out: reals(&held_out),
        };
        let learned = Learned::from_parts(parts);
        let learned = learned.ok_or("its tensors do not go together")?;
        Ok(Self { about, learned })
    }

    /// Writes the file as a whole or not at all; numbers get seven bits behind their first one.
    ///
    /// # Errors
    /// [`io::Error`] if that fails.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        let Parts {
            tags,
            terms,
            weights,
            texts,
            held_out,
        } = self.learned.to_parts();
        let hashes =
            |all: &[u64]| -> Vec<u8> { all.iter().flat_map(|n| n.to_le_bytes()).collect() };
        let (rows, documents) = (weights.len() / tags.max(1), texts.len());
        let tensors = [
            (
                "held_out",
                Dtype::BF16,
                vec![documents, tags],
                halves(&held_out),
            ),
            ("terms", Dtype::U64, vec![terms.len()], hashes(&terms)),
            ("texts", Dtype::U64, vec![documents], hashes(&texts)),
            ("weights", Dtype::BF16, vec![rows, tags], halves(&weights)),
        ];
        let mut views = Vec::new();
        for (name, dtype, shape, bytes) in &tensors {
            let view = TensorView::new(*dtype, shape.clone(), bytes).map_err(io::Error::other)?;
            views.push((*name, view));
        }
        let data = tensors.iter().map(|(name, _, _, data)| (*name, &data[..]));
        let about = serde_json::to_string(&About {
            numbers: hash(data),
            ..self.about.clone()
        })?;
        let metadata = HashMap::from([(KEY.to_owned(), about)]);
        let bytes = safetensors::serialize(views, Some(metadata)).map_err(io::Error::other)?;
        whole_file::write(path, bytes, Readers::All)
    }

    /// Checks that it was learned for what a classifier does.
    ///
    /// # Errors
    /// [`Mismatch`] if it was learned for something else.
    pub fn check(&self, classifier: &Classifier<LlamaEngine>) -> Result<(), Mismatch> {
        let here = classifier.fingerprint().map_err(Mismatch::Model)?;
        let made_for = self.about.made_for.iter();
        let made_for = made_for.fold(Settings::new(), |settings, (name, value)| {
            settings.with(name, value)
        });
        let evidence = classifier.options().evidence.as_ref();
        let asks_no_model = evidence.is_some_and(EvidenceOptions::is_alone);
        let mut differences = here.differences(&made_for);
        differences.retain(|Difference { name, .. }| {
            let name = name.as_str();
            !(FREE.contains(&name) || asks_no_model && OF_MODELS.contains(&name))
        });
        if differences.is_empty() {
            Ok(())
        } else {
            Err(Mismatch::Other(differences))
        }
    }
}

/// What the data of tensors is told from other data by, in whatever order they are.
fn hash<'t>(tensors: impl Iterator<Item = (&'t str, &'t [u8])>) -> String {
    let tensors: BTreeMap<&str, &[u8]> = tensors.collect();
    let mut hash = Xxh3::new();
    for (name, data) in tensors {
        hash.update(name.as_bytes());
        hash.update(data);
    }
    format!("{:016x}", hash.digest())
}

/// Numbers as bfloat16: the upper half of what they are in 32 bits, rounded.
fn halves(numbers: &[f32]) -> Vec<u8> {
    let half = |number: &f32| (number.to_bits().saturating_add(0x8000) >> 16) as u16;
    numbers.iter().flat_map(|n| half(n).to_le_bytes()).collect()
}

fn reals(halves: &[u8]) -> Vec<f32> {
    let (halves, _) = halves.as_chunks::<2>();
    let real = |&half: &[u8; 2]| f32::from_bits(u32::from(u16::from_le_bytes(half)) << 16);
    halves.iter().map(real).collect()
}
