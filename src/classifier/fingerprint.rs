//! What decides an answer apart from the document, as named values.

use std::io;

use crate::classifier::{Classifier, EvidenceOptions, Long, NO_MODEL, Settings};
use crate::constraint::Joining;
use crate::decide::DecideOptions;
use crate::engine::llama::LlamaEngine;
use crate::evidence::Vectors;
use crate::prompt::Scaffold;

impl Classifier<LlamaEngine<'_>> {
    /// Everything that decides an answer: what was answered with these settings holds for
    /// them alone.
    ///
    /// # Errors
    /// [`io::Error`] if the model's file can no longer be read.
    pub fn settings(&self) -> io::Result<Settings> {
        let DecideOptions {
            threshold,
            temperature,
            seed,
            ..
        } = &self.options().decide;
        Ok(self
            .fingerprint()?
            .with("version", env!("CARGO_PKG_VERSION"))
            .with("threshold", threshold.to_string())
            .with("temperature", temperature.to_string())
            .with("seed", seed.to_string()))
    }

    /// Everything that decides what the model says: a calibration holds for these settings
    /// alone.
    ///
    /// # Errors
    /// [`io::Error`] if the model's file can no longer be read.
    pub fn fingerprint(&self) -> io::Result<Settings> {
        let options = self.options();
        let long = match options.long {
            Long::Condense => "condense".to_owned(),
            Long::Head => "head".to_owned(),
            Long::Windows(combining) => format!("windows, combined by {combining:?}"),
        };
        let DecideOptions {
            strategy,
            min_tags,
            max_tags,
            seed,
            permutations,
            enough_lead,
            ..
        } = &options.decide;
        let model = self.engine().model();
        let settings = match &options.evidence {
            Some(evidence) if evidence.is_alone() => Settings::new().with_model(NO_MODEL, NO_MODEL),
            _ => Settings::new().with_model(&model.identity()?, &model.name()),
        };
        let settings = settings
            .with_tags(&self.tags().to_json())
            .with("prompt", options.template.text())
            .with("list-style", format!("{:?}", options.list).to_lowercase())
            .with("answer", format!("{:?}", options.answer).to_lowercase())
            .with("budget", options.budget.to_string())
            .with("long", long)
            .with("strategy", format!("{strategy:?}").to_lowercase())
            .with("min-tags", min_tags.to_string())
            .with("max-tags", max_tags.to_string());
        // What came later is named if it is another than before: older journals hold
        // without it.
        let settings = match options.joining {
            Joining::Parts => settings,
            Joining::Whole => settings.with("spelling", "whole"),
        };
        let built_in = [Scaffold::chat_ml(), Scaffold::mini_cpm()];
        let settings = if built_in
            .iter()
            .any(|known| known.writes_as(&options.scaffold))
        {
            settings
        } else {
            settings.with(
                "chat",
                format!("{}…{}", options.scaffold.open(), options.scaffold.close()),
            )
        };
        let settings = if options.id_in_prompt {
            settings
        } else {
            settings.with("id-in-prompt", "false")
        };
        let settings = match &options.evidence {
            Some(evidence) => with_evidence(settings, evidence),
            None => settings,
        };
        if *permutations == 1 {
            return Ok(settings);
        }
        let more = enough_lead.map(|lead| format!(", beyond the first below a lead of {lead}"));
        let more = more.unwrap_or_default();
        Ok(settings.with(
            "permutations",
            format!("{permutations} with seed {seed}{more}"),
        ))
    }
}

fn with_evidence(settings: Settings, evidence: &EvidenceOptions) -> Settings {
    let EvidenceOptions {
        weight,
        bias,
        heard,
        learned,
        held_out: _,
    } = evidence;
    let vectors = Vectors::built_in().identity();
    let on = match heard {
        None => "all",
        Some(_) if evidence.is_alone() => "no",
        Some(_) => "unknown",
    };
    let settings = settings.with(
        "evidence",
        format!("vectors {vectors}, weight {weight}, bias {bias}, {on} names"),
    );
    match learned {
        Some(learned) => settings.with("learned", learned.identity()),
        None => settings,
    }
}
