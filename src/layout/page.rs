//! A page of HTML that needs nothing else: no other file, no network.
//!
//! Light or dark as the reader's system is, and readable on a phone.

use base64::prelude::{BASE64_STANDARD, Engine};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

/// What all pages have: colours, headings, cards, tables.
const STYLE: &str = include_str!("style.css");

/// Whatever a document may hold, a browser loads and runs nothing for this page.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

/// What pages are known by.
const GENERATOR: &str = r#"<meta name="generator" content="minitag">"#;

/// The whole page, without a script; `style` is what it has beside the common one.
#[must_use]
pub fn page(title: &str, style: &str, body: &Markup) -> String {
    whole(title, style, POLICY, body)
}

/// The whole page with a script of the program's own. The browser runs this one and no other.
#[must_use]
pub fn page_with_script(title: &str, style: &str, script: &str, body: &Markup) -> String {
    let hash = BASE64_STANDARD.encode(Sha256::digest(script));
    let policy = format!(
        "{POLICY}; script-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'; \
         require-trusted-types-for 'script'"
    );
    let body = html! { (body) script { (PreEscaped(script)) } };
    whole(title, style, &policy, &body)
}

/// Whether a text begins as a page of this program does.
#[must_use]
pub fn is_page(text: &str) -> bool {
    text.contains(GENERATOR)
}

fn whole(title: &str, style: &str, policy: &str, body: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta http-equiv="Content-Security-Policy" content=(policy);
                (PreEscaped(GENERATOR))
                title { (title) }
                style { (PreEscaped(STYLE)) (PreEscaped(style)) }
            }
            body { (body) }
        }
    };
    page.into_string()
}
