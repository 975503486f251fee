//! What of a quantised model did not come out as it was asked for. llama.cpp stores numbers in
//! blocks; a row that does not divide into them is stored in a larger type, without a word that
//! a user would see.

use std::collections::{BTreeMap, BTreeSet};

use minitag::layout::size;
use minitag::models::{Header, Tensor, TensorType};

use crate::cli::args::QuantizedType;

/// Says which rows do not divide, and how many bytes came out as what; `None` if all do.
pub(super) fn fallen_back(made: &Header, kind: QuantizedType) -> Option<String> {
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
    use minitag::models::check;

    fn made() -> Header {
        check("tests/fixtures/tiny-digits-2.gguf".as_ref()).unwrap()
    }

    #[test]
    fn rows_that_do_not_divide_are_named_with_what_came_out() {
        // Rows of 64 and 160 numbers and shorter ones, in Q8_0.
        let said = fallen_back(&made(), QuantizedType::Q4_K_M).unwrap();
        assert!(
            said.starts_with("Q4_K_M needs rows that divide by 256, and those of "),
            "{said}"
        );
        assert!(said.contains(" as Q8_0 came out instead (of "), "{said}");
        assert_eq!(fallen_back(&made(), QuantizedType::Q8_0), None);
    }
}
