//! `minitag mcp`: a server of the Model Context Protocol on stdin and stdout.
//!
//! One thread has the model, another one talks. stdout is the protocol: what there is to say
//! to people goes to stderr, and what went wrong with a call into its answer.

mod desk;
mod reading;
mod reply;
mod request;
mod server;
mod shelf;

use std::io::{self, IsTerminal};
use std::sync::{Arc, mpsc};
use std::thread;

use anyhow::anyhow;
use minitag::DecideOptions;
use minitag::engine::llama::ContextOptions;

use crate::cli::args::McpArgs;
use crate::cli::failure::{Failure, Status};
use crate::cli::mcp::desk::Office;
use crate::cli::mcp::server::Server;
use crate::cli::mcp::shelf::Shelf;
use crate::cli::plan::Plan;
use crate::cli::screen::Screen;
use crate::cli::session;

/// Runs the command.
pub(crate) fn run(args: &McpArgs, screen: &Screen) -> Result<Status, Failure> {
    let shelf = Arc::new(Shelf::new(&args.tags, screen)?);
    let decide = session::asked(&args.decide, false);
    // How long the lists are is known with each call.
    decide.check(usize::MAX)?;
    let any_list = DecideOptions {
        min_tags: 0,
        ..decide.clone()
    };
    let mut plan = Plan::new(&args.model, &args.wording, any_list, screen)?;
    if !args.model.low_memory {
        plan.context.parked_bytes = ContextOptions::default().parked_bytes;
    }
    let office = Office {
        plan: &plan,
        decide,
        shelf: &shelf,
        screen,
    };
    if io::stdin().is_terminal() {
        screen.note("this is a server for MCP clients, on stdin and stdout; Ctrl-D ends it");
    }
    let (jobs, waiting) = mpsc::channel();
    let server = Server::new(jobs, Arc::clone(&shelf));
    thread::scope(|scope| {
        let talking = scope.spawn(|| server::talk(server));
        // Ends when the server does, which has the other end.
        desk::work(&office, &waiting);
        let ended = talking.join();
        ended.unwrap_or_else(|_| Err(Failure::usage(anyhow!("the server failed"))))
    })?;
    Ok(Status::Success)
}
