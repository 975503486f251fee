//! What a model can be quantised to, and what of it did not come out as it was asked for.
//! llama.cpp stores numbers in blocks; a row that does not divide into them is stored in a larger
//! type, without a word that a user would see.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::llama::Quantization;
use crate::layout::size;
use crate::models::{Header, Tensor, TensorType};

/// The types of weights that are not quantised, and of which alone a good smaller file
/// can be made.
const WHOLE: [&str; 3] = ["F32", "F16", "BF16"];

/// Why a model is not worth quantising, as the end of a sentence about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotWhole {
    /// It was quantised before, to these types.
    #[error("is quantised already ({0})")]
    Quantised(String),
    /// Its file has a part of it.
    #[error("is one of several parts")]
    Part,
}

impl NotWhole {
    /// What there is to do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Quantised(_) => {
                "take the file in F16, BF16 or F32 that it was made from: quantising twice loses more"
            }
            Self::Part => "llama.cpp's `llama-gguf-split --merge` makes one file of them",
        }
    }
}

/// Checks that a good smaller file can be made of a model.
///
/// # Errors
/// [`NotWhole`] if it cannot.
pub fn check_whole(header: &Header) -> Result<(), NotWhole> {
    let types = header.tensors.keys().map(ToString::to_string);
    let quantised: Vec<String> = types
        .filter(|kind| !WHOLE.contains(&kind.as_str()))
        .collect();
    if !quantised.is_empty() {
        return Err(NotWhole::Quantised(quantised.join(", ")));
    }
    if header.number("split.count").is_some_and(|parts| parts > 1) {
        return Err(NotWhole::Part);
    }
    Ok(())
}

/// Bytes that a model's weights take at most once they are quantised.
#[must_use]
pub fn bytes_after(header: &Header, kind: Quantization) -> u64 {
    numbers(header) * kind.centibits() / 800
}

/// Whether a file has the tensors of another one.
#[must_use]
pub fn has_the_same_tensors(made: &Header, original: &Header) -> bool {
    let names = |header: &Header| {
        let mut names: Vec<String> = header.table.iter().map(|t| t.name.clone()).collect();
        names.sort_unstable();
        names
    };
    made.architecture == original.architecture && names(made) == names(original)
}

/// How many weights there are.
fn numbers(header: &Header) -> u64 {
    let product = |shape: &[u64]| shape.iter().fold(1_u64, |n, &more| n.saturating_mul(more));
    let tensors = header.table.iter().map(|tensor| product(&tensor.shape));
    // Bounded by the file's size, which was looked at.
    tensors
        .fold(0_u64, u64::saturating_add)
        .min(u64::MAX / 1000)
}

/// Says which rows do not divide, and how many bytes came out as what; `None` if all do.
#[must_use]
pub fn fallen_back(made: &Header, kind: Quantization) -> Option<String> {
    let block = kind.block();
    let fell = |tensor: &&Tensor| {
        let is_matrix = tensor.shape.len() > 1;
        let is_left = [TensorType::F32, TensorType::BF16].contains(&tensor.kind);
        is_matrix && !is_left && !tensor.shape[0].is_multiple_of(block)
    };
    let (mut rows, mut kinds) = (BTreeSet::new(), BTreeMap::new());
    for tensor in made.table.iter().filter(fell) {
        rows.insert(tensor.shape[0]);
        *kinds.entry(tensor.kind).or_insert(0) += tensor.bytes();
    }
    if rows.is_empty() {
        return None;
    }
    let sized = |(kind, bytes): &(TensorType, u64)| format!("{} as {kind}", size(*bytes));
    let fallen: Vec<String> = largest_first(kinds).iter().map(sized).collect();
    let all = made.tensors.iter().map(|(kind, t)| (*kind, t.bytes));
    let all = largest_first(all.collect());
    let total: u64 = all.iter().map(|(_, bytes)| bytes).sum();
    let all: Vec<String> = all
        .iter()
        .map(|(kind, bytes)| format!("{kind} {}", size(*bytes)))
        .collect();
    let rows: Vec<String> = rows.iter().map(ToString::to_string).collect();
    Some(format!(
        "{} needs rows that divide by {block}, and those of {} numbers do not: {} came out \
         instead (of {} in all: {})",
        kind.name(),
        rows.join(", "),
        fallen.join(", "),
        size(total),
        all.join(", ")
    ))
}

fn largest_first(kinds: BTreeMap<TensorType, u64>) -> Vec<(TensorType, u64)> {
    let mut kinds: Vec<_> = kinds.into_iter().collect();
    kinds.sort_by_key(|&(_, bytes)| std::cmp::Reverse(bytes));
    kinds
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::check;

    fn made() -> Header {
        check("tests/fixtures/tiny-digits-2.gguf".as_ref()).unwrap()
    }

    #[test]
    fn rows_that_do_not_divide_are_named_with_what_came_out() {
        // Rows of 64 and 160 numbers and shorter ones, in Q8_0.
        let said = fallen_back(&made(), Quantization::Q4KM).unwrap();
        assert!(
            said.starts_with("Q4_K_M needs rows that divide by 256, and those of "),
            "{said}"
        );
        assert!(said.contains(" as Q8_0 came out instead (of "), "{said}");
        assert_eq!(fallen_back(&made(), Quantization::Q8_0), None);
    }
}
