//! An explanation for reading: what colour says is said by figures and bars as well.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr;

use crate::constraint::Candidate;
use crate::decide::Parts;
use crate::explain::Explanation;
use crate::explain::report::{ALTERNATIVES, CANDIDATES, Shown};
use crate::layout::{Table, wrapped};
use crate::tags::TagSet;

/// How many cells the bar of the largest effect takes.
const BAR: usize = 8;
/// An eighth of a cell, two of them, and so on.
const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/// For people, on a terminal: in lines of a width, and in its colours (ANSI escape sequences).
#[must_use]
pub fn text(explanation: &Explanation, tags: &TagSet, width: usize) -> String {
    let shown = &Shown { explanation, tags };
    let mut text = format!("{}: {}\n", explanation.classification.id, shown.answer());
    slots(shown, width, &mut text);
    alternatives(shown, &mut text);
    pieces(shown, width, &mut text);
    text
}

/// The answer's path.
fn slots(shown: &Shown, width: usize, text: &mut String) {
    let voices = shown.voices();
    let names = Parts::default().named();
    let mut head = vec!["", "p"];
    head.extend((voices.len() > 1).then_some("log-odds"));
    head.extend(voices.iter().map(|&voice| names[voice].0));
    let mut table = Table::new("r".repeat(head.len()) + "l");
    table = table.with_head(head.into_iter().chain([""]));
    for slot in 0..shown.explanation.slots.len() {
        let taken = shown.explanation.taken(slot);
        let candidates = shown.explanation.candidates(slot, CANDIDATES);
        for (place, (candidate, log_prob, parts)) in candidates.into_iter().enumerate() {
            let number = if place == 0 {
                (slot + 1).to_string()
            } else {
                String::new()
            };
            let figure = |part: Option<f64>| match (candidate, part) {
                (Candidate::Stop, _) => String::new(),
                (_, Some(part)) => format!("{part:+.2}"),
                (_, None) => "–".to_owned(),
            };
            let mut row = vec![number, format!("{:.3}", log_prob.exp())];
            row.extend((voices.len() > 1).then(|| figure(Some(parts.sum()))));
            row.extend(voices.iter().map(|&voice| figure(parts.named()[voice].1)));
            let mark = if taken.contains(&candidate) { "*" } else { "" };
            row.push(format!("{mark}{}", shown.name(candidate)));
            table.push(row);
        }
    }
    let title = "Slot by slot, the taken one marked: probability, log-odds against no further \
                 tag, and what these are the sum of";
    let _ = writeln!(text, "\n{}", wrapped(title, width).join("\n"));
    text.push_str(&table.to_text(2, width));
    if let Some(remark) = shown.unheard() {
        let _ = writeln!(text, "  {remark}");
    }
}

/// What else could have been taken.
fn alternatives(shown: &Shown, text: &mut String) {
    let alternatives = shown.explanation.alternatives();
    if alternatives.is_empty() {
        return;
    }
    text.push_str("\nTags that were not taken, where they were most probable\n");
    for &(tag, log_prob, slot) in alternatives.iter().take(ALTERNATIVES) {
        let name = shown.name(Candidate::Tag(tag));
        let _ = writeln!(text, "  {:.3}  slot {}  {name}", log_prob.exp(), slot + 1);
    }
}

/// The text, each piece on a line with what it does.
fn pieces(shown: &Shown, width: usize, text: &mut String) {
    let explanation = shown.explanation;
    let targets: Vec<String> = explanation
        .targets
        .iter()
        .map(|target| shown.name(target.candidate))
        .collect();
    let what = match targets.as_slice() {
        [only] => format!("by how much the log-odds of {only} drop without it"),
        _ => "by how much the tags' log-odds drop without it, together and each".to_owned(),
    };
    let title = format!("What each piece of the text does: {what}");
    let _ = writeln!(text, "\n{}", wrapped(&title, width).join("\n"));
    let each = targets.len() > 1;
    let columns = format!("rl{}l", "r".repeat(if each { targets.len() } else { 0 }));
    let mut table = Table::new(columns);
    if each {
        let head = ["all".to_owned(), String::new()].into_iter();
        table = table.with_head(head.chain(targets).chain([String::new()]));
    }
    let shares: Vec<f64> = (explanation.pieces.iter())
        .map(|piece| piece.effect() / shown.largest())
        .collect();
    for (place, piece) in explanation.pieces.iter().enumerate() {
        let effects = piece.effects.iter().filter(|_| each);
        let effects = effects.map(|effect| format!("{effect:+.2}"));
        let first = [format!("{:+.2}", piece.effect()), bar(shares[place])];
        table.push(first.into_iter().chain(effects).chain([shown.piece(place)]));
    }
    let mut rows = table.lines(width.saturating_sub(2)).into_iter();
    let head = rows.by_ref().take(usize::from(each)).flatten();
    for line in head {
        let _ = writeln!(text, "  {line}");
    }
    for (lines, share) in rows.zip(shares) {
        let style = style(share);
        for line in lines {
            let _ = writeln!(text, "  {style}{line}{RESET}");
        }
    }
}

/// A bar as long as an effect is large, of another kind where it is against the answer.
fn bar(share: f64) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a few cells"
    )]
    let eighths = (share.abs().min(1.0) * (BAR * 8) as f64).round() as usize;
    let bar = if share < 0.0 {
        "░".repeat(eighths.div_ceil(8))
    } else {
        "█".repeat(eighths / 8) + EIGHTHS[eighths % 8]
    };
    let space = " ".repeat(BAR - bar.width());
    bar + &space
}

/// Ends a colour.
const RESET: &str = "\x1b[0m";

/// The colour of an effect: green for the answer and red against it, bold for large effects,
/// dim for small ones.
fn style(share: f64) -> &'static str {
    match (share.abs(), share < 0.0) {
        (0.5.., false) => "\x1b[1m\x1b[32m",
        (0.5.., true) => "\x1b[1m\x1b[31m",
        (0.1.., false) => "\x1b[32m",
        (0.1.., true) => "\x1b[31m",
        _ => "\x1b[2m",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_as_long_as_effects_and_always_as_wide() {
        assert_eq!(bar(1.0), "████████");
        assert_eq!(bar(0.25), "██      ");
        assert_eq!(bar(0.02), "▏       ");
        assert_eq!(bar(0.0), " ".repeat(8));
        assert_eq!(bar(-0.5), "░░░░    ");
        assert_eq!(bar(-0.001), " ".repeat(8));
    }
}
