//! What came out of a tuning: a table for reading, or JSON.

use std::fmt::Write as _;

use serde::Serialize;

use crate::eval::report::EstimateRecord;
use crate::eval::{Comparison, Estimate};
use crate::layout::{Table, wrapped};
use crate::tune::outcome::{Choice, Outcome};
use crate::tune::search::{Search, in_words};

/// Everything there is to say.
#[derive(Clone, Copy, Debug)]
pub struct Findings<'a> {
    /// What was measured.
    pub search: &'a Search,
    /// What came out.
    pub outcome: &'a Outcome,
    /// How many documents were answered.
    pub documents: usize,
    /// How many records could not be used.
    pub left_out: usize,
    /// Whether thresholds were tried.
    pub with_threshold: bool,
    /// Whether everything was measured.
    pub is_complete: bool,
}

impl Findings<'_> {
    /// The options that won, all that were tried with their values; `None` where nothing is better
    /// than the options as given.
    #[must_use]
    pub fn winner(&self) -> Option<Vec<(String, String)>> {
        let choice = &self.outcome.choices[self.outcome.winner?];
        let places = &self.search.trials()[choice.trial].configuration.0;
        let levers = self.search.levers().iter().zip(places);
        let mut options: Vec<(String, String)> = levers
            .map(|(lever, &at)| (lever.name().to_owned(), lever.value(at).to_owned()))
            .collect();
        if self.with_threshold {
            options.push(("threshold".to_owned(), choice.threshold.to_string()));
        }
        Some(options)
    }

    /// A choice in words.
    fn name(&self, choice: &Choice) -> String {
        let configuration = &self.search.trials()[choice.trial].configuration;
        let changes = configuration.changes(self.search.levers());
        match (choice.fitted, changes.is_empty()) {
            (false, _) => in_words(&changes),
            (true, true) => format!("threshold {}", choice.threshold),
            (true, false) => format!("{}, threshold {}", in_words(&changes), choice.threshold),
        }
    }
}

fn probability(p: f64) -> String {
    if p < 0.001 {
        "<0.001".to_owned()
    } else {
        format!("{p:.3}")
    }
}

/// For reading, in lines of a width.
#[must_use]
pub fn text(findings: &Findings, width: usize) -> String {
    let documents = findings.documents;
    let mut text = format!("{documents} documents");
    if findings.left_out > 0 {
        let _ = write!(text, ", {} records left out", findings.left_out);
    }
    text.push('\n');
    if !findings.is_complete {
        text.push_str("Stopped: this is what was measured.\n");
    }
    if findings.outcome.choices.is_empty() {
        return text;
    }
    let head = [
        "micro F1",
        "precision",
        "recall",
        "difference",
        "p",
        "options",
    ];
    let mut table = Table::new("rrrrrl").with_head(head);
    for choice in &findings.outcome.choices {
        let mark = if choice.fitted { "*" } else { "" };
        let (difference, p) = match choice.comparison {
            Some(Comparison { difference, p }) => {
                let Estimate { value, interval } = difference;
                let difference =
                    format!("{value:+.3} [{:+.3}, {:+.3}]", interval.low, interval.high);
                (difference, probability(p))
            }
            None => Default::default(),
        };
        table.push([
            format!("{:.3}", choice.f1.value),
            format!("{:.3}", choice.precision),
            format!("{:.3}", choice.recall),
            difference,
            p,
            format!("{}{mark}", findings.name(choice)),
        ]);
    }
    text.push('\n');
    text += &table.to_text(0, width);
    text.push('\n');
    for remark in remarks(findings).lines() {
        text += &(wrapped(remark, width).join("\n") + "\n");
    }
    text
}

/// What the figures mean, and what to do.
fn remarks(findings: &Findings) -> String {
    let outcome = findings.outcome;
    let mut text = String::from("In brackets: 95 % bootstrap intervals over the documents.\n");
    if outcome.choices.iter().any(|choice| choice.fitted) {
        text.push_str(
            "* Each document counts with the threshold that is best on the other nine tenths.\n",
        );
    }
    let compared = outcome.compared();
    if let Some(options) = findings.winner() {
        let options = options
            .iter()
            .map(|(name, value)| format!("--{name} {value}"));
        let options = options.collect::<Vec<_>>().join(" ");
        let _ = writeln!(
            text,
            "Better than the options as given by more than noise (p below 0.05 / {compared}, for as many comparisons): {options}"
        );
        text.push_str(
            "The best of several looks better than it is: its figure is optimistic. Check it on records not used here.\n",
        );
    } else if compared > 0 {
        let _ = writeln!(
            text,
            "Nothing is better than the options as given by more than noise (p below 0.05 / {compared}, for as many comparisons): they stay."
        );
    }
    if let Some(validation) = &outcome.validation {
        let Comparison { difference, p } = validation.comparison;
        let _ = writeln!(
            text,
            "Cross-validated in {} folds, choosing the best on the others: micro F1 {}, difference {:+.3}, p {}.",
            validation.folds,
            validation.f1,
            difference.value,
            probability(p),
        );
    }
    text
}

/// The findings as JSON.
#[derive(Clone, Debug, Serialize)]
pub struct Record {
    documents: usize,
    left_out: usize,
    complete: bool,
    choices: Vec<ChoiceRecord>,
    /// The place of the choice that won.
    winner: Option<usize>,
    /// Its options; empty where those given stay.
    options: Vec<OptionRecord>,
    cross_validated: Option<ValidationRecord>,
}

#[derive(Clone, Debug, Serialize)]
struct OptionRecord {
    name: String,
    value: String,
}

#[derive(Clone, Debug, Serialize)]
struct ChoiceRecord {
    /// What differs from the options as given.
    changes: Vec<OptionRecord>,
    threshold: f64,
    fitted: bool,
    micro_f1: EstimateRecord,
    micro_precision: f64,
    micro_recall: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    difference: Option<EstimateRecord>,
    #[serde(skip_serializing_if = "Option::is_none")]
    p: Option<f64>,
}

#[derive(Clone, Debug, Serialize)]
struct ValidationRecord {
    folds: usize,
    micro_f1: EstimateRecord,
    difference: EstimateRecord,
    p: f64,
}

/// For scripts.
#[must_use]
pub fn record(findings: &Findings) -> Record {
    let option = |(name, value): (&str, &str)| OptionRecord {
        name: name.to_owned(),
        value: value.to_owned(),
    };
    let choice = |choice: &Choice| {
        let configuration = &findings.search.trials()[choice.trial].configuration;
        let changes = configuration.changes(findings.search.levers());
        ChoiceRecord {
            changes: changes.into_iter().map(option).collect(),
            threshold: choice.threshold,
            fitted: choice.fitted,
            micro_f1: choice.f1.into(),
            micro_precision: choice.precision,
            micro_recall: choice.recall,
            difference: choice.comparison.map(|c| c.difference.into()),
            p: choice.comparison.map(|c| c.p),
        }
    };
    let validation = findings.outcome.validation.as_ref();
    let winner = findings.winner().unwrap_or_default();
    Record {
        documents: findings.documents,
        left_out: findings.left_out,
        complete: findings.is_complete,
        choices: findings.outcome.choices.iter().map(choice).collect(),
        winner: findings.outcome.winner,
        options: winner
            .iter()
            .map(|(name, value)| option((name, value)))
            .collect(),
        cross_validated: validation.map(|validation| ValidationRecord {
            folds: validation.folds,
            micro_f1: validation.f1.into(),
            difference: validation.comparison.difference.into(),
            p: validation.comparison.p,
        }),
    }
}
