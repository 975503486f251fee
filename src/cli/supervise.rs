//! A batch run in a process of its own. Where llama.cpp ends that process, on a broken
//! model or for want of memory, a fresh one goes on, and a document at which it ended
//! twice becomes an error record.
//!
//! The worker tells on its stdout which documents it begins with, and is told on its stdin
//! to stop: both are free where the input and the output are files. Whatever ends the
//! supervisor closes that stdin, which ends the worker.

use std::env;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{ChildStdin, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, anyhow};
use minitag::runner::{Journal, Key, Outcome, Suspects, Verdict};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::low_level::signal_name;

use crate::cli::args::BatchArgs;
use crate::cli::failure::{Failure, Status};
use crate::cli::screen::Screen;
use crate::cli::signals::at_signals;

/// In a worker's environment: the documents at which another worker ended.
const WORKER: &str = "MINITAG_BATCH_WORKER";

/// How a worker ended.
struct End {
    status: ExitStatus,
    /// The documents that it had begun with last.
    begun: Vec<Key>,
    /// Whether it had done any before.
    has_worked: bool,
}

/// In a worker: the documents at which another one ended; if there are any, it goes on with
/// what that one had begun.
pub(crate) fn suspects() -> Option<Vec<Key>> {
    let keys = env::var(WORKER).ok()?;
    Some(keys.split(' ').filter_map(|key| key.parse().ok()).collect())
}

/// In a worker: calls a function whenever the run is to stop, and ends where the supervisor
/// has ended.
pub(crate) fn at_orders(act: impl Fn() + Send + 'static) -> anyhow::Result<()> {
    // A terminal's Ctrl-C comes to both processes; the supervisor passes it on.
    at_signals(|| {})?;
    std::thread::spawn(move || {
        for _ in std::io::stdin().lines().map_while(Result::ok) {
            act();
        }
        #[expect(clippy::exit, reason = "nothing is lost, wherever a run is ended")]
        std::process::exit(Status::Interrupted.code().into());
    });
    Ok(())
}

/// In a worker: tells the supervisor which documents are begun with.
pub(crate) fn tell_begun(keys: &[Key]) {
    let keys: Vec<String> = keys.iter().map(Key::to_string).collect();
    let mut out = std::io::stdout().lock();
    // Without a supervisor this process ends anyway.
    let _ = writeln!(out, "{}", keys.join(" ")).and_then(|()| out.flush());
}

/// Whether a run can go on in another process: what it reads is there still, and neither
/// of the pipes between the processes is meant.
pub(crate) fn can_be_begun_again(args: &BatchArgs) -> bool {
    let is_ordinary = |path: &Path| {
        let metadata = path.metadata();
        let is_special = metadata.is_ok_and(|there| !there.is_file() && !there.is_dir());
        // `/dev/stdin` passes for a file where one is behind it.
        let names_a_pipe = ["-", "/dev", "/proc"].iter().any(|at| path.starts_with(at));
        !is_special && !names_a_pipe
    };
    let paths = [Some(&args.input), Some(&args.output), args.diff.as_ref()];
    paths.into_iter().flatten().all(|path| is_ordinary(path))
}

/// Runs this very command in worker processes until one ends in an orderly way.
///
/// # Errors
/// [`Failure`] where no worker can be started, or one ended outside of any document.
pub(crate) fn run(journal: &Path, screen: &Screen) -> Result<Status, Failure> {
    let pipe: Arc<Mutex<Option<ChildStdin>>> = Arc::default();
    let to_worker = Arc::clone(&pipe);
    at_signals(move || {
        let mut pipe = to_worker.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pipe) = pipe.as_mut() {
            // Where there is no worker any more, there is nothing to stop.
            let _ = pipe.write_all(b"\n");
        }
    })
    .context("cannot listen for Ctrl-C")
    .map_err(Failure::usage)?;

    let mut suspects = Suspects::default();
    loop {
        let End {
            status,
            begun,
            has_worked,
        } = work(&suspects.keys(), &pipe)
            .context("cannot start a process for the run")
            .map_err(Failure::usage)?;
        let signal = match (status.code(), status.signal()) {
            (Some(code), _) => return Ok(Status::of(code)),
            // Before it listened to its supervisor.
            (_, Some(SIGINT | SIGTERM)) => return Ok(Status::Interrupted),
            (_, signal) => signal.unwrap_or_default(),
        };
        let signal = signal_name(signal).unwrap_or("a signal");
        let given_up = match suspects.after(&begun, has_worked) {
            Verdict::GoOn { given_up } => given_up,
            Verdict::Outside(times) => {
                let error = anyhow!(
                    "the process was ended by {signal}, {times} times outside of any document"
                );
                return Err(Failure::model(error)
                    .hint("nothing that was done is lost; the same command goes on from here"));
            }
            Verdict::Everywhere => {
                let error =
                    anyhow!("the process was ended by {signal} at one document after the other");
                return Err(Failure::model(error).hint(
                    "is there enough memory? Then `--retry-errors` tries again what failed",
                ));
            }
        };
        screen.warning(&format!(
            "the process was ended by {signal}; a fresh one goes on"
        ));
        if !given_up.is_empty() {
            let failure = || Outcome::Failure(Suspects::failure(signal));
            let given_up: Vec<_> = given_up.into_iter().map(|key| (key, failure())).collect();
            Journal::open(journal)
                .and_then(|mut journal| journal.put(&given_up))
                .map_err(Failure::usage)?;
        }
    }
}

/// Runs one worker to its end: how it ended, and with which documents it had begun last.
fn work(suspects: &[Key], pipe: &Mutex<Option<ChildStdin>>) -> std::io::Result<End> {
    let suspects: Vec<String> = suspects.iter().map(Key::to_string).collect();
    let mut worker = Command::new(env::current_exe()?)
        .args(env::args_os().skip(1))
        .env(WORKER, suspects.join(" "))
        // Its debugger's view of a crash helps nobody here.
        .env("GGML_NO_BACKTRACE", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    *pipe.lock().unwrap_or_else(PoisonError::into_inner) = worker.stdin.take();
    let (mut first, mut begun) = (String::new(), String::new());
    if let Some(stdout) = worker.stdout.take() {
        // A line that is cut by the worker's end is still what it began with.
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            if first.is_empty() {
                first.clone_from(&line);
            }
            begun = line;
        }
    }
    let keys = begun.split(' ').filter_map(|key| key.parse().ok());
    Ok(End {
        status: worker.wait()?,
        begun: keys.collect(),
        has_worked: begun != first,
    })
}
