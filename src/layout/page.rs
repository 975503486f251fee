//! A page of HTML that needs nothing else: no script, no network.
//!
//! Light or dark as the reader's system is, and readable on a phone.

use maud::{DOCTYPE, Markup, PreEscaped, html};

/// What all pages have: colours, headings, cards, tables.
const STYLE: &str = include_str!("style.css");

/// Whatever a document may hold, a browser loads and runs nothing for this page.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

/// The whole page; `style` is what it has beside the common one.
#[must_use]
pub fn page(title: &str, style: &str, body: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                title { (title) }
                style { (PreEscaped(STYLE)) (PreEscaped(style)) }
            }
            body { (body) }
        }
    };
    page.into_string()
}
