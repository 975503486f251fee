//! What is sent back: JSON, for errors too.

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use hyper::{Response, StatusCode};
use minitag::classifier::ClassifyError;
use minitag::service::{DecideError, Fault};
use serde::Serialize;
use serde_json::json;

/// What is sent back.
pub(super) type Reply = Response<Full<Bytes>>;

/// JSON with a status.
pub(super) fn json(status: StatusCode, value: &impl Serialize) -> Reply {
    // Texts and numbers: there is nothing that could fail.
    let body = serde_json::to_vec(value).unwrap_or_default();
    with_type(status, "application/json", body)
}

/// A body of a media type.
pub(super) fn with_type(status: StatusCode, media: &'static str, body: impl Into<Bytes>) -> Reply {
    let mut reply = Response::new(Full::new(body.into()));
    *reply.status_mut() = status;
    let headers = reply.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media));
    reply
}

/// Why a request is not answered.
#[derive(Debug)]
pub(super) enum Refusal {
    /// What is wrong with its body.
    Invalid(Vec<Fault>),
    /// Anything else.
    Error {
        status: StatusCode,
        /// One word for programs.
        kind: &'static str,
        /// One sentence for people.
        message: String,
        /// A header that goes with it.
        header: Option<(HeaderName, &'static str)>,
    },
}

impl Refusal {
    fn error(status: StatusCode, kind: &'static str, message: impl Into<String>) -> Self {
        Self::Error {
            status,
            kind,
            message: message.into(),
            header: None,
        }
    }

    fn with(self, name: HeaderName, value: &'static str) -> Self {
        match self {
            Self::Error {
                status,
                kind,
                message,
                ..
            } => Self::Error {
                status,
                kind,
                message,
                header: Some((name, value)),
            },
            other @ Self::Invalid(_) => other,
        }
    }

    /// Whoever asks may not.
    pub(super) fn forbidden(message: &str) -> Self {
        Self::error(StatusCode::FORBIDDEN, "permission_error", message)
    }

    /// Whoever asks does not show that they may.
    pub(super) fn unauthorized(message: &str) -> Self {
        let error = Self::error(StatusCode::UNAUTHORIZED, "authentication_error", message);
        error.with(WWW_AUTHENTICATE, "Bearer")
    }

    /// There is nothing there.
    pub(super) fn not_found(message: String) -> Self {
        Self::error(StatusCode::NOT_FOUND, "not_found", message)
    }

    /// There is something there, for another method.
    pub(super) fn not_allowed(method: &'static str) -> Self {
        let message = format!("only {method} is possible here");
        let error = Self::error(
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_allowed",
            message,
        );
        error.with(ALLOW, method)
    }

    /// The body is longer than allowed.
    pub(super) fn too_large(message: String) -> Self {
        Self::error(StatusCode::PAYLOAD_TOO_LARGE, "request_too_large", message)
    }

    /// The body is damaged.
    pub(super) fn unreadable(message: &str) -> Self {
        Self::error(StatusCode::BAD_REQUEST, "api_usage_error", message)
    }

    /// The body is packed with something else.
    pub(super) fn packed() -> Self {
        let message = "the body has to be sent as it is, or with `Content-Encoding: zstd`";
        Self::error(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "api_usage_error",
            message,
        )
    }

    /// The body did not come.
    pub(super) fn incomplete(message: &str) -> Self {
        Self::error(StatusCode::REQUEST_TIMEOUT, "timeout", message)
    }

    /// There is no place in the queue.
    pub(super) fn busy() -> Self {
        let message = "too many requests wait already";
        let error = Self::error(StatusCode::SERVICE_UNAVAILABLE, "overloaded_error", message);
        error.with(RETRY_AFTER, "1")
    }

    /// The time is over.
    pub(super) fn timed_out() -> Self {
        let message = "the time limit was over";
        Self::error(StatusCode::GATEWAY_TIMEOUT, "timeout", message)
    }

    /// It is not the request's fault.
    pub(super) fn internal(message: impl Into<String>) -> Self {
        Self::error(StatusCode::INTERNAL_SERVER_ERROR, "internal_error", message)
    }

    /// What a question's error means.
    pub(super) fn of(id: &str, error: &DecideError) -> Self {
        let asked = |fault: Fault| fault.within(id).within("questions");
        Self::of_either(&asked, "state", error)
    }

    /// What an error of a document to tag means.
    pub(super) fn of_tags(error: &DecideError) -> Self {
        Self::of_either(&|fault: Fault| fault.within("tags"), "text", error)
    }

    /// What an error means; `asked` is the place of what is asked, `about` that of the text.
    fn of_either(asked: &dyn Fn(Fault) -> Fault, about: &str, error: &DecideError) -> Self {
        let invalid = |fault: Fault| Self::Invalid(vec![fault]);
        match (error, error.kind()) {
            (DecideError::Question(error), _) => invalid(asked(error.clone())),
            (_, "question") => invalid(asked(Fault::new("value_error", error.to_string()))),
            (_, "empty") => {
                invalid(Fault::new("value_error", "there is no text in it").within(about))
            }
            (DecideError::Classify(ClassifyError::LongList { .. }), _) | (_, "too_long") => {
                Self::too_large(error.to_string())
            }
            (_, "timeout") => Self::timed_out(),
            _ => Self::internal(error.to_string()),
        }
    }
}

impl From<Refusal> for Reply {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Invalid(faults) => json(
                StatusCode::UNPROCESSABLE_ENTITY,
                &json!({ "detail": faults }),
            ),
            Refusal::Error {
                status,
                kind,
                message,
                header,
            } => {
                let detail = json!({ "error_type": kind, "message": message });
                let mut reply = json(status, &json!({ "detail": detail }));
                if let Some((name, value)) = header {
                    let headers = reply.headers_mut();
                    headers.insert(name, HeaderValue::from_static(value));
                }
                reply
            }
        }
    }
}
