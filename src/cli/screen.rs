//! stderr: everything that is said rather than answered.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant, SystemTime};

use anstyle::{AnsiColor, Style};
use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressStyle};
use minitag::layout::Remark;
#[cfg(feature = "download")]
use minitag::layout::size;
use serde::Serialize;
use terminal_size::terminal_size_of;
use unicode_width::UnicodeWidthStr;

/// How messages are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object per line.
    Json,
}

/// How often a line tells of long work where there is no terminal to draw on.
pub(crate) const EVERY: Duration = Duration::from_secs(30);

/// Where the program talks.
#[derive(Clone, Debug, Default)]
pub(crate) struct Screen {
    quiet: bool,
    format: LogFormat,
}

/// A message as JSON.
#[derive(Serialize)]
struct Entry<'a, T> {
    /// Seconds since 1970.
    time: f64,
    level: &'a str,
    message: &'a str,
    #[serde(flatten)]
    more: Option<&'a T>,
}

impl Screen {
    /// A screen; a quiet one shows errors alone.
    pub(crate) fn new(quiet: bool, format: LogFormat) -> Self {
        Self { quiet, format }
    }

    /// Whether bars may be drawn on it.
    pub(crate) fn is_drawn(&self) -> bool {
        !self.quiet && self.format == LogFormat::Text
    }

    /// Something worth knowing.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet {
            self.line("note", text);
        }
    }

    /// The same if there is something.
    pub(crate) fn note_if(&self, text: Option<String>) {
        if let Some(text) = text {
            self.note(&text);
        }
    }

    /// Something that is probably not meant so.
    pub(crate) fn warning(&self, text: &str) {
        if !self.quiet {
            self.line("warning", text);
        }
    }

    /// What the library has to say.
    pub(crate) fn remarks(&self, remarks: &[Remark]) {
        for remark in remarks {
            match remark {
                Remark::Note(text) => self.note(text),
                Remark::Warning(text) => self.warning(text),
            }
        }
    }

    /// Something that failed while the program goes on.
    pub(crate) fn error(&self, text: &str, hint: Option<&str>) {
        self.line("error", text);
        if let Some(hint) = hint.filter(|_| !self.quiet) {
            self.line("hint", hint);
        }
    }

    /// How far long work is: a sentence, and the numbers in it.
    pub(crate) fn progress(&self, text: &str, numbers: &impl Serialize) {
        match self.format {
            _ if self.quiet => {}
            LogFormat::Text => self.line("note", text),
            LogFormat::Json => Self::json("progress", text, Some(numbers)),
        }
    }

    fn line(&self, label: &str, text: &str) {
        match self.format {
            // Nobody can be told that stderr is closed.
            LogFormat::Text => drop(writeln!(
                anstream::stderr().lock(),
                "{style}{label}:{style:#} {text}",
                style = style(label),
                text = folded(text, label.len() + 2, width())
            )),
            LogFormat::Json => Self::json(label, text, None::<&()>),
        }
    }

    fn json(level: &str, message: &str, more: Option<&impl Serialize>) {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let entry = Entry {
            time: (since.unwrap_or_default().as_secs_f64() * 1e3).round() / 1e3,
            level,
            message,
            more,
        };
        let json = serde_json::to_string(&entry).unwrap_or_default();
        let _ = writeln!(io::stderr().lock(), "{json}");
    }
}

/// The columns of the terminal; without one no line is too long.
fn width() -> usize {
    let stderr = io::stderr();
    let size = stderr.is_terminal().then(|| terminal_size_of(stderr));
    let columns = size.flatten().map(|(columns, _)| usize::from(columns.0));
    columns.filter(|&columns| columns > 0).unwrap_or(usize::MAX)
}

/// A text whose first line begins at a column, in lines that end between words. What is between
/// words stays, since it may be part of a name.
fn folded(text: &str, column: usize, width: usize) -> String {
    const INDENT: &str = "  ";
    let mut folded = String::with_capacity(text.len());
    let mut column = column;
    for (place, word) in text.split(' ').enumerate() {
        let wide = word.width();
        if place > 0 && column + 1 + wide > width && column > INDENT.len() {
            folded.push('\n');
            folded.push_str(INDENT);
            column = INDENT.len();
        } else if place > 0 {
            folded.push(' ');
            column += 1;
        }
        folded.push_str(word);
        column += wide;
    }
    folded
}

/// The label's colour, as clap has it; without one where the terminal or `NO_COLOR` says so.
fn style(label: &str) -> Style {
    match label {
        "error" => AnsiColor::Red.on_default().bold(),
        "warning" => AnsiColor::Yellow.on_default().bold(),
        "hint" => AnsiColor::Green.on_default(),
        _ => Style::new(),
    }
}

/// Long work: a bar on a terminal, a line every so often elsewhere.
#[derive(Debug)]
pub(crate) struct Progress<'s> {
    screen: &'s Screen,
    what: String,
    bar: Option<ProgressBar>,
    told: Instant,
}

impl<'s> Progress<'s> {
    /// Progress of something, as yet without a length.
    pub(crate) fn new(screen: &'s Screen, what: &str) -> Self {
        let drawn = screen.is_drawn() && io::stderr().is_terminal();
        let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} {eta}");
        let bar = drawn.then(|| {
            let bar = ProgressBar::no_length().with_message(what.to_owned());
            bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
        });
        Self {
            screen,
            what: what.to_owned(),
            bar,
            told: Instant::now(),
        }
    }

    /// The bar, where one is drawn.
    pub(crate) fn bar(&self) -> Option<&ProgressBar> {
        self.bar.as_ref()
    }

    /// Progress of a transfer.
    #[cfg(feature = "download")]
    pub(crate) fn of_bytes(screen: &'s Screen, what: &str) -> Self {
        let mut progress = Self::new(screen, what);
        let style = ProgressStyle::with_template(
            "{msg} {wide_bar} {binary_bytes}/{binary_total_bytes} {binary_bytes_per_sec} {eta}",
        );
        let bar = progress.bar.take();
        progress.bar = bar.map(|bar| match style {
            Ok(style) => bar.with_style(style),
            Err(_) => bar,
        });
        progress
    }

    /// So many bytes are done.
    #[cfg(feature = "download")]
    pub(crate) fn tell_bytes(&mut self, done: u64, all: u64) {
        if let Some(bar) = &self.bar {
            bar.set_position(done);
            if bar.length().is_none() {
                // What was here before did not come now.
                bar.set_length(all);
                bar.reset_eta();
            }
        } else if self.told.elapsed() >= EVERY {
            self.told = Instant::now();
            let (done, all) = (size(done), size(all));
            self.screen.note(&format!("{}: {done} of {all}", self.what));
        }
    }

    /// So many are done.
    pub(crate) fn tell(&mut self, done: usize, all: usize) {
        if let Some(bar) = &self.bar {
            bar.set_length(all as u64);
            bar.set_position(done as u64);
        } else if self.told.elapsed() >= EVERY {
            self.told = Instant::now();
            self.screen.note(&format!("{}: {done} of {all}", self.what));
        }
    }
}

impl Drop for Progress<'_> {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_folded_between_words_and_keeps_what_is_between_them() {
        let text = "the file `a  b.md` cannot be read";
        assert_eq!(folded(text, 7, usize::MAX), text);
        let lines = "the file\n  `a  b.md`\n  cannot be\n  read";
        assert_eq!(folded(text, 4, 13), lines);
        assert_eq!(folded("数据 数据", 0, 6), "数据\n  数据");
        assert_eq!(
            folded("longer-than-that it", 7, 9),
            "longer-than-that\n  it"
        );
    }
}
