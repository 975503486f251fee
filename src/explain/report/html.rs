//! An explanation as one page of HTML.

use maud::{Markup, html};

use crate::constraint::Candidate;
use crate::decide::Parts;
use crate::explain::Explanation;
use crate::explain::report::{ALTERNATIVES, CANDIDATES, Shown};
use crate::layout;
use crate::tags::TagSet;

const STYLE: &str = include_str!("style.css");

/// So many pieces are listed by themselves.
const STRONGEST: usize = 5;

/// One page that needs no other file: the text in colours, the slots of the answer. `model`
/// is what the model is called.
#[must_use]
pub fn html(explanation: &Explanation, tags: &TagSet, model: &str) -> String {
    let shown = &Shown { explanation, tags };
    let id = &explanation.classification.id;
    let usage = &explanation.classification.usage;
    let body = html! {
        header {
            p.kicker { "minitag explain" }
            h1 { (id) }
            p.answer {
                @for &tag in &explanation.tags {
                    span.chip { (shown.name(Candidate::Tag(tag))) }
                }
                @if explanation.tags.is_empty() { span.chip { "no tag" } }
            }
        }
        main {
            section.card {
                h2 { "What the answer rests on" }
                p.soft { (what(shown)) }
                p.key {
                    span.piece.for style="--e:0.9" { "speaks for it" }
                    span.piece.against style="--e:0.9" { "speaks against it" }
                }
                div.text { (text(shown)) }
            }
            section.card { h2 { "The strongest pieces" } (strongest(shown)) }
            div.pair {
                section.card { h2 { "Slot by slot" } (slots(shown)) }
                section.card { h2 { "Tags that were not taken" } (alternatives(shown)) }
            }
        }
        footer {
            p {
                (usage.used) " tokens were shown to " (model)
                @if usage.left_out > 0 { "; the budget left out " (layout::size(usage.left_out as u64)) " of text" }
                ". " (explanation.sentences) " sentences in " (explanation.pieces.len())
                " pieces. Written by minitag " (env!("CARGO_PKG_VERSION")) "."
            }
        }
    };
    layout::page(&format!("Why {id}: {}", shown.answer()), STYLE, &body)
}

/// What the figures mean.
fn what(shown: &Shown) -> String {
    let targets = &shown.explanation.targets;
    let names: Vec<String> = targets.iter().map(|t| shown.name(t.candidate)).collect();
    format!(
        "The figure behind a piece is by how much the log-odds of {} drop when it is left out. Pieces that say \
         the same can stand in for each other: none of them is missed alone.",
        names.join(" and of ")
    )
}

/// The text, as it was shown, in colours.
fn text(shown: &Shown) -> Markup {
    let explanation = shown.explanation;
    let starts = explanation.pieces.iter().map(|piece| piece.range.start);
    let ends = explanation.pieces.iter().map(|piece| piece.range.end);
    // What stands before each piece, and behind the last.
    let gaps = std::iter::once(0)
        .chain(ends)
        .zip(starts.chain([explanation.text.len()]))
        .map(|(end, start)| &explanation.text[end..start]);
    html! {
        @for (place, gap) in gaps.enumerate() {
            (gap)
            @if place < explanation.pieces.len() { (coloured(shown, place)) }
        }
    }
}

fn coloured(shown: &Shown, place: usize) -> Markup {
    let piece = &shown.explanation.pieces[place];
    let text = &shown.explanation.text[piece.range.clone()];
    let effect = piece.effect();
    let share = (effect / shown.largest()).abs();
    let class = if effect < 0.0 { "against" } else { "for" };
    let each = shown.explanation.targets.iter().zip(&piece.effects);
    let each: Vec<String> = each
        .map(|(target, effect)| format!("{} {effect:+.2}", shown.name(target.candidate)))
        .collect();
    html! {
        span.piece.(class) style=(format!("--e:{share:.2}")) title=(each.join(", ")) {
            (text) small { (format!("{effect:+.2}")) }
        }
    }
}

fn strongest(shown: &Shown) -> Markup {
    let ranking = shown.explanation.ranking();
    let targets = &shown.explanation.targets;
    html! {
        div.scroll { table {
            thead { tr {
                th { "piece" } th.figure { "effect" }
                @if targets.len() > 1 { @for target in targets { th.figure { (shown.name(target.candidate)) } } }
            } }
            tbody { @for &place in ranking.iter().take(STRONGEST) {
                @let piece = &shown.explanation.pieces[place];
                tr {
                    td.words { (shown.piece(place)) }
                    td.figure { (format!("{:+.2}", piece.effect())) }
                    @if targets.len() > 1 { @for effect in &piece.effects { td.figure { (format!("{effect:+.2}")) } } }
                }
            } }
        } }
    }
}

fn slots(shown: &Shown) -> Markup {
    html! {
        p.soft {
            "Behind a tag the parts that its log-odds against \"no further tag\" are the sum of. "
            @if let Some(remark) = shown.unheard() { (remark) }
        }
        @for slot in 0..shown.explanation.slots.len() {
            h3 { "Slot " (slot + 1) }
            ol.bars { @for (candidate, log_prob, parts) in shown.explanation.candidates(slot, CANDIDATES) {
                @let taken = shown.explanation.taken(slot).contains(&candidate);
                li.taken[taken] style=(format!("--p:{:.3}", log_prob.exp())) {
                    span {
                        (shown.name(candidate)) @if taken { " ✓" }
                        @if candidate != Candidate::Stop { small { (in_parts(shown, &parts)) } }
                    }
                    b { (format!("{:.3}", log_prob.exp())) }
                }
            } }
        }
    }
}

/// What a tag's log-odds are the sum of.
fn in_parts(shown: &Shown, parts: &Parts) -> String {
    let part = |voice: usize| match parts.named()[voice] {
        (name, Some(part)) => format!(" {name} {part:+.2}"),
        (name, None) => format!(" {name} –"),
    };
    shown.voices().into_iter().map(part).collect()
}

fn alternatives(shown: &Shown) -> Markup {
    html! {
        ol.bars { @for (tag, log_prob, slot) in shown.explanation.alternatives().into_iter().take(ALTERNATIVES) {
            li style=(format!("--p:{:.3}", log_prob.exp())) {
                span { (shown.name(Candidate::Tag(tag))) small { " slot " (slot + 1) } }
                b { (format!("{:.3}", log_prob.exp())) }
            }
        } }
    }
}
