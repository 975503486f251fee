//! Connections: few, short, and none at another's cost.
//!
//! Each carries one request and is closed behind the reply. However slow or broken a client is,
//! its connection ends when its time is over.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
#[cfg(unix)]
use tokio::net::UnixListener;
use tokio::runtime::Builder;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{sleep, timeout};

use crate::cli::serve::listen::Socket;
use crate::cli::serve::routes::{BODY, Routes};

/// So many connections at once; others wait until one of these ends.
const CONNECTIONS: usize = 256;

/// How long is waited for a request's head.
const HEAD: Duration = Duration::from_secs(10);

/// How long a client may take to read the reply.
const REPLY: Duration = Duration::from_secs(10);

/// Longest head of a request, in bytes.
const LONGEST_HEAD: usize = 64 << 10;

/// A listener on the runtime.
enum Listener {
    Tcp(TcpListener),
    #[cfg(unix)]
    Unix(UnixListener),
}

/// Serves until it is told to stop, and what is in work then.
pub(super) fn serve(
    socket: Socket,
    routes: Routes,
    mut stopped: watch::Receiver<bool>,
) -> io::Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = match socket {
            Socket::Tcp(socket) => {
                socket.set_nonblocking(true)?;
                Listener::Tcp(TcpListener::from_std(socket)?)
            }
            #[cfg(unix)]
            Socket::Unix(socket) => {
                socket.set_nonblocking(true)?;
                Listener::Unix(UnixListener::from_std(socket)?)
            }
        };
        let graceful = Arc::new(GracefulShutdown::new());
        let accepting = tokio::spawn(accept(listener, Arc::new(routes), Arc::clone(&graceful)));
        // An error is that nobody can tell it any more.
        let _ = stopped.wait_for(|&stopped| stopped).await;
        accepting.abort();
        let _ = accepting.await;
        if let Some(graceful) = Arc::into_inner(graceful) {
            graceful.shutdown().await;
        }
        Ok(())
    })
}

/// Takes connections.
async fn accept(listener: Listener, routes: Arc<Routes>, graceful: Arc<GracefulShutdown>) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    while let Ok(place) = Arc::clone(&places).acquire_owned().await {
        let (routes, watcher) = (Arc::clone(&routes), graceful.watcher());
        let accepted = match &listener {
            Listener::Tcp(listener) => listener.accept().await.map(|(stream, _)| {
                tokio::spawn(connection(stream, routes, watcher, place));
            }),
            #[cfg(unix)]
            Listener::Unix(listener) => listener.accept().await.map(|(stream, _)| {
                tokio::spawn(connection(stream, routes, watcher, place));
            }),
        };
        if accepted.is_err() {
            // No file may be free; one will be.
            sleep(Duration::from_millis(100)).await;
        }
    }
}

/// Answers the request of one connection.
async fn connection<S: AsyncRead + AsyncWrite + Unpin + 'static>(
    stream: S,
    routes: Arc<Routes>,
    watcher: Watcher,
    place: OwnedSemaphorePermit,
) {
    // A body that is refused is read to its end, which takes as long again.
    let longest = HEAD + BODY + BODY + routes.timeout + REPLY;
    let service = service_fn(|request| {
        let routes = Arc::clone(&routes);
        async move { Ok::<_, Infallible>(routes.reply(request).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_buf_size(LONGEST_HEAD)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), service);
    // What went wrong with it is its client's matter.
    let _ = timeout(longest, watcher.watch(connection)).await;
    drop(place);
}
