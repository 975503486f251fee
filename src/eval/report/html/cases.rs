//! The documents that went wrong: text, right tags, answers, scores.

use maud::{Markup, html};

use crate::eval::report::html::frame::shortened;
use crate::eval::report::words;
use crate::eval::{Case, Evaluation, Judged};

/// Characters of a text that stand beside the id.
const FIRST: usize = 140;
/// Characters of a text that are there when it is unfolded.
const WHOLE: usize = 4_000;

/// All of them, the worst first.
pub(super) fn wrong(evaluation: &Evaluation) -> Markup {
    let wrong = evaluation.wrong();
    html! {
        section.cases {
            h2 { "What went wrong" }
            p {
                (words::counted(wrong.len(), "document")) " of " (evaluation.cases.len())
                " did not get exactly the right tags; the worst come first."
            }
            p.key {
                span.chip.right { "right" } span.chip.fine { "ok, can be defended" }
                span.chip.wrong { "wrong" } span.chip.missed { "missed" }
            }
            @for case in wrong { (one(evaluation, case)) }
        }
    }
}

fn one(evaluation: &Evaluation, case: &Case) -> Markup {
    let missed = case
        .judged
        .gold
        .iter()
        .filter(|tag| !case.judged.found.contains(tag));
    html! {
        article.case {
            h3 { (case.id) }
            p.chips {
                (given(evaluation, &case.judged))
                @for &tag in missed { (chip(evaluation, tag, "missed", None)) }
            }
            @if let (Some(other), Some(system)) = (&case.other, evaluation.systems.get(1)) {
                p.chips { span.who { (system.name) } (given(evaluation, other)) }
            }
            @if let Some(text) = &case.text { (document(text)) }
        }
    }
}

/// The tags that were given, with their scores.
fn given(evaluation: &Evaluation, judged: &Judged) -> Markup {
    html! {
        @if judged.found.is_empty() { span.who { "no tag" } }
        @for (place, &tag) in judged.found.iter().enumerate() {
            @let class = if judged.is_gold(tag) { "right" } else if judged.is_fine(tag) { "fine" } else { "wrong" };
            (chip(evaluation, tag, class, judged.scores.get(place).copied()))
        }
    }
}

/// A tag; what it is told by colour is told by a sign and a title as well.
fn chip(evaluation: &Evaluation, tag: usize, class: &str, score: Option<f64>) -> Markup {
    html! {
        span.chip.(class) title=(class) {
            (evaluation.tags.get(tag).label())
            @if let Some(score) = score { b { (format!("{score:.2}")) } }
        }
    }
}

/// A text: its beginning, and more when it is unfolded.
fn document(text: &str) -> Markup {
    let text = text.trim();
    let words: Vec<&str> = text.split_whitespace().take(FIRST).collect();
    let first = shortened(&words.join(" "), FIRST);
    html! {
        details {
            summary { (first) }
            pre { (shortened(text, WHOLE)) }
        }
    }
}
