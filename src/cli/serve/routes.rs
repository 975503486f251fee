//! What is asked for, and what is answered.

use std::fs::Metadata;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError};
use std::time::{Duration, Instant, SystemTime};

use http_body_util::BodyExt;
use hyper::body::{Body, Bytes, Incoming};
use hyper::header::CONTENT_ENCODING;
use hyper::{Method, Request, StatusCode};
use minitag::engine::Limit;
use minitag::engine::llama::Model;
use minitag::service::{self, Response, TagRequest, TagResponse};
use serde_json::json;
use tokio::sync::oneshot;
use tokio::time::{timeout, timeout_at};

use crate::cli::serve::guard::Guard;
use crate::cli::serve::metrics::Metrics;
use crate::cli::serve::packed;
use crate::cli::serve::reply::{Refusal, Reply, json, with_type};
use crate::cli::serve::work::{Asked, Job, Said};

/// How long is waited for a request's body.
pub(super) const BODY: Duration = Duration::from_secs(10);

/// How much of a body is read that is not wanted, so that its sender reads the reply.
const UNWANTED: usize = 64 << 20;

/// The name under which clients ask for whatever model there is.
const ANY_MODEL: &str = "jev-latest";

/// Everything that a request is answered with.
#[derive(Debug)]
pub(super) struct Routes {
    pub(super) guard: Guard,
    pub(super) served: Served,
    pub(super) jobs: SyncSender<Job>,
    pub(super) max_body: usize,
    pub(super) timeout: Duration,
    pub(super) metrics: Arc<Metrics>,
}

/// The model that answers.
#[derive(Debug)]
pub(super) struct Served {
    /// What its file is called.
    name: String,
    /// What it was asked for as.
    alias: Option<String>,
    /// The adapters on it.
    lora: Vec<String>,
    /// The day its file is of.
    date: String,
}

impl Served {
    /// A loaded model.
    pub(super) fn new(name: String, named: Option<&Path>, model: &Model) -> Self {
        let changed = model
            .path()
            .metadata()
            .and_then(|file| Metadata::modified(&file));
        Self {
            name,
            alias: named.map(|name| name.display().to_string()),
            lora: model.loras().iter().map(ToString::to_string).collect(),
            date: date(changed.unwrap_or(SystemTime::UNIX_EPOCH)),
        }
    }

    /// Whether a client means this one.
    fn is_meant(&self, name: &str) -> bool {
        name == ANY_MODEL || name == self.name || self.alias.as_deref() == Some(name)
    }
}

/// Tells the model's thread that nobody waits any more.
struct Waiting(Arc<AtomicBool>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Routes {
    /// Answers a request.
    pub(super) async fn reply(&self, request: Request<Incoming>) -> Reply {
        let reply = self.route(request).await.unwrap_or_else(Reply::from);
        self.metrics.replied(reply.status().as_u16());
        reply
    }

    async fn route(&self, request: Request<Incoming>) -> Result<Reply, Refusal> {
        let (head, body) = request.into_parts();
        let path = head.uri.path();
        let method = match path {
            "/v1/systemone" | "/v1/tags" => Method::POST,
            _ => Method::GET,
        };
        let is_open = path == "/health";
        let checked = if is_open {
            Ok(())
        } else {
            self.guard.check(&head.headers)
        };
        let checked = checked.and_then(|()| match path {
            "/v1/systemone" | "/v1/tags" | "/v1/models" | "/health" | "/metrics" => Ok(()),
            other => Err(Refusal::not_found(format!("there is nothing at `{other}`"))),
        });
        let checked = checked.and_then(|()| match &method {
            method if head.method == *method => Ok(()),
            &Method::POST => Err(Refusal::not_allowed("POST")),
            _ => Err(Refusal::not_allowed("GET")),
        });
        let coding = head.headers.get(CONTENT_ENCODING);
        let is_packed = coding.is_some_and(|coding| coding == "zstd");
        let checked = checked.and_then(|()| match coding {
            Some(coding) if !is_packed && coding != "identity" => Err(Refusal::packed()),
            _ => Ok(()),
        });
        let body = match checked {
            Ok(()) => self.read(body).await?,
            Err(refusal) => {
                drain(body).await;
                return Err(refusal);
            }
        };
        let body = if is_packed {
            guarded(|| packed::unpack(&body, self.max_body))??
        } else {
            body
        };
        match path {
            "/v1/systemone" => self.system_one(&body).await,
            "/v1/tags" => self.tags(&body).await,
            "/v1/models" => Ok(self.models()),
            "/metrics" => {
                let media = "text/plain; version=0.0.4; charset=utf-8";
                Ok(with_type(StatusCode::OK, media, self.metrics.to_text()))
            }
            _ => {
                let waiting = self.metrics.waiting.load(Ordering::Relaxed);
                let health = json!({"status": "ok", "model": self.served.name, "waiting": waiting});
                Ok(json(StatusCode::OK, &health))
            }
        }
    }

    /// Reads a body that comes in time and is not too long.
    async fn read(&self, mut body: Incoming) -> Result<Vec<u8>, Refusal> {
        let most = self.max_body;
        let too_large = || Refusal::too_large(format!("the body is longer than {most} bytes"));
        if body.size_hint().lower() > most as u64 {
            drain(body).await;
            return Err(too_large());
        }
        let read = async {
            let mut bytes = Vec::new();
            while let Some(frame) = body.frame().await {
                let frame =
                    frame.map_err(|_| Refusal::unreadable("the body cannot be read to its end"))?;
                let Some(data) = frame.data_ref() else {
                    continue;
                };
                if bytes.len() + data.len() > most {
                    return Ok(None);
                }
                bytes.extend_from_slice(data);
            }
            Ok(Some(bytes))
        };
        match timeout(BODY, read).await {
            Ok(Ok(Some(bytes))) => Ok(bytes),
            Ok(Ok(None)) => {
                drain(body).await;
                Err(too_large())
            }
            Ok(Err(refusal)) => Err(refusal),
            Err(_) => Err(Refusal::incomplete("the body did not come in time")),
        }
    }

    fn models(&self) -> Reply {
        let Served {
            name, alias, date, ..
        } = &self.served;
        let description = format!("{name}, on this machine (minitag)");
        let mut names = vec![ANY_MODEL, name];
        names.extend(alias.as_deref().filter(|alias| alias != name));
        let models: Vec<_> = names
            .into_iter()
            .map(|name| json!({"name": name, "description": description, "release_date": date}))
            .collect();
        json(StatusCode::OK, &json!({ "models": models }))
    }

    async fn system_one(&self, body: &[u8]) -> Result<Reply, Refusal> {
        let request = guarded(|| service::Request::read(body))?;
        let request = request.map_err(Refusal::Invalid)?;
        if let Some(name) = request.model.filter(|name| !self.served.is_meant(name)) {
            let served = &self.served.name;
            let message = format!("the model `{name}` is not served; `{served}` is");
            return Err(Refusal::not_found(message));
        }
        let (state, questions) = (request.state, request.questions);
        let Said::Answers(answered) = self.ask(Asked::Questions { state, questions }).await? else {
            return Err(Refusal::internal("the answer is to something else"));
        };
        let response = Response {
            model: self.served.name.clone(),
            answers: answered.answers,
            usage: answered.usage,
        };
        Ok(json(StatusCode::OK, &response))
    }

    async fn tags(&self, body: &[u8]) -> Result<Reply, Refusal> {
        let request = guarded(|| TagRequest::read(body))?;
        let request = request.map_err(|fault| Refusal::Invalid(vec![fault]))?;
        let Said::Tags(tagged) = self.ask(Asked::Tags(Box::new(request))).await? else {
            return Err(Refusal::internal("the answer is to something else"));
        };
        let response = TagResponse {
            model: self.served.name.clone(),
            lora: self.served.lora.clone(),
            tokens: tagged.tokens,
            left_out: tagged.left_out,
            answer: tagged.answer,
        };
        Ok(json(StatusCode::OK, &response))
    }

    /// Puts something to the model, and waits for what it says.
    async fn ask(&self, asked: Asked) -> Result<Said, Refusal> {
        let waiting = Waiting(Arc::default());
        let deadline = Instant::now() + self.timeout;
        let (reply, answered) = oneshot::channel();
        let job = Job {
            asked,
            limit: Limit {
                deadline: Some(deadline),
                cancelled: Some(Arc::clone(&waiting.0)),
            },
            reply,
        };
        // Before it can be done.
        self.metrics.waiting.fetch_add(1, Ordering::Relaxed);
        self.jobs.try_send(job).map_err(|error| {
            self.metrics.waiting.fetch_sub(1, Ordering::Relaxed);
            match error {
                TrySendError::Full(_) => Refusal::busy(),
                TrySendError::Disconnected(_) => Refusal::internal("the model cannot be used"),
            }
        })?;
        let answered = timeout_at(deadline.into(), answered).await;
        let answered = answered.map_err(|_| Refusal::timed_out())?;
        answered.map_err(|_| Refusal::internal("the model cannot be used"))?
    }
}

/// A panic costs one request its answer.
fn guarded<T>(read: impl FnOnce() -> T) -> Result<T, Refusal> {
    let read = catch_unwind(AssertUnwindSafe(read));
    read.map_err(|_| Refusal::internal("this request ended in a panic"))
}

/// Reads what is not wanted. A sender that is cut off in the middle would not see the reply.
async fn drain(mut body: Incoming) {
    let read = async {
        let mut bytes = 0;
        while let Some(Ok(frame)) = body.frame().await {
            bytes += frame.data_ref().map_or(0, Bytes::len);
            if bytes > UNWANTED {
                return;
            }
        }
    };
    // A sender that takes longer has had its time.
    let _ = timeout(BODY, read).await;
}

/// The day of a moment, in UTC: `2026-09-15`. (Howard Hinnant's `civil_from_days`.)
fn date(time: SystemTime) -> String {
    let since = time.duration_since(SystemTime::UNIX_EPOCH);
    let days = since.unwrap_or_default().as_secs() / 86_400 + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = era * 400 + year + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        for (seconds, day) in [
            (0, "1970-01-01"),
            (951_782_400, "2000-02-29"),
            (1_709_251_199, "2024-02-29"),
            (1_709_251_200, "2024-03-01"),
            (1_798_761_599, "2026-12-31"),
        ] {
            let time = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
            assert_eq!(date(time), day);
        }
    }
}
