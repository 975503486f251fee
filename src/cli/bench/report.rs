//! What was measured, as JSON and as a table.

use std::fmt::Write;

use bytesize::ByteSize;
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
pub(super) fn table(report: &Report) -> String {
    let mut table = String::new();
    let mut line = |text: String| {
        // Into memory: there is nothing that could fail.
        let _ = writeln!(table, "{text}");
    };
    line(format!("{} with {} tags", report.model, report.tags));
    line(report.computed_with.clone());
    line(String::new());
    let seconds = |what: &str, value: f64| format!("{what:<44}{value:>10.3} s");
    let PrefixReport {
        tokens,
        computed_seconds,
        from_disk_seconds,
        in_memory_seconds,
    } = report.prefix;
    line(seconds("load the model", report.load_seconds));
    line(seconds(
        &format!("tag list ({tokens} tokens), computed"),
        computed_seconds,
    ));
    if let Some(value) = from_disk_seconds {
        line(seconds("tag list, from an earlier run", value));
    }
    line(seconds(
        "tag list, from the document before",
        in_memory_seconds,
    ));
    line(seconds(
        "one token after a document",
        report.steps.token_seconds,
    ));
    let branches = format!("{} branches after a document", report.steps.branches);
    line(seconds(&branches, report.steps.branches_seconds));
    line(String::new());
    line("tokens  parallel  s/document  documents/hour  tokens/s  model alone  ratio".to_owned());
    for document in &report.documents {
        line(format!(
            "{:>6}{:>10}{:>12.3}{:>16.0}{:>10.1}{:>11.3} s{:>7.2}",
            document.tokens,
            document.parallel,
            document.seconds,
            document.per_hour,
            document.tokens_per_second,
            document.model_seconds,
            document.overhead
        ));
    }
    if let Some(bytes) = report.peak_memory_bytes {
        line(String::new());
        let planned = report
            .planned_memory_bytes
            .map_or(String::new(), |planned| {
                format!(", planned {}", ByteSize(planned).display().iec())
            });
        let peak = ByteSize(bytes).display().iec();
        line(format!("peak memory {peak}{planned}"));
    }
    table
}
