//! The other end: a command that lets a running service answer.

use std::io;
use std::path::Path;

use anyhow::{Context, anyhow};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::handshake;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use minitag::service::{TagRequest, TagResponse};
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
#[cfg(unix)]
use tokio::net::UnixStream;
use tokio::runtime::{Builder, Runtime};

use crate::cli::failure::{Failure, wrong_usage};
use crate::cli::serve::guard::token;
use crate::cli::serve::listen::Address;

/// A running service.
#[derive(Debug)]
pub(crate) struct Client {
    address: Address,
    token: Option<String>,
    runtime: Runtime,
}

/// What came of a document.
pub(crate) enum Outcome {
    /// Its tags.
    Tagged(Box<TagResponse>),
    /// Why it has none; the next one may have some.
    Failed(String),
}

impl Client {
    /// The service at an address as `serve` prints it: `http://127.0.0.1:8787`, or the path of
    /// a socket.
    pub(crate) fn new(server: &str, token_file: Option<&Path>) -> Result<Self, Failure> {
        let plain = server.strip_prefix("http://").unwrap_or(server);
        if server.starts_with("https://") {
            let message = format!("`--server {server}` is not possible: there is no TLS");
            return Err(wrong_usage(message).hint("`http://` in its place"));
        }
        let is_path = plain == server;
        if !is_path && plain.trim_end_matches('/').contains('/') {
            let message = format!("`--server {server}` names a path, and the service has its own");
            return Err(
                wrong_usage(message).hint("`http://ADDRESS:PORT`, or the path of a Unix socket")
            );
        }
        let plain = if is_path {
            plain
        } else {
            plain.trim_end_matches('/')
        };
        let runtime = Builder::new_current_thread().enable_all().build();
        Ok(Self {
            address: Address::parse("server", plain)?,
            token: token_file.map(token).transpose()?,
            runtime: runtime
                .context("cannot use the network")
                .map_err(Failure::usage)?,
        })
    }

    /// Asks for the tags of a document.
    ///
    /// # Errors
    /// [`Failure`] if every other document would fail, too.
    pub(crate) fn tag(&self, request: &TagRequest) -> Result<Outcome, Failure> {
        let body = serde_json::to_vec(request).map_err(Failure::usage)?;
        let (status, body) = self
            .runtime
            .block_on(self.post("/v1/tags", body))
            .with_context(|| format!("cannot ask the service at `{}`", self.address))
            .map_err(|error| Failure::model(error).hint("`minitag serve` starts one"))?;
        if status == StatusCode::OK {
            let response = serde_json::from_slice(&body).map_err(|error| {
                let problem = anyhow!(error).context("what answers there is another program");
                Failure::usage(problem)
            })?;
            return Ok(Outcome::Tagged(response));
        }
        let problem = problem(&body).unwrap_or_else(|| format!("it answered `{status}`"));
        match status {
            // Of this document.
            StatusCode::UNPROCESSABLE_ENTITY
            | StatusCode::PAYLOAD_TOO_LARGE
            | StatusCode::GATEWAY_TIMEOUT
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::INTERNAL_SERVER_ERROR => Ok(Outcome::Failed(problem)),
            _ => {
                let address = &self.address;
                let message = anyhow!("the service at `{address}` refuses to answer: {problem}");
                Err(Failure::usage(message))
            }
        }
    }

    async fn post(&self, path: &str, body: Vec<u8>) -> anyhow::Result<(StatusCode, Bytes)> {
        let request = Request::post(path).header(CONTENT_TYPE, "application/json");
        let request = request.header(HOST, self.address.host());
        let request = match &self.token {
            Some(token) => request.header(AUTHORIZATION, format!("Bearer {token}")),
            None => request,
        };
        let request = request.body(Full::new(Bytes::from(body)))?;
        match &self.address {
            Address::Tcp(address) => send(TcpStream::connect(address).await?, request).await,
            #[cfg(unix)]
            Address::Unix(path) => send(UnixStream::connect(path).await?, request).await,
        }
    }
}

/// Sends a request over a connection of its own, and reads the reply.
async fn send<S>(stream: S, request: Request<Full<Bytes>>) -> anyhow::Result<(StatusCode, Bytes)>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, connection) = handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let reply = sender.send_request(request).await?;
    let status = reply.status();
    let body = reply
        .into_body()
        .collect()
        .await
        .map_err(io::Error::other)?;
    Ok((status, body.to_bytes()))
}

/// What a service says is wrong.
fn problem(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let detail = &body["detail"];
    let faults = detail.as_array().map(Vec::as_slice).unwrap_or_default();
    let said = faults.iter().filter_map(|fault| fault["msg"].as_str());
    let said = said.chain(detail["message"].as_str()).collect::<Vec<_>>();
    (!said.is_empty()).then(|| said.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_one_that_serve_prints() {
        for server in ["http://127.0.0.1:8787", "http://[::1]:9/", "localhost:1"] {
            assert!(Client::new(server, None).is_ok(), "{server}");
        }
        for server in ["https://127.0.0.1:8787", "example.org", "http://", ""] {
            assert!(Client::new(server, None).is_err(), "{server}");
        }
    }

    #[test]
    fn what_is_wrong_is_taken_from_either_kind_of_error() {
        let said = |body: &str| problem(body.as_bytes()).unwrap_or_default();
        assert_eq!(said(r#"{"detail":[{"msg":"a"},{"msg":"b"}]}"#), "a; b");
        assert_eq!(said(r#"{"detail":{"message":"c"}}"#), "c");
        assert_eq!(said("<html>"), "");
    }
}
