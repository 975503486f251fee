//! A cheap voice that is asked first, and answers what it can promise.

use std::path::PathBuf;

use minitag::engine::llama::{LlamaEngine, Model};
use minitag::layout::Remark;
use minitag::{Classifier, DecideOptions, TagSet};

use crate::cli::args::{BatchArgs, CalibrationArgs, ModelArgs, WordingArgs};
use crate::cli::failure::{Failure, wrong_usage};
use crate::cli::plan::{Plan, Task};
use crate::cli::screen::Screen;
use crate::cli::session;

/// What is asked first, from the options.
pub(super) struct FirstVoice {
    plan: Plan,
    model: Model,
    calibration: CalibrationArgs,
    /// From which score on its answers stand.
    pub(super) least: f64,
}

impl FirstVoice {
    /// Loads what the options name, if they do.
    pub(super) fn new(
        args: &BatchArgs,
        decide: &DecideOptions,
        tags: &TagSet,
        screen: &Screen,
    ) -> Result<Option<Self>, Failure> {
        let Some((name, path)) = args
            .first
            .first
            .as_deref()
            .zip(args.first.calibration.clone())
        else {
            return Ok(None);
        };
        let calibration = CalibrationArgs {
            calibration: Some(path.clone()),
        };
        let Some(promise) = session::promise(&calibration)? else {
            let path = path.display();
            let message = format!("`{path}` promises nothing, so that no answer could stand");
            return Err(wrong_usage(message).hint(
                "`minitag calibrate GOLD --fit --target-precision 0.95` with the model of \
                 `--first` makes one that does, if there are documents enough",
            ));
        };
        // Adapters are on the model that is asked after it.
        let model = ModelArgs {
            lora: Vec::new(),
            ..args.model.clone()
        };
        let decide = DecideOptions {
            scores: true,
            ..decide.clone()
        };
        let plan = Plan::of(Some(name), &model, &args.wording, decide, screen)?;
        if args.model.model.as_deref() == Some(name) {
            let name = name.display();
            let message = format!("`-m {name}` is asked first already, by `--first`");
            return Err(wrong_usage(message).hint("a larger model with `-m`"));
        }
        Ok(Some(Self {
            model: plan.load(&Task::one_by_one(tags), screen)?,
            plan,
            calibration,
            least: promise.score,
        }))
    }

    /// Who answers, and what its calibration is told from others by.
    pub(super) fn classifier(
        &self,
        tags: &TagSet,
    ) -> Result<(Classifier<LlamaEngine<'_>>, String), Failure> {
        let mut classifier = self.plan.classifier(&self.model, tags)?;
        let hash = session::apply_calibration(&mut classifier, &self.calibration)?;
        Ok((classifier, hash.unwrap_or_default()))
    }

    /// What it is called.
    pub(super) fn name(&self) -> String {
        self.plan.name(&self.model)
    }
}

/// What speaks against asking a classifier after the first voice.
pub(super) fn doubts(
    first: Option<&FirstVoice>,
    classifier: &Classifier<LlamaEngine>,
) -> Option<Remark> {
    (first.is_some() && classifier.is_alone()).then(|| {
        let message = "what `--first` cannot promise is answered by word vectors alone: the model \
                       of `-m` knows too few names of this list";
        Remark::Warning(message.to_owned())
    })
}

/// What of the options is left for the model that is asked after it: what was learned is for the
/// first one.
pub(super) fn wording_of_main(args: &BatchArgs) -> WordingArgs {
    let learned: Option<PathBuf> = args.wording.learned.clone();
    WordingArgs {
        learned: learned.filter(|_| args.first.first.is_none()),
        ..args.wording.clone()
    }
}
