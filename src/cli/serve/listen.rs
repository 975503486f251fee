//! Where is listened: an address and port, or a Unix socket.

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
#[cfg(unix)]
use std::os::fd::{AsFd, OwnedFd};
#[cfg(unix)]
use std::os::unix::net::{UnixListener, UnixStream};
#[cfg(unix)]
use std::path::{Path, PathBuf};

use anyhow::anyhow;

use crate::cli::failure::{Failure, wrong_usage};

/// What an address looks like.
const AS_MEANT: &str =
    "such as `127.0.0.1:8787`, or the path of a Unix socket, such as `./minitag.sock`";

/// Where is listened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Address {
    /// An address and port.
    Tcp(SocketAddr),
    /// A Unix socket, for this user alone.
    #[cfg(unix)]
    Unix(PathBuf),
}

impl Address {
    /// Reads what is typed behind an option.
    pub(super) fn parse(option: &str, text: &str) -> Result<Self, Failure> {
        let port = |host: &str| {
            host.rsplit_once(':')
                .is_some_and(|(_, p)| p.parse::<u16>().is_ok())
        };
        if let Some((host, _)) = text.split_once('/')
            && (host.ends_with(':') || port(host))
        {
            let message = format!("`--{option} {text}` is no address with a port alone");
            return Err(wrong_usage(message).hint(AS_MEANT));
        }
        #[cfg(unix)]
        if text.contains('/') {
            return Ok(Self::Unix(text.into()));
        }
        let port = text.strip_prefix("localhost:");
        let port = port.and_then(|port| port.parse().ok());
        let local = port.map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
        let address = local.or_else(|| text.parse().ok());
        address.map(Self::Tcp).ok_or_else(|| {
            let message = format!("`--{option} {text}` is no address with a port");
            wrong_usage(message).hint(AS_MEANT)
        })
    }

    /// Removes what a Unix socket leaves behind.
    #[cfg(unix)]
    pub(super) fn remove(&self) {
        if let Self::Unix(path) = self {
            // If it is gone already, there is nothing to remove.
            let _ = std::fs::remove_file(path);
        }
    }

    /// Its name in a request.
    pub(super) fn host(&self) -> String {
        match self {
            Self::Tcp(address) => address.to_string(),
            #[cfg(unix)]
            Self::Unix(_) => "localhost".to_owned(),
        }
    }

    /// Whether only this machine can reach it.
    pub(super) fn is_local(&self) -> bool {
        match self {
            Self::Tcp(address) => address.ip().is_loopback(),
            #[cfg(unix)]
            Self::Unix(_) => true,
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => write!(f, "{address}"),
            #[cfg(unix)]
            Self::Unix(path) => write!(f, "{}", path.display()),
        }
    }
}

/// A socket that listens.
#[derive(Debug)]
pub(super) enum Socket {
    Tcp(TcpListener),
    #[cfg(unix)]
    Unix(UnixListener),
}

impl Socket {
    /// Begins to listen.
    pub(super) fn bind(address: &Address) -> Result<Self, Failure> {
        let socket = match address {
            Address::Tcp(address) => TcpListener::bind(address).map(Self::Tcp),
            #[cfg(unix)]
            Address::Unix(path) => bind_unix(path).map(Self::Unix),
        };
        socket.map_err(|error| cannot_listen(address, error))
    }

    /// The socket that the process which started this one listens on; it was given as stdout,
    /// where a service has nothing to write.
    #[cfg(unix)]
    pub(super) fn inherited(address: &Address) -> Result<Self, Failure> {
        let stdout = io::stdout();
        let socket = stdout.as_fd().try_clone_to_owned();
        let socket = socket.map_err(|error| cannot_listen(address, error))?;
        Ok(match address {
            Address::Tcp(_) => Self::Tcp(socket.into()),
            Address::Unix(_) => Self::Unix(socket.into()),
        })
    }

    /// The same socket, for a process to inherit.
    #[cfg(unix)]
    pub(super) fn to_inherit(&self) -> io::Result<OwnedFd> {
        Ok(match self {
            Self::Tcp(socket) => socket.try_clone()?.into(),
            Self::Unix(socket) => socket.try_clone()?.into(),
        })
    }

    /// Where a client finds it, which listens on this address.
    pub(super) fn place(&self, address: &Address) -> String {
        match self {
            // The port may have been chosen by the system.
            Self::Tcp(socket) => match socket.local_addr() {
                Ok(chosen) => format!("http://{chosen}"),
                Err(_) => format!("http://{address}"),
            },
            #[cfg(unix)]
            Self::Unix(_) => address.to_string(),
        }
    }
}

fn cannot_listen(address: &Address, error: io::Error) -> Failure {
    let failure = anyhow!(error).context(format!("cannot listen on `{address}`"));
    Failure::usage(failure)
}

/// A Unix socket that only this user can reach from the first moment on: it is made in a folder
/// of this user's and moved. One that nobody listens on any more is replaced.
#[cfg(unix)]
fn bind_unix(path: &Path) -> io::Result<UnixListener> {
    use std::os::unix::fs::{FileTypeExt, PermissionsExt};

    if let Ok(there) = path.symlink_metadata() {
        let problem = if !there.file_type().is_socket() {
            "there is a file, which is no socket"
        } else if UnixStream::connect(path).is_ok() {
            "another process listens there"
        } else {
            ""
        };
        if !problem.is_empty() {
            return Err(io::Error::new(io::ErrorKind::AddrInUse, problem));
        }
    }
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    let folder = folder.unwrap_or(Path::new("."));
    // Asked for here, an error names no path that the user did not name.
    folder.metadata()?;
    let private = tempfile::tempdir_in(folder)?;
    let made = private.path().join("s");
    let listener = UnixListener::bind(&made)?;
    std::fs::set_permissions(&made, std::fs::Permissions::from_mode(0o600))?;
    std::fs::rename(&made, path)?;
    Ok(listener)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_local_or_not() {
        for (text, is_local) in [
            ("127.0.0.1:80", true),
            ("localhost:8787", true),
            ("[::1]:9", true),
            ("0.0.0.0:80", false),
            ("[::]:80", false),
            ("192.168.1.2:80", false),
        ] {
            let address = Address::parse("listen", text).unwrap();
            assert_eq!(address.is_local(), is_local, "{text}");
        }
        for text in ["80", "localhost", "example.org:80", "127.0.0.1", ""] {
            assert!(Address::parse("listen", text).is_err(), "{text}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_unix_socket_is_the_users_own() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.sock");
        let listener = bind_unix(&path).unwrap();
        let mode = path.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert!(UnixStream::connect(&path).is_ok());
        let error = bind_unix(&path).unwrap_err();
        assert_eq!(error.to_string(), "another process listens there");
        drop(listener);
        assert!(bind_unix(&path).is_ok());
        let file = folder.path().join("file");
        std::fs::write(&file, "mine").unwrap();
        assert!(bind_unix(&file).is_err());
        assert_eq!(std::fs::read(&file).unwrap(), b"mine");
    }
}
