//! A hub in the test: HTTP on the loopback interface, and nothing else of HTTP than the
//! hub's routes need.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// The certificate of 127.0.0.1 until 2120, and its key, which protects nothing.
const CERTIFICATE: &[u8] = include_bytes!("../fixtures/hub.der");
const KEY: &[u8] = include_bytes!("../fixtures/hub-key.der");

/// What was asked.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: BTreeMap<String, String>,
}

impl Request {
    /// Where the range asked for begins.
    pub(crate) fn from(&self) -> usize {
        let range = self.headers.get("range");
        range.map_or(0, |range| {
            let from = range.strip_prefix("bytes=").unwrap();
            from.strip_suffix('-').unwrap().parse().unwrap()
        })
    }
}

/// What is answered.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
    /// The connection breaks after so many bytes of the body.
    pub(crate) cut_after: Option<usize>,
}

impl Answer {
    pub(crate) fn status(status: u16) -> Self {
        Self {
            status,
            ..Self::default()
        }
    }

    pub(crate) fn header(mut self, name: &'static str, value: &(impl ToString + ?Sized)) -> Self {
        self.headers.push((name, value.to_string()));
        self
    }

    pub(crate) fn body(mut self, body: &[u8]) -> Self {
        self.body = body.to_vec();
        self
    }

    pub(crate) fn cut_after(mut self, bytes: usize) -> Self {
        self.cut_after = Some(bytes);
        self
    }
}

/// A running server; it ends with the test's process.
pub(crate) struct Server {
    pub(crate) address: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    /// Answers each request with what `answer` makes of it and of those before it.
    pub(crate) fn start(
        answer: impl FnMut(&Request, &[Request]) -> Answer + Send + 'static,
    ) -> Self {
        Self::over(None, answer)
    }

    /// The same over TLS, with a certificate that `fixtures/hub-ca.pem` vouches for.
    pub(crate) fn start_tls(
        answer: impl FnMut(&Request, &[Request]) -> Answer + Send + 'static,
    ) -> Self {
        let certificates = vec![CertificateDer::from(CERTIFICATE)];
        let key = PrivateKeyDer::try_from(KEY).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(certificates, key);
        Self::over(Some(Arc::new(config.unwrap())), answer)
    }

    fn over(
        tls: Option<Arc<ServerConfig>>,
        mut answer: impl FnMut(&Request, &[Request]) -> Answer + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let address = format!("{scheme}://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&requests);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let stream = stream.unwrap();
                let mut stream: Box<dyn Stream> = match &tls {
                    Some(config) => {
                        let connection = ServerConnection::new(Arc::clone(config));
                        Box::new(StreamOwned::new(connection.unwrap(), stream))
                    }
                    None => Box::new(stream),
                };
                let Some(mut request) = read(&mut stream) else {
                    continue;
                };
                let mut log = log.lock().unwrap();
                // As a proxy it is its own destination.
                if request.method == "CONNECT" {
                    log.push(request);
                    write!(stream, "HTTP/1.1 200 x\r\n\r\n").unwrap();
                    request = read(&mut stream).unwrap();
                }
                let reply = answer(&request, &log);
                log.push(request.clone());
                drop(log);
                // Whoever asked may have gone away.
                let _ = write(&mut stream, &request, &reply);
            }
        });
        Self { address, requests }
    }

    /// What was asked so far.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

/// A connection, over TLS or not.
trait Stream: Read + Write {}

impl<S: Read + Write> Stream for S {}

fn read(stream: &mut impl Read) -> Option<Request> {
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    let first = lines.next()?;
    let mut words = first.split(' ').map(str::to_owned);
    let (method, path) = (words.next()?, words.next()?);
    let lines = lines.take_while(|line| !line.is_empty());
    let headers = lines.filter_map(|line| {
        let (name, value) = line.split_once(": ")?;
        Some((name.to_lowercase(), value.to_owned()))
    });
    let headers = headers.collect();
    Some(Request {
        method,
        path,
        headers,
    })
}

fn write(stream: &mut impl Write, request: &Request, answer: &Answer) -> std::io::Result<()> {
    write!(
        stream,
        "HTTP/1.1 {} x\r\nconnection: close\r\n",
        answer.status
    )?;
    for (name, value) in &answer.headers {
        write!(stream, "{name}: {value}\r\n")?;
    }
    let named = answer
        .headers
        .iter()
        .any(|(name, _)| *name == "content-length");
    if !named {
        write!(stream, "content-length: {}\r\n", answer.body.len())?;
    }
    write!(stream, "\r\n")?;
    if request.method != "HEAD" {
        let end = answer.cut_after.unwrap_or(answer.body.len());
        stream.write_all(&answer.body[..end.min(answer.body.len())])?;
    }
    stream.flush()
}
