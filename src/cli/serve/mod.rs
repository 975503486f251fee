//! `minitag serve`: questions over HTTP, on this machine alone unless a token is asked for.
//!
//! ```text
//! client ──http──> guard ──routes──> queue ──work──> Decider     one thread for HTTP,
//!        <──reply────────────────── answers <─────────┘           one for the model
//! ```
//! On Unix a second process holds the socket and begins the first again if llama.cpp ends it.

mod client;
mod guard;
mod http;
mod listen;
mod metrics;
mod packed;
mod reply;
mod routes;
#[cfg(unix)]
mod supervise;
mod work;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::sync_channel;
use std::time::Duration;

use anyhow::Context;
use tokio::sync::watch;

use crate::cli::args::ServeArgs;
use crate::cli::failure::{Failure, Status, wrong_usage};
use crate::cli::questions;
use crate::cli::screen::Screen;
pub(crate) use crate::cli::serve::client::{Client, Outcome};
use crate::cli::serve::guard::Guard;
use crate::cli::serve::listen::{Address, Socket};
use crate::cli::serve::metrics::Metrics;
use crate::cli::serve::routes::{Routes, Served};

/// Runs the command: on Unix, in a process of its own, which may crash.
pub(crate) fn run(args: &ServeArgs, screen: &Screen) -> Result<Status, Failure> {
    for (option, is_none) in [
        ("queue", args.queue == 0),
        ("timeout", args.timeout == 0),
        ("max-body", args.max_body.as_u64() == 0),
    ] {
        if is_none {
            let message = format!("`--{option} 0` is not possible; it must be at least 1");
            return Err(wrong_usage(message));
        }
    }
    let address = Address::parse("listen", &args.listen)?;
    let guard = Guard::new(&address, args.token_file.as_deref())?;
    #[cfg(unix)]
    if !supervise::is_worker() {
        let ended = supervise::run(&Socket::bind(&address)?, screen);
        address.remove();
        return ended;
    }
    #[cfg(unix)]
    let socket = Socket::inherited(&address)?;
    #[cfg(not(unix))]
    let socket = Socket::bind(&address)?;
    let place = socket.place(&address);
    work(args, socket, guard, &place, screen)
}

/// Serves in this process until it is asked to stop.
fn work(
    args: &ServeArgs,
    socket: Socket,
    guard: Guard,
    place: &str,
    screen: &Screen,
) -> Result<Status, Failure> {
    let (stop, stopped) = watch::channel(false);
    let has_loaded = Arc::new(AtomicBool::new(false));
    let is_loaded = Arc::clone(&has_loaded);
    let told = screen.clone();
    let order = move || {
        if !is_loaded.load(Ordering::Relaxed) {
            #[expect(clippy::exit, reason = "nobody was answered, nothing is in work")]
            std::process::exit(Status::Interrupted.code().into());
        }
        if !stop.send_replace(true) {
            told.note("stopping after the requests in work");
        }
    };
    #[cfg(unix)]
    let listening = crate::cli::supervise::at_orders(order);
    #[cfg(not(unix))]
    let listening = crate::cli::signals::at_signals(order);
    listening
        .context("cannot listen for Ctrl-C")
        .map_err(Failure::usage)?;
    let plan = questions::plan(&args.asking, screen)?;
    let model = questions::load(&plan, screen)?;
    let make = || questions::decider(&plan, &model);
    let decider = make()?;
    has_loaded.store(true, Ordering::Relaxed);
    let metrics = Arc::new(Metrics::default());
    let (jobs, queue) = sync_channel(args.queue);
    let routes = Routes {
        guard,
        served: Served::new(
            plan.name(&model),
            args.asking.model.model.as_deref(),
            &model,
        ),
        jobs,
        max_body: usize::try_from(args.max_body.as_u64()).unwrap_or(usize::MAX),
        timeout: Duration::from_secs(args.timeout),
        metrics: Arc::clone(&metrics),
    };
    let server = std::thread::spawn(move || http::serve(socket, routes, stopped));
    screen.note(&format!("listening on {place}"));
    work::run(&queue, decider, make, work::answer, &metrics)?;
    match server.join() {
        Ok(ended) => ended
            .context("cannot go on listening")
            .map_err(Failure::usage)?,
        Err(panic) => std::panic::resume_unwind(panic),
    }
    Ok(Status::Success)
}
