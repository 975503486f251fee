//! LoRA adapters: what a file with one says, whether it fits a model, several as one.
//!
//! An adapter adds `scale · B A` to some matrices of a model (Hu et al. 2021,
//! arXiv:2106.09685). Its GGUF file has `NAME.lora_a` and `NAME.lora_b` for each.

mod fit;
mod join;
mod numbers;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

pub use crate::models::adapter::fit::AdapterError;
pub use crate::models::adapter::join::join;
use crate::models::gguf::{Header, Tensor, header};

/// An adapter's file and how much of it is wanted.
#[derive(Clone, Debug, PartialEq)]
pub struct Lora {
    /// The GGUF file.
    pub path: PathBuf,
    /// What it is multiplied with: 1 is all of it, 0 none.
    pub scale: f32,
}

impl FromStr for Lora {
    type Err = String;

    /// `FILE` or `FILE:SCALE`. What stands behind the last colon and is no number belongs
    /// to the name.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let scaled = text.rsplit_once(':');
        let scaled = scaled.and_then(|(path, scale)| Some((path, scale.parse::<f32>().ok()?)));
        let (path, scale) = scaled.unwrap_or((text, 1.0));
        if path.is_empty() {
            return Err("expected `FILE` or `FILE:SCALE`".to_owned());
        }
        if !scale.is_finite() {
            return Err("expected a finite number behind the colon".to_owned());
        }
        let path = PathBuf::from(path);
        Ok(Self { path, scale })
    }
}

/// The file's name, with its scale where that is not 1.
impl fmt::Display for Lora {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.path.file_name().unwrap_or(self.path.as_os_str());
        write!(f, "{}", name.to_string_lossy())?;
        #[expect(clippy::float_cmp, reason = "1 is the default, and exact")]
        if self.scale != 1.0 {
            write!(f, ":{}", self.scale)?;
        }
        Ok(())
    }
}

/// An adapter, as its header describes it.
#[derive(Clone, Debug, PartialEq)]
pub struct Adapter {
    /// Its file.
    pub path: PathBuf,
    /// What the header says.
    pub header: Header,
    /// `B A` is multiplied with this over the rank; 0 stands for the rank.
    pub alpha: f32,
    /// What is added, by the name of the model's matrix.
    pub pairs: BTreeMap<String, Pair>,
}

/// The two narrow matrices whose product is added to one of the model's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// From the matrix's input to the rank: its shape is (input, rank).
    pub a: Tensor,
    /// From the rank to the output: its shape is (rank, output).
    pub b: Tensor,
}

impl Pair {
    /// The length that both share.
    #[must_use]
    pub fn rank(&self) -> u64 {
        self.b.shape.first().copied().unwrap_or(0)
    }
}

impl Adapter {
    /// Reads and checks the header of an adapter's file.
    ///
    /// # Errors
    /// [`AdapterError`] says in words what is wrong with it.
    pub fn read(path: &Path) -> Result<Self, AdapterError> {
        let header = header(path)?;
        match header.text("general.type") {
            Some("adapter") => {}
            _ if header.tokens > 0 => return Err(AdapterError::Model),
            _ => return Err(AdapterError::NotAnAdapter),
        }
        match header.text("adapter.type") {
            Some("lora") => {}
            other => return Err(AdapterError::Kind(other.unwrap_or("unknown").to_owned())),
        }
        if header.has_array("adapter.alora.invocation_tokens") {
            // It holds from certain tokens on alone.
            return Err(AdapterError::Kind("alora".to_owned()));
        }
        let is_other = header.number(ALPHA).is_some()
            || header.text(ALPHA).is_some()
            || header.has_array(ALPHA);
        // llama.cpp ends the process where the number is of another type.
        let alpha = match header.real(ALPHA) {
            Some(alpha) if alpha.is_finite() => alpha,
            None if !is_other => 0.0,
            _ => return Err(AdapterError::Alpha),
        };
        let pairs = pairs(&header.table)?;
        let path = path.to_owned();
        Ok(Self {
            path,
            header,
            alpha,
            pairs,
        })
    }

    /// The ranks of its matrices, the lowest and the highest.
    #[must_use]
    pub fn ranks(&self) -> (u64, u64) {
        let ranks = || self.pairs.values().map(Pair::rank);
        (ranks().min().unwrap_or(0), ranks().max().unwrap_or(0))
    }
}

/// The metadata key of [`Adapter::alpha`].
const ALPHA: &str = "adapter.lora.alpha";

/// Puts the halves together.
fn pairs(table: &[Tensor]) -> Result<BTreeMap<String, Pair>, AdapterError> {
    let mut halves: BTreeMap<&str, [Option<&Tensor>; 2]> = BTreeMap::new();
    for tensor in table {
        let name = tensor.name.as_str();
        let (base, half) = match (name.strip_suffix(".lora_a"), name.strip_suffix(".lora_b")) {
            (Some(base), _) => (base, 0),
            (_, Some(base)) => (base, 1),
            // llama.cpp passes over changed norms.
            _ if name.ends_with("_norm.weight") => continue,
            _ => return Err(AdapterError::Strange(name.to_owned())),
        };
        if halves.entry(base).or_default()[half]
            .replace(tensor)
            .is_some()
        {
            return Err(AdapterError::Twice(name.to_owned()));
        }
    }
    let mut pairs = BTreeMap::new();
    for (base, halves) in halves {
        let [Some(a), Some(b)] = halves else {
            return Err(AdapterError::Half(base.to_owned()));
        };
        let (a, b) = (a.clone(), b.clone());
        let is_matrix = |t: &Tensor| (2..=3).contains(&t.shape.len()) && !t.shape.contains(&0);
        if !is_matrix(&a) || !is_matrix(&b) {
            return Err(AdapterError::Shape(base.to_owned()));
        }
        pairs.insert(base.to_owned(), Pair { a, b });
    }
    if pairs.is_empty() {
        return Err(AdapterError::Empty);
    }
    Ok(pairs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::tensor_type::TensorType;

    #[test]
    fn both_halves_are_matrices_with_numbers_in_them() {
        let half = |name: &str, shape: &[u64]| Tensor {
            name: format!("x.{name}"),
            shape: shape.to_vec(),
            kind: TensorType::F32,
            offset: 0,
        };
        for (a, b, sound) in [
            (&[4, 2][..], &[2, 6][..], true),
            (&[4, 2, 3], &[2, 6, 3], true),
            (&[4], &[2, 6], false),
            (&[4, 2], &[0, 6], false),
            (&[4, 2], &[2, 0], false),
            (&[0, 2], &[2, 6], false),
        ] {
            let paired = pairs(&[half("lora_a", a), half("lora_b", b)]);
            assert_eq!(paired.is_ok(), sound, "{a:?} {b:?}");
        }
    }

    #[test]
    fn a_scale_stands_behind_the_last_colon() {
        let parsed = |text: &str| text.parse::<Lora>().map(|l| (l.path, l.scale));
        for (text, path, scale) in [
            ("a.gguf", "a.gguf", 1.0),
            ("a.gguf:0.5", "a.gguf", 0.5),
            ("C:\\a.gguf", "C:\\a.gguf", 1.0),
            ("C:\\a.gguf:-2", "C:\\a.gguf", -2.0),
            ("a:b:0", "a:b", 0.0),
        ] {
            assert_eq!(parsed(text), Ok((PathBuf::from(path), scale)), "{text}");
        }
        for text in ["", ":1", "a.gguf:nan", "a.gguf:inf"] {
            assert!(parsed(text).is_err(), "{text}");
        }
        let shown = |text: &str| text.parse::<Lora>().unwrap().to_string();
        assert_eq!(shown("models/a.gguf:0.50"), "a.gguf:0.5");
        assert_eq!(shown("models/a.gguf:1"), "a.gguf");
    }
}
