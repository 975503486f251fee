//! stderr: everything that is said rather than answered.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

#[cfg(feature = "download")]
use indicatif::DecimalBytes;
use indicatif::{ProgressBar, ProgressStyle};

/// How often a line tells of long work where there is no terminal to draw on.
const EVERY: Duration = Duration::from_secs(30);

/// Where the program talks.
#[derive(Debug)]
pub(crate) struct Screen {
    quiet: bool,
}

impl Screen {
    /// A screen; a quiet one shows errors alone.
    pub(crate) fn new(quiet: bool) -> Self {
        Self { quiet }
    }

    /// Something worth knowing.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet {
            Self::line("note", text);
        }
    }

    /// Something that is probably not meant so.
    pub(crate) fn warning(&self, text: &str) {
        if !self.quiet {
            Self::line("warning", text);
        }
    }

    /// Something that failed while the program goes on.
    pub(crate) fn error(&self, text: &str, hint: Option<&str>) {
        Self::line("error", text);
        if let Some(hint) = hint.filter(|_| !self.quiet) {
            Self::line("hint", hint);
        }
    }

    fn line(label: &str, text: &str) {
        // Nobody can be told that stderr is closed.
        let _ = writeln!(io::stderr().lock(), "{label}: {text}");
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
        let drawn = !screen.quiet && io::stderr().is_terminal();
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

    /// Progress of a transfer.
    #[cfg(feature = "download")]
    pub(crate) fn of_bytes(screen: &'s Screen, what: &str) -> Self {
        let mut progress = Self::new(screen, what);
        let style = ProgressStyle::with_template(
            "{msg} {wide_bar} {decimal_bytes}/{decimal_total_bytes} {decimal_bytes_per_sec} {eta}",
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
            let (done, all) = (DecimalBytes(done), DecimalBytes(all));
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
