//! The page on which a person corrects answers: documents, lists and ids are in it as data,
//! which the script shows as text.

use maud::{Markup, PreEscaped, html};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::layout;
use crate::review::choose::Shown;
use crate::tags::TagSet;

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// So many other tags stand below those that were given; the rest is in the list of all.
const OTHERS: usize = 8;

/// What the page is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageOptions<'a> {
    /// What the output is called.
    pub name: &'a str,
    /// How many tags a document may have.
    pub max_tags: usize,
}

/// What the script is given. A list of numbers instead of names keeps it small: the tags are in
/// it once.
#[derive(Serialize)]
struct Data<'a> {
    /// Under which the browser keeps what was reviewed.
    key: String,
    max_tags: usize,
    tags: Vec<TagData<'a>>,
    documents: Vec<DocumentData<'a>>,
}

#[derive(Serialize)]
struct TagData<'a> {
    /// The id as JSON, so that no digit of a long number is lost in the browser.
    id: &'a str,
    label: &'a str,
    about: Option<&'a str>,
}

#[derive(Serialize)]
struct DocumentData<'a> {
    /// The id as JSON.
    id: &'a str,
    name: &'a str,
    text: &'a str,
    given: &'a [usize],
    scores: Vec<f64>,
    others: Vec<(usize, f64)>,
    alike: usize,
}

/// The page. What it saves, [`read_corrections`](crate::review::read_corrections) reads.
#[must_use]
pub fn page(shown: &[Shown], tags: &TagSet, options: PageOptions) -> String {
    let title = format!("{} to review", options.name);
    let body = html! {
        (bar(shown.len()))
        main {
            noscript { p.card { "This page needs JavaScript, which this browser does not run." } }
            (document(tags.len(), options.max_tags))
            details.card #overview { summary { "All documents" } ol #list {} }
            (keys())
        }
        footer {
            p {
                "What you review stays in this browser until you save it. Nothing is sent anywhere. "
                "Put it in with " code { "minitag review " (options.name) " --apply reviewed.jsonl" }
                ". Written by minitag " (env!("CARGO_PKG_VERSION")) "."
            }
        }
        script #data type="application/json" { (PreEscaped(data(shown, tags, options.max_tags))) }
    };
    layout::page_with_script(&title, STYLE, SCRIPT, &body)
}

/// What stays at the top.
fn bar(documents: usize) -> Markup {
    html! {
        header.bar {
            div.progress {
                p #progress role="status" { "0 of " (documents) " reviewed" }
                progress #done max=(documents.max(1)) value="0" aria-labelledby="progress" {}
            }
            button #save type="button" disabled { "Save" }
        }
    }
}

/// The frame that the script fills with one document after the other.
fn document(tags: usize, max_tags: usize) -> Markup {
    html! {
        article.card #document hidden {
            p.kicker #position {}
            h1 #name tabindex="-1" {}
            div #text {}
            p.soft #alike hidden {}
            fieldset {
                legend { "Tags" span.soft { " at most " (max_tags) } }
                div #tags {}
                p #problem role="alert" {}
                details #all {
                    summary { "All " (tags) " tags" }
                    input #find type="search" placeholder="Filter" aria-label="Filter the tags" autocomplete="off";
                    div #found {}
                }
            }
            div.actions {
                button #previous type="button" aria-label="Previous" { "←" span.word { " Previous" } }
                label { input #reviewed type="checkbox"; " reviewed" }
                button.main #right type="button" { "Right, next →" }
            }
        }
    }
}

fn keys() -> Markup {
    let keys = [
        ("1 … 9", "give or take away the tag with this number"),
        (
            "Enter",
            "the tags are right: on to the next document that is not reviewed",
        ),
        ("← →", "previous and next document, also P and N"),
        ("U", "not reviewed after all, the tags as they were"),
        (
            "/",
            "filter all tags; then Enter gives the first, Escape leaves",
        ),
        ("S", "save what was reviewed"),
    ];
    html! {
        details.card {
            summary { "Keys" }
            dl { @for (key, what) in keys { dt { kbd { (key) } } dd { (what) } } }
        }
    }
}

/// The data as JSON that ends no element.
fn data(shown: &[Shown], tags: &TagSet, max_tags: usize) -> String {
    let mut data = Data {
        key: String::new(),
        max_tags,
        tags: tags
            .iter()
            .map(|tag| TagData {
                id: tag.id.as_json(),
                label: tag.name.trim(),
                about: tag.description.as_deref(),
            })
            .collect(),
        documents: shown
            .iter()
            .map(
                |Shown {
                     tagged,
                     excerpt,
                     alike,
                 }| DocumentData {
                    id: &tagged.literal,
                    name: &tagged.id,
                    text: excerpt,
                    given: &tagged.tags,
                    scores: tagged.scores.iter().map(|&p| rounded(p)).collect(),
                    others: tagged
                        .others
                        .iter()
                        .take(OTHERS)
                        .map(|&(tag, p)| (tag, rounded(p)))
                        .collect(),
                    alike: *alike,
                },
            )
            .collect(),
    };
    // Texts and numbers: there is nothing that could fail.
    let json = |data: &Data| serde_json::to_string(data).unwrap_or_default();
    let hash = Sha256::digest(json(&data));
    data.key = hash
        .iter()
        .take(8)
        .fold(String::from("minitag-review-"), |key, byte| {
            key + &format!("{byte:02x}")
        });
    // Inside texts alone: JSON has none elsewhere.
    json(&data).replace('<', "\\u003c")
}

/// A probability as it is shown: in percent.
fn rounded(value: f64) -> f64 {
    (value * 1e3).round() / 1e3
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::review::tagged::Tagged;

    #[test]
    fn nothing_of_a_document_or_a_list_is_markup() {
        let hostile = "</script><script>alert(1)</script><!--<img src=x onerror=alert(2)>";
        let list = format!(
            r#"[{{"id":1,"name":"{hostile}"}},{{"id":2,"name":"a","description":"{hostile}"}}]"#
        );
        let tags = TagSet::parse(&list).unwrap();
        let shown = Shown {
            tagged: Tagged {
                id: hostile.to_owned(),
                literal: format!("\"{hostile}\""),
                tags: vec![0],
                scores: vec![1.0 / 3.0],
                ..Tagged::default()
            },
            excerpt: hostile.to_owned(),
            alike: 0,
        };
        let options = PageOptions {
            name: hostile,
            max_tags: 3,
        };
        let page = page(&[shown], &tags, options);
        assert_eq!(page.matches("</script>").count(), 2);
        assert_eq!(page.matches("<script").count(), 2);
        assert!(!page.contains("<img") && !page.contains("<!--"));
        assert!(page.contains("0.333]") && page.contains("script-src 'sha256-"));
    }
}
