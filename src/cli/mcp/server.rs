//! The side that talks: the protocol's requests to jobs for the model, and back.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;

use minitag::classifier::ListReport;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, Implementation,
    ListResourcesResult, ListToolsResult, PaginatedRequestParams, ProgressNotificationParam,
    ReadResourceRequestParams, ReadResourceResponse, ReadResourceResult, Resource,
    ResourceContents, ServerCapabilities, ServerConfig,
};
use rmcp::service::{RequestContext, ServerInitializeError};
use rmcp::{ErrorData, RoleServer, ServerHandler, ServiceExt};
use tokio::runtime;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::cli::failure::{Failure, wrong_usage};
use crate::cli::mcp::desk::{Event, Job};
use crate::cli::mcp::reply::Reply;
use crate::cli::mcp::request::{Call, CheckTags, Request, tools};
use crate::cli::mcp::shelf::{Shelf, address};

/// What a client is told of this server.
const ABOUT: &str = "Tags documents from a closed list with a local model, offline. The tag lists \
                     that the server was started with are its resources.";

/// The server of one client.
pub(super) struct Server {
    jobs: Sender<Job>,
    shelf: Arc<Shelf>,
}

/// Sets a flag in the end, however that comes: an answer, a cancelled call, a client that left.
struct AtEnd(Arc<AtomicBool>);

impl Drop for AtEnd {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Serves the client on stdin and stdout until it leaves.
pub(super) fn talk(server: Server) -> Result<(), Failure> {
    let runtime = runtime::Builder::new_current_thread().enable_time().build();
    let runtime = runtime.map_err(|error| {
        Failure::usage(anyhow::Error::new(error).context("the server cannot be started"))
    })?;
    let ended = runtime.block_on(async {
        match server
            .serve((tokio::io::stdin(), tokio::io::stdout()))
            .await
        {
            Ok(running) => {
                // However it ended, nobody is there any more.
                let _ = running.waiting().await;
                Ok(())
            }
            Err(
                ServerInitializeError::ConnectionClosed(_)
                | ServerInitializeError::TransportError { .. }
                | ServerInitializeError::Cancelled,
            ) => Ok(()),
            Err(_) => Err(wrong_usage(
                "the client does not speak MCP: it began with something else than `initialize`",
            )),
        }
    });
    // A thread may wait for stdin as long as somebody has its other end.
    runtime.shutdown_background();
    ended
}

impl Server {
    pub(super) fn new(jobs: Sender<Job>, shelf: Arc<Shelf>) -> Self {
        Self { jobs, shelf }
    }

    fn check(&self, asked: &CheckTags) -> Result<Reply, Failure> {
        let tags = self.shelf.find(asked.tags.as_ref())?;
        Reply::of_list(&ListReport::new(&tags), &tags, Vec::new())
    }

    /// Lets the model work on a request, and tells how far it is.
    async fn compute(
        &self,
        request: Request,
        context: &RequestContext<RoleServer>,
    ) -> Result<Result<Reply, Failure>, ErrorData> {
        let (tell, mut told) = unbounded_channel();
        let cancelled = Arc::new(AtomicBool::new(false));
        let _at_end = AtEnd(Arc::clone(&cancelled));
        let job = Job {
            request,
            cancelled,
            tell,
        };
        let gone = || ErrorData::internal_error("the model's thread has ended", None);
        self.jobs.send(job).map_err(|_| gone())?;
        tokio::select! {
            outcome = answer(&mut told, context) => outcome.ok_or_else(gone),
            () = context.ct.cancelled() => {
                Err(ErrorData::internal_error("it was cancelled", None))
            }
        }
    }
}

/// Waits for a job's answer; `None` if none will come.
async fn answer(
    told: &mut UnboundedReceiver<Event>,
    context: &RequestContext<RoleServer>,
) -> Option<Result<Reply, Failure>> {
    let token = context.meta.get_progress_token();
    loop {
        match told.recv().await? {
            Event::Progress { done, all } => {
                let Some(token) = token.clone() else { continue };
                let progress = ProgressNotificationParam::new(token, f64::from(done));
                let progress = progress.with_total(f64::from(all));
                // Whoever does not hear it gets the answer all the same.
                let _ = context.peer.notify_progress(progress).await;
            }
            Event::Done(outcome) => return Some(outcome),
        }
    }
}

/// An answer as the protocol has it: the JSON as a text and as data, then what there is to say.
fn result(outcome: Result<Reply, Failure>) -> CallToolResult {
    match outcome {
        Ok(Reply { json, data, notes }) => {
            let texts = std::iter::once(json).chain(notes);
            let mut result = CallToolResult::success(texts.map(ContentBlock::text).collect());
            result.structured_content = data;
            result
        }
        Err(failure) => CallToolResult::error(vec![ContentBlock::text(failure.in_words())]),
    }
}

impl ServerHandler for Server {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder();
        let capabilities = capabilities.enable_tools().enable_resources().build();
        ServerConfig::new(capabilities)
            .with_server_info(Implementation::new("minitag", env!("MINITAG_VERSION")))
            .with_instructions(ABOUT)
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(tools()))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let name = request.name;
        let Some(call) = Call::new(&name, request.arguments.unwrap_or_default()) else {
            let message = format!("there is no tool `{name}`");
            return Err(ErrorData::invalid_params(message, None));
        };
        let outcome = match call {
            Ok(Call::Check(asked)) => self.check(&asked),
            Ok(Call::Model(asked)) => self.compute(asked, &context).await?,
            Err(failure) => Err(failure),
        };
        Ok(result(outcome).into())
    }

    async fn list_resources(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        let resource = |name: &str| {
            Resource::new(address(name), name)
                .with_description("A tag list; tools take its name as `tags`")
                .with_mime_type("application/json")
        };
        let resources = self.shelf.names().map(resource).collect();
        Ok(ListResourcesResult::with_all_items(resources))
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let address = request.uri;
        match self.shelf.resource(&address) {
            Some(Ok(tags)) => {
                let content = ResourceContents::text(tags.to_json(), address);
                let content = content.with_mime_type("application/json");
                Ok(ReadResourceResult::new(vec![content]).into())
            }
            Some(Err(failure)) => Err(ErrorData::internal_error(failure.in_words(), None)),
            None => {
                let message = format!("there is no tag list at `{address}`");
                Err(ErrorData::resource_not_found(message, None))
            }
        }
    }
}
