//! What is wrong with a model file, in words.

use std::io;

/// What is wrong with a model file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckError {
    /// It could not be read.
    #[error("it cannot be read")]
    Io(#[source] io::Error),
    /// The pointer that git-lfs leaves where it did not fetch.
    #[error("it is a git-lfs pointer of {0} bytes, not the model itself")]
    LfsPointer(u64),
    /// Nothing in it.
    #[error("it is empty")]
    Empty,
    /// Something else altogether.
    #[error("it is not a GGUF file: it begins with `{0}` instead of `GGUF`")]
    NotGguf(String),
    /// Another format for weights.
    #[error("it is {0}, not a GGUF file; llama.cpp's `convert_hf_to_gguf.py` makes one")]
    OtherFormat(&'static str),
    /// Written on a big-endian machine.
    #[error("it is a big-endian GGUF file, which llama.cpp does not read here")]
    BigEndian,
    /// Too old or too new.
    #[error("it has GGUF version {0}; versions 2 and 3 are known")]
    Version(u32),
    /// Ends too early.
    #[error("it is cut short: it has {actual} bytes of at least {expected}")]
    Truncated {
        /// Bytes there should be.
        expected: u64,
        /// Bytes there are.
        actual: u64,
    },
    /// Something impossible in the header.
    #[error("its header is damaged: {0}")]
    Damaged(&'static str),
    /// Too new for this llama.cpp, or misspelled.
    #[error("its architecture `{0}` is not one that llama.cpp knows")]
    Architecture(String),
    /// A part of a model.
    #[error("it is {0}, not a language model")]
    NotAModel(&'static str),
    /// What `--lora` takes.
    #[error("it is a LoRA adapter, not a language model")]
    Adapter,
    /// The metadata lacks what every model needs.
    #[error("its header does not say `{0}`")]
    Missing(String),
    /// A number that cannot be.
    #[error("its header says `{key}` is {value}; it must be from 1 to {most}")]
    OutOfRange {
        /// Which.
        key: String,
        /// What it says.
        value: u64,
        /// What is possible.
        most: u64,
    },
    /// Two files were put together.
    #[error("another GGUF file is joined to its end, which makes no model")]
    Joined,
    /// Parts were put together in the wrong way.
    #[error(
        "it is part {number} of {count} of a model, with other parts joined to its end, which \
         makes no model"
    )]
    JoinedParts {
        /// Which part it begins with.
        number: u64,
        /// How many there are.
        count: u64,
    },
    /// A part behind the first.
    #[error("it is part {number} of {count} of a model, which is loaded by its first part")]
    NotTheFirst {
        /// Which.
        number: u64,
        /// How many there are.
        count: u64,
        /// What the first is called.
        first: Option<String>,
    },
    /// A first part by whose name the others cannot be found.
    #[error(
        "it is part 1 of {count} of a model, but its name does not end as `{expected}`, by which \
         the others are found"
    )]
    PartName {
        /// How many there are.
        count: u64,
        /// What it could be called.
        expected: String,
    },
    /// A first part without the others.
    #[error("it is part 1 of {count} of a model, and `{file}` does not lie beside it")]
    PartMissing {
        /// How many there are.
        count: u64,
        /// The next one.
        file: String,
    },
    /// Another part of the model has a fault.
    #[error("its part `{file}` cannot be used")]
    Part {
        /// Which.
        file: String,
        /// What is wrong with it.
        #[source]
        source: Box<CheckError>,
    },
    /// A file with the name of a part that is none, or another one.
    #[error("it is not part {number} of {count} of a model")]
    OtherPart {
        /// Which it should be.
        number: u64,
        /// How many there are.
        count: u64,
    },
    /// Parts that do not belong together.
    #[error("its parts have {tensors} tensors together, but {expected} belong to it")]
    PartTensors {
        /// As many as there should be.
        expected: u64,
        /// As many as there are.
        tensors: u64,
    },
}

impl CheckError {
    /// What there is to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Adapter => "`--lora` takes it, and `-m` the model that it was trained on",
            Self::NotTheFirst {
                first: Some(first), ..
            } => {
                return Some(format!("take `{first}`, with the other parts beside it"));
            }
            Self::NotTheFirst { first: None, .. } => "take part 1, with the other parts beside it",
            Self::PartMissing { .. } => "all parts have to lie in one folder",
            Self::PartName { .. } => "give all parts back the names that they were made with",
            Self::JoinedParts { .. } => {
                "llama.cpp's `llama-gguf-split --merge` makes one file of all parts"
            }
            _ => return None,
        };
        Some(hint.to_owned())
    }

    /// What a file that does not begin with `GGUF` is.
    pub(super) fn of_beginning(begin: &[u8], size: u64) -> Self {
        match begin {
            [] => Self::Empty,
            _ if begin.starts_with(b"version https://git-lfs") => Self::LfsPointer(size),
            [b'P', b'K', 3, 4, ..] => Self::OtherFormat("a PyTorch or zip file"),
            [_, _, _, _, _, _, 0, 0, b'{', ..] => Self::OtherFormat("a safetensors file"),
            _ if ["tjgg", "fmgg", "algg", "lmgg"]
                .iter()
                .any(|magic| begin.starts_with(magic.as_bytes())) =>
            {
                Self::OtherFormat("of GGML, the format before GGUF")
            }
            _ => Self::NotGguf(begin[..begin.len().min(4)].escape_ascii().to_string()),
        }
    }
}
