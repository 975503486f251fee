//! A batch run as a person sees it: a bar, or a line every so often; and Ctrl-C.

use std::io::{self, IsTerminal};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};
use minitag::Classification;
use minitag::classifier::Masses;
use minitag::runner::{Key, Pace, Progress, Summary, Watch};

use crate::cli::failure::{Failure, Status};
use crate::cli::screen::{EVERY, Screen};
use crate::cli::signals::at_signals;
#[cfg(unix)]
use crate::cli::supervise;

/// Lets the first Ctrl-C (or SIGTERM) set `stop`, with a warning that does not tear the
/// bar, and the second end the program.
#[expect(clippy::exit, reason = "who asks twice does not want to wait")]
pub(crate) fn stop_at_signals(
    stop: &Arc<AtomicBool>,
    screen: &Screen,
    bar: Option<&ProgressBar>,
    warning: &'static str,
    is_worker: bool,
) -> Result<(), Failure> {
    let (stop, screen, bar) = (Arc::clone(stop), screen.clone(), bar.cloned());
    let act = move || {
        if stop.swap(true, Ordering::Relaxed) {
            std::process::exit(Status::Interrupted.code().into());
        }
        match &bar {
            Some(bar) => bar.suspend(|| screen.warning(warning)),
            None => screen.warning(warning),
        }
    };
    #[cfg(unix)]
    let listen = if is_worker {
        supervise::at_orders(act)
    } else {
        at_signals(act)
    };
    #[cfg(not(unix))]
    let listen = at_signals(act);
    listen
        .context("cannot listen for Ctrl-C")
        .map_err(Failure::usage)
}

/// Shows how far a batch run is.
pub(crate) struct BatchWatch<'a> {
    screen: &'a Screen,
    stop: Arc<AtomicBool>,
    /// Whether a supervisor watches this process.
    is_worker: bool,
    masses: Masses,
    bar: Option<ProgressBar>,
    has_length: bool,
    pace: Pace,
    told: Instant,
}

impl<'a> BatchWatch<'a> {
    pub(crate) fn new(screen: &'a Screen, is_worker: bool) -> Self {
        let drawn = screen.is_drawn() && io::stderr().is_terminal();
        let bar = drawn.then(|| {
            let bar = ProgressBar::no_length();
            bar.with_style(style(false))
        });
        Self {
            screen,
            stop: Arc::default(),
            is_worker,
            masses: Masses::default(),
            bar,
            has_length: false,
            pace: Pace::new(Instant::now()),
            told: Instant::now(),
        }
    }

    /// Clears the bar away.
    pub(crate) fn end(mut self) -> Masses {
        std::mem::take(&mut self.masses)
    }

    /// Lets the first Ctrl-C (or SIGTERM) end the run, and the second the program.
    pub(crate) fn handle_signals(&self) -> Result<(), Failure> {
        let warning = "stopping after the documents in work; once more stops at once";
        let bar = self.bar.as_ref();
        stop_at_signals(&self.stop, self.screen, bar, warning, self.is_worker)
    }
}

/// A bar where it is known how long it is.
fn style(has_length: bool) -> ProgressStyle {
    let template = if has_length {
        "{wide_bar} {msg}"
    } else {
        "{spinner} {msg}"
    };
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

/// One line on how far a run is.
fn line(progress: &Progress) -> String {
    let Progress {
        tagged,
        failed,
        per_minute,
        tokens_per_second,
        ..
    } = progress;
    let left = progress.seconds_left.map(|seconds| {
        let left = indicatif::HumanDuration(Duration::from_secs(seconds));
        format!(", {left} left")
    });
    format!(
        "{tagged} tagged, {failed} failed, {per_minute:.0} a minute, {tokens_per_second:.0} tokens/s{}",
        left.unwrap_or_default()
    )
}

impl Watch for BatchWatch<'_> {
    fn must_stop(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    fn tell(&mut self, summary: &Summary) {
        let now = Instant::now();
        self.pace.note(summary, now);
        if let Some(bar) = &self.bar {
            // A small file is read whole at once: how much is read says nothing then.
            let length = summary.length.filter(|&all| summary.position < all);
            if length.is_some() != self.has_length {
                self.has_length = length.is_some();
                bar.set_style(style(length.is_some()));
            }
            if let Some(length) = length {
                bar.set_length(length);
            }
            bar.set_position(summary.position);
            bar.set_message(line(&self.pace.progress(summary, now)));
        } else if self.told.elapsed() >= EVERY {
            self.told = now;
            let progress = self.pace.progress(summary, now);
            self.screen.progress(&line(&progress), &progress);
        }
    }

    fn answered(&mut self, answer: &Classification) {
        self.masses.add(answer);
    }

    fn begins(&mut self, keys: &[Key]) {
        #[cfg(unix)]
        if self.is_worker {
            supervise::tell_begun(keys);
        }
    }
}

impl Drop for BatchWatch<'_> {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
