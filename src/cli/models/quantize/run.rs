//! The worker, a child process: how far it is, how it ended, and Ctrl-C.

use std::env;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;

use anyhow::{Context, anyhow};
use minitag::engine::llama::QuantizeError;

use crate::cli::failure::Failure;
use crate::cli::screen::{Progress, Screen};
use crate::cli::signals::at_signals;

/// As many of its last lines are shown where it fails.
const SHOWN: usize = 3;

/// From when it listens on, a Ctrl-C ends nothing by itself, but the child where there is one.
pub(super) struct Stop {
    asked: Arc<AtomicBool>,
    child: Arc<Mutex<Option<Child>>>,
}

impl Stop {
    /// Listens, before there is anything that would be left behind.
    pub(super) fn listen() -> Result<Self, Failure> {
        let (asked, child) = (Arc::<AtomicBool>::default(), Arc::<Mutex<_>>::default());
        let stop = Self { asked, child };
        let (asked, child) = (Arc::clone(&stop.asked), Arc::clone(&stop.child));
        let act = move || {
            asked.store(true, Ordering::Relaxed);
            end(&child);
        };
        at_signals(act)
            .context("cannot listen for Ctrl-C")
            .map_err(Failure::usage)?;
        Ok(stop)
    }

    /// An error where the user has asked for it.
    pub(super) fn check(&self) -> Result<(), Failure> {
        if self.asked.load(Ordering::Relaxed) {
            return Err(Failure::interrupted());
        }
        Ok(())
    }
}

/// Ends the child, where there is one that has not ended by itself.
fn end(child: &Mutex<Option<Child>>) {
    let mut child = child.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(child) = child.as_mut() {
        let _ = child.kill();
    }
}

/// Names the file that a worker writes, which is this program begun once more.
const WORKER: &str = "MINITAG_QUANTIZE_WORKER";

/// In a worker: the file to write.
pub(super) fn output_of_worker() -> Option<PathBuf> {
    env::var_os(WORKER).map(PathBuf::from)
}

/// Runs this very command in a worker; what it leaves half done is the caller's to remove.
pub(super) fn quantize(output: &Path, stop: &Stop, screen: &Screen) -> Result<(), Failure> {
    let child = env::current_exe().and_then(|program| {
        Command::new(program)
            .args(env::args_os().skip(1))
            .env(WORKER, output)
            // Its debugger's view of a crash helps nobody here.
            .env("GGML_NO_BACKTRACE", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
    });
    let mut child = child
        .context("cannot begin a process for llama.cpp")
        .map_err(Failure::model)?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    *stop.child.lock().unwrap_or_else(PoisonError::into_inner) = Some(child);
    if stop.check().is_err() {
        // It was asked for while there was no child yet.
        end(&stop.child);
    }
    let mut progress = Progress::new(screen, "tensors");
    let mut last = Vec::new();
    for line in lines(stdout, stderr) {
        if let Some((done, all)) = position(&line) {
            progress.tell(done, all);
        }
        if !is_chatter(&line) {
            last.push(line);
        }
        if last.len() > 2 * SHOWN {
            last.drain(..SHOWN);
        }
    }
    drop(progress);
    // Its output has ended, so it has, or is about to.
    let mut child = stop.child.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(mut child) = child.take() else {
        return Err(Failure::interrupted());
    };
    let status = child
        .wait()
        .context("llama.cpp's process was lost")
        .map_err(Failure::model)?;
    stop.check()?;
    if status.success() {
        return Ok(());
    }
    let from = last.len().saturating_sub(SHOWN);
    let said = last[from..].join("\n");
    let message = format!("{} ({status}):\n{said}", QuantizeError::Failed);
    Err(Failure::model(anyhow!(message)))
}

/// What it says, on whichever of the two, line by line until both have ended.
fn lines(stdout: Option<ChildStdout>, stderr: Option<ChildStderr>) -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    let outputs: [Option<Box<dyn Read + Send>>; 2] = [
        stdout.map(|out| Box::new(out) as _),
        stderr.map(|out| Box::new(out) as _),
    ];
    for output in outputs.into_iter().flatten() {
        let sender = sender.clone();
        thread::spawn(move || {
            for line in BufReader::new(output).split(b'\n').map_while(Result::ok) {
                let text = String::from_utf8_lossy(&line).trim().to_owned();
                // Nobody listens any more where the program is about to end.
                if !text.is_empty() && sender.send(text).is_err() {
                    return;
                }
            }
        });
    }
    receiver
}

/// What helps nobody where it fails: the metadata, shapes that a type does not fit, and what
/// is said in any case.
fn is_chatter(line: &str) -> bool {
    let beginnings = ["llama_model_loader: - ", "warning: "];
    beginnings.iter().any(|begin| line.starts_with(begin))
        || line.ends_with(&QuantizeError::Failed.to_string())
}

/// `[  12/ 868] blk.1.ffn_up.weight - …`: how many tensors are done, of how many.
fn position(line: &str) -> Option<(usize, usize)> {
    let (inside, _) = line.strip_prefix('[')?.split_once(']')?;
    let (done, all) = inside.split_once('/')?;
    Some((done.trim().parse().ok()?, all.trim().parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_position_is_read_from_a_tensors_line() {
        let line = "[  12/ 868]  blk.1.ffn_up.weight - [ 2560,  6400,     1,     1], type = f16";
        assert_eq!(position(line), Some((12, 868)));
        assert_eq!(position("main: build = 1"), None);
        assert_eq!(position("[info] x"), None);
    }
}
