//! Who may ask: on this machine everybody but web pages, elsewhere who has the token.
//!
//! A page in a browser can send requests to this machine, under its own name or (after its
//! name server lied) under ours. Browsers say where a page comes from (`Origin`) and whom they
//! think they talk to (`Host`).

use std::net::IpAddr;
use std::path::Path;

use anyhow::{Context, anyhow};
use hyper::HeaderMap;
use hyper::header::{AUTHORIZATION, HOST, HeaderName, ORIGIN};

use crate::cli::failure::{Failure, wrong_usage};
use crate::cli::serve::listen::Address;
use crate::cli::serve::reply::Refusal;

/// A shorter token can be guessed.
const SHORTEST: usize = 16;

/// Who may ask.
#[derive(Debug)]
pub(super) struct Guard {
    token: Option<String>,
    /// Whether names of this machine alone are ours.
    is_local: bool,
}

impl Guard {
    /// Reads the token, which an address that others can reach needs.
    pub(super) fn new(address: &Address, token_file: Option<&Path>) -> Result<Self, Failure> {
        let Some(path) = token_file else {
            if !address.is_local() {
                let message = format!("`--listen {address}` can be reached from other machines");
                return Err(wrong_usage(message).hint(
                    "`--token-file FILE` lets in only who has the token in it; `127.0.0.1` is this machine alone",
                ));
            }
            return Ok(Self {
                token: None,
                is_local: matches!(address, Address::Tcp(_)),
            });
        };
        Ok(Self {
            token: Some(token(path)?),
            is_local: false,
        })
    }

    /// Refuses who may not ask.
    pub(super) fn check(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let header = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or(""));
        if let Some(origin) = header(ORIGIN)
            && !origin
                .split_once("://")
                .is_some_and(|(_, host)| is_here(host))
        {
            return Err(Refusal::forbidden("web pages may not ask"));
        }
        if let Some(host) = header(HOST)
            && self.is_local
            && !is_here(host)
        {
            return Err(Refusal::forbidden("this is `localhost`, and nothing else"));
        }
        let Some(token) = &self.token else {
            return Ok(());
        };
        let given = header(AUTHORIZATION).and_then(|value| value.split_once(' '));
        match given {
            Some((scheme, given)) if scheme.eq_ignore_ascii_case("bearer") => {
                if is_same(given.trim(), token) {
                    Ok(())
                } else {
                    Err(Refusal::unauthorized("the token is another"))
                }
            }
            _ => Err(Refusal::unauthorized(
                "a token is needed: `Authorization: Bearer TOKEN`",
            )),
        }
    }
}

/// Reads the token in a file.
pub(super) fn token(path: &Path) -> Result<String, Failure> {
    let shown = path.display();
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read `{shown}`"))
        .map_err(Failure::usage)?;
    let token = text.trim();
    let is_plain = token.bytes().all(|byte| byte.is_ascii_graphic());
    if token.len() < SHORTEST || !is_plain {
        let problem = anyhow!(
            "`{shown}` has no token: expected a line of {SHORTEST} or more characters of ASCII, without spaces"
        );
        return Err(Failure::usage(problem)
            .hint("`openssl rand -hex 32 > FILE` makes one; `--token-file FILE`"));
    }
    Ok(token.to_owned())
}

/// Whether a host, with its port, is this machine.
fn is_here(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let address = name.trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost")
        || address
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

/// Compares in a time that does not tell where the difference is.
fn is_same(given: &str, token: &str) -> bool {
    let pairs = given.bytes().zip(token.bytes());
    let difference = pairs.fold(0, |difference, (a, b)| difference | (a ^ b));
    given.len() == token.len() && difference == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_has_few_names() {
        for host in [
            "localhost",
            "localhost:1",
            "LOCALHOST",
            "127.0.0.1:8787",
            "127.9.9.9",
            "[::1]:80",
            "[::1]",
        ] {
            assert!(is_here(host), "{host}");
        }
        for host in [
            "",
            "example.org",
            "localhost.example.org:80",
            "192.168.0.1:1",
            "[::2]:80",
            "127.0.0.1.example.org",
        ] {
            assert!(!is_here(host), "{host}");
        }
    }

    #[test]
    fn a_token_is_the_same_or_not() {
        assert!(is_same("abcd", "abcd"));
        for other in ["", "abc", "abcde", "abcx"] {
            assert!(!is_same(other, "abcd"), "{other}");
        }
    }

    #[test]
    fn other_machines_need_a_token() {
        let address = |text: &str| Address::parse("listen", text).unwrap();
        assert!(Guard::new(&address("0.0.0.0:1"), None).is_err());
        assert!(Guard::new(&address("127.0.0.1:1"), None).is_ok());
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        for (text, is_token) in [
            ("short\n", false),
            ("0123456789abcdef\n", true),
            ("0123456789 abcdef", false),
        ] {
            std::fs::write(&path, text).unwrap();
            let guard = Guard::new(&address("0.0.0.0:1"), Some(&path));
            assert_eq!(guard.is_ok(), is_token, "{text}");
        }
    }
}
