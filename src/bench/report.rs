//! What was measured, as JSON and as a table.

use std::fmt::Write;

use serde::Serialize;

use crate::layout::{Table, size};

/// Everything that was measured.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The program's version.
    pub version: &'static str,
    /// What the model is called.
    pub model: String,
    /// How many tags the list has.
    pub tags: usize,
    /// How the model is computed.
    pub computed_with: String,
    /// How long the model takes to load.
    pub load_seconds: f64,
    /// The tag list.
    pub prefix: PrefixReport,
    /// One call of the model.
    pub steps: StepReport,
    /// Documents of several lengths.
    pub documents: Vec<DocumentReport>,
    /// What was planned before loading.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub planned_memory_bytes: Option<u64>,
    /// The most that the process had, if that can be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peak_memory_bytes: Option<u64>,
}

/// The tag list: how long it takes to have its state.
#[derive(Clone, Debug, Serialize)]
pub struct PrefixReport {
    /// How long it is.
    pub tokens: usize,
    /// Computed.
    pub computed_seconds: f64,
    /// From the file that an earlier run left.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from_disk_seconds: Option<f64>,
    /// From the document before.
    pub in_memory_seconds: f64,
}

/// One call of the model for one token, and for the branches of a decision.
#[derive(Clone, Debug, Serialize)]
pub struct StepReport {
    /// For one token.
    pub token_seconds: f64,
    /// How many branches are asked about together.
    pub branches: usize,
    /// For these.
    pub branches_seconds: f64,
}

/// Documents of one length, so many computed together at most; medians of the rounds.
#[derive(Clone, Debug, Serialize)]
pub struct DocumentReport {
    /// How long each is.
    pub tokens: usize,
    /// How many are computed together at most.
    pub parallel: usize,
    /// For one of them.
    pub seconds: f64,
    /// How many that is in an hour.
    pub per_hour: f64,
    /// How many tokens that is.
    pub tokens_per_second: f64,
    /// The same tokens through the model alone, without a decision.
    pub model_seconds: f64,
    /// How many times as long as that a document takes.
    pub overhead: f64,
}

/// The report for people.
#[must_use]
pub fn text(report: &Report) -> String {
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
