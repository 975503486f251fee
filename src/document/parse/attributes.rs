//! What tags say that is not shown: texts and addresses in attributes, and names that mean
//! nothing in HTML, which somebody may have meant to be read.

use std::collections::HashSet;
use std::sync::LazyLock;

use html5gum::StartTag;

use crate::document::parse::builder::Builder;
use crate::document::piece::Reason;
use crate::document::words::{HTML, is_element, listed};

static ADDRESSES: LazyLock<HashSet<&str>> = LazyLock::new(|| set("address"));
static TEXTS: LazyLock<HashSet<&str>> = LazyLock::new(|| set("text"));
static LOOKS: LazyLock<HashSet<&str>> = LazyLock::new(|| set("look"));

fn set(key: &str) -> HashSet<&'static str> {
    listed(HTML, key).into_iter().collect()
}

/// How names of attributes begin that scripts look at.
const MADE_UP: [&str; 10] = [
    "*ng", "data-", "on", "v-", "ng-", "x-", "hx-", "accept-", "xml:", "xlink:",
];

/// Notes the name of an element that there is none of.
pub(super) fn lose_name(name: &str, builder: &mut Builder) {
    if !is_element(name) {
        builder.lose(Reason::Markup, name);
    }
}

/// Notes the text and the addresses in a tag, but for the attributes that are shown.
pub(super) fn lose_attributes(tag: &StartTag<usize>, used: &[&str], builder: &mut Builder) {
    let is_meta = tag.name.as_slice() == b"meta";
    for (name, value) in &tag.attributes {
        let name = String::from_utf8_lossy(name);
        let name = &*name;
        if used.contains(&name) {
            continue;
        }
        let is_made_up = MADE_UP.iter().any(|prefix| name.starts_with(prefix));
        let reason = if ADDRESSES.contains(name) {
            Reason::Address
        } else if is_meta && name == "content" {
            Reason::Metadata
        } else if TEXTS.contains(name) || name.starts_with("aria-") {
            Reason::Hidden
        } else if LOOKS.contains(name) || is_made_up {
            // A quotation mark that is missing makes a value of text.
            if !value.contains(&b'<') {
                continue;
            }
            Reason::Markup
        } else {
            builder.lose(Reason::Markup, name);
            Reason::Markup
        };
        builder.lose(reason, &String::from_utf8_lossy(value));
    }
}
