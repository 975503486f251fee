//! A service in a process of its own. If llama.cpp ends that process, on a broken model or for
//! want of memory, the requests in it are lost, and a fresh one goes on.
//!
//! The supervisor holds the socket, so that clients which come meanwhile wait instead of being
//! refused. The worker inherits it as stdout, and is told on its stdin to stop; whatever ends
//! the supervisor closes that stdin, which ends the worker.

use std::env;
use std::io::{self, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{ChildStdin, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::low_level::signal_name;

use crate::cli::failure::{Failure, Status};
use crate::cli::screen::Screen;
use crate::cli::serve::listen::Socket;
use crate::cli::signals::at_signals;

/// In a worker's environment.
const WORKER: &str = "MINITAG_SERVE_WORKER";

/// A worker that ended sooner than this did no work.
const SOON: Duration = Duration::from_secs(10);

/// So many workers in a row may end so soon.
const TRIES: usize = 5;

/// The way to the worker, and how often it was told to stop.
#[derive(Default)]
struct Orders {
    pipe: Option<ChildStdin>,
    told: bool,
}

impl Orders {
    /// The first order lets the worker finish, the second ends it.
    fn stop(&mut self) {
        if let Some(pipe) = &mut self.pipe {
            // Where there is no worker any more, there is nothing to stop.
            let _ = pipe.write_all(b"\n");
        }
        if std::mem::replace(&mut self.told, true) {
            self.pipe = None;
        }
    }
}

/// Whether this process is a worker.
pub(super) fn is_worker() -> bool {
    env::var_os(WORKER).is_some()
}

/// Runs this very command in worker processes until one ends in an orderly way.
///
/// # Errors
/// [`Failure`] if no worker can be started, or one after the other ends at once.
pub(super) fn run(socket: &Socket, screen: &Screen) -> Result<Status, Failure> {
    let orders: Arc<Mutex<Orders>> = Arc::default();
    let at_signal = Arc::clone(&orders);
    at_signals(move || lock(&at_signal).stop())
        .context("cannot listen for Ctrl-C")
        .map_err(Failure::usage)?;
    supervise(socket, &orders, screen)
}

fn supervise(socket: &Socket, orders: &Mutex<Orders>, screen: &Screen) -> Result<Status, Failure> {
    let mut soon = 0;
    loop {
        let started = Instant::now();
        let status = work(socket, orders)
            .context("cannot start a process for the service")
            .map_err(Failure::usage)?;
        let signal = match (status.code(), status.signal()) {
            (Some(code), _) => return Ok(Status::of(code)),
            // Before it listened to its supervisor.
            (_, Some(SIGINT | SIGTERM)) => return Ok(Status::Interrupted),
            (_, signal) => signal.unwrap_or_default(),
        };
        let signal = signal_name(signal).unwrap_or("a signal");
        soon = if started.elapsed() < SOON {
            soon + 1
        } else {
            0
        };
        if lock(orders).told {
            return Ok(Status::Interrupted);
        }
        if soon == TRIES {
            let error = anyhow!("the process was ended by {signal}, {TRIES} times in a row");
            return Err(Failure::model(error).hint("is there enough memory?"));
        }
        screen.warning(&format!(
            "the process was ended by {signal}, and the requests in it are lost; a fresh one goes on"
        ));
    }
}

/// Runs one worker to its end.
fn work(socket: &Socket, orders: &Mutex<Orders>) -> io::Result<ExitStatus> {
    let mut worker = Command::new(env::current_exe()?)
        .args(env::args_os().skip(1))
        .env(WORKER, "1")
        // Its debugger's view of a crash helps nobody here.
        .env("GGML_NO_BACKTRACE", "1")
        .stdin(Stdio::piped())
        .stdout(socket.to_inherit()?)
        .spawn()?;
    {
        let mut orders = lock(orders);
        orders.pipe = worker.stdin.take();
        if orders.told {
            // It came while there was none.
            orders.stop();
        }
    }
    worker.wait()
}

fn lock(orders: &Mutex<Orders>) -> std::sync::MutexGuard<'_, Orders> {
    orders.lock().unwrap_or_else(PoisonError::into_inner)
}
