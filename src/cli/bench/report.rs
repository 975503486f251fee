//! What was measured, as JSON and as a table.

use std::fmt::Write;

use minitag::layout::{Table, size};
use serde::Serialize;

#[derive(Serialize)]
pub(super) struct Report {
    pub(super) version: &'static str,
    pub(super) model: String,
    pub(super) tags: usize,
    pub(super) computed_with: String,
    pub(super) load_seconds: f64,
    pub(super) prefix: PrefixReport,
    pub(super) steps: StepReport,
    pub(super) documents: Vec<DocumentReport>,
    /// What was planned before loading.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) planned_memory_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) peak_memory_bytes: Option<u64>,
}

/// The tag list: how long it takes to have its state.
#[derive(Serialize)]
pub(super) struct PrefixReport {
    pub(super) tokens: usize,
    pub(super) computed_seconds: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) from_disk_seconds: Option<f64>,
    pub(super) in_memory_seconds: f64,
}

/// One call of the model for one token, and for the branches of a decision.
#[derive(Serialize)]
pub(super) struct StepReport {
    pub(super) token_seconds: f64,
    pub(super) branches: usize,
    pub(super) branches_seconds: f64,
}

/// Documents of one length, so many computed together at most; medians of the rounds.
#[derive(Serialize)]
pub(super) struct DocumentReport {
    pub(super) tokens: usize,
    pub(super) parallel: usize,
    pub(super) seconds: f64,
    pub(super) per_hour: f64,
    pub(super) tokens_per_second: f64,
    /// The same tokens through the model alone, without a decision.
    pub(super) model_seconds: f64,
    /// How many times as long as that a document takes.
    pub(super) overhead: f64,
}

/// The report for people.
pub(super) fn text(report: &Report) -> String {
    let PrefixReport {
        tokens,
        computed_seconds,
        from_disk_seconds,
        in_memory_seconds,
    } = report.prefix;
    let mut phases = Table::new("lr");
    let mut phase = |what: String, seconds: f64| phases.push([what, format!("{seconds:.3} s")]);
    phase("load the model".to_owned(), report.load_seconds);
    phase(
        format!("tag list ({tokens} tokens), computed"),
        computed_seconds,
    );
    if let Some(seconds) = from_disk_seconds {
        phase("tag list, from an earlier run".to_owned(), seconds);
    }
    phase(
        "tag list, from the document before".to_owned(),
        in_memory_seconds,
    );
    phase(
        "one token after a document".to_owned(),
        report.steps.token_seconds,
    );
    phase(
        format!("{} branches after a document", report.steps.branches),
        report.steps.branches_seconds,
    );
    let mut documents = Table::new("rrrrrrr").with_head([
        "tokens",
        "parallel",
        "s/document",
        "documents/hour",
        "tokens/s",
        "model alone",
        "ratio",
    ]);
    for document in &report.documents {
        documents.push([
            document.tokens.to_string(),
            document.parallel.to_string(),
            format!("{:.3}", document.seconds),
            format!("{:.0}", document.per_hour),
            format!("{:.1}", document.tokens_per_second),
            format!("{:.3} s", document.model_seconds),
            format!("{:.2}", document.overhead),
        ]);
    }
    let mut text = format!(
        "{} with {} tags\n{}\n\n{}\n{}",
        report.model,
        report.tags,
        report.computed_with,
        phases.to_text(0, usize::MAX),
        documents.to_text(0, usize::MAX)
    );
    if let Some(bytes) = report.peak_memory_bytes {
        let planned = report.planned_memory_bytes.map(size);
        let planned = planned.map_or(String::new(), |planned| format!(", planned {planned}"));
        // Into memory: there is nothing that could fail.
        let _ = writeln!(text, "\npeak memory {}{planned}", size(bytes));
    }
    text
}
