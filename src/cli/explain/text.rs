//! An explanation for reading: what colour says is said by figures and bars as well.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use unicode_width::UnicodeWidthStr;

use crate::cli::explain::{ALTERNATIVES, CANDIDATES, Shown};

/// How many cells the bar of the largest effect takes.
const BAR: usize = 8;
/// An eighth of a cell, two of them, and so on.
const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/// Whether the user and the terminal want colours.
pub(super) fn may_colour() -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !set("NO_COLOR") && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// The whole explanation.
pub(super) fn text(shown: &Shown, colour: bool) -> String {
    let mut text = format!(
        "{}: {}\n",
        shown.explanation.classification.id,
        shown.answer()
    );
    slots(shown, &mut text);
    alternatives(shown, &mut text);
    pieces(shown, colour, &mut text);
    text
}

/// The answer's path.
fn slots(shown: &Shown, text: &mut String) {
    text.push_str("\nSlot by slot, the taken one marked\n");
    for slot in 0..shown.explanation.slots.len() {
        let candidates = shown.explanation.candidates(slot, CANDIDATES).into_iter();
        let cells = candidates.map(|(candidate, log_prob)| {
            let mark = if shown.explanation.taken(slot).contains(&candidate) {
                "*"
            } else {
                ""
            };
            format!("{mark}{} {:.3}", shown.name(candidate), log_prob.exp())
        });
        let cells: Vec<String> = cells.collect();
        let _ = writeln!(text, "  {}  {}", slot + 1, cells.join("  "));
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
        let name = shown.name(minitag::constraint::Candidate::Tag(tag));
        let _ = writeln!(text, "  {:.3}  slot {}  {name}", log_prob.exp(), slot + 1);
    }
}

/// The text, each piece on a line with what it does.
fn pieces(shown: &Shown, colour: bool, text: &mut String) {
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
    let _ = writeln!(text, "\nWhat each piece of the text does: {what}");
    let each = targets.len() > 1;
    let widths: Vec<usize> = targets.iter().map(|name| name.width().max(6)).collect();
    let columns = |cells: Vec<String>| {
        let cells = cells.into_iter().zip(&widths);
        let cells = cells.map(|(cell, width)| {
            let space = " ".repeat(width.saturating_sub(cell.width()));
            format!("{space}{cell}  ")
        });
        cells.collect::<String>()
    };
    if each {
        let bar = " ".repeat(BAR);
        let _ = writeln!(text, "      all  {bar}  {}", columns(targets).trim_end());
    }
    let largest = shown.largest();
    for (place, piece) in explanation.pieces.iter().enumerate() {
        let effect = piece.effect();
        let share = effect / largest;
        let (on, off) = if colour {
            paint(share)
        } else {
            Default::default()
        };
        let cells = if each {
            columns(piece.effects.iter().map(|e| format!("{e:+.2}")).collect())
        } else {
            String::new()
        };
        let line = format!(
            "  {on}{effect:+7.2}  {}{off}  {cells}{on}{}{off}",
            bar(share),
            shown.piece(place)
        );
        let _ = writeln!(text, "{}", line.trim_end());
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

/// What switches a colour on and off: the terminal's own, stronger for larger effects.
fn paint(share: f64) -> (String, String) {
    let colour = if share < 0.0 {
        AnsiColor::Red
    } else {
        AnsiColor::Green
    };
    let style = match share.abs() {
        0.5.. => colour.on_default().bold(),
        0.1.. => colour.on_default(),
        _ => Style::new().dimmed(),
    };
    (style.render().to_string(), style.render_reset().to_string())
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

    #[test]
    fn colours_are_switched_off_again() {
        for share in [1.0, 0.2, 0.0, -0.7] {
            let (on, off) = paint(share);
            assert!(
                on.starts_with("\u{1b}[") && off == "\u{1b}[0m",
                "{on:?} {off:?}"
            );
        }
    }
}
