//! A calibration as a file: what was found, and everything that it holds for.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use crate::calibrate::fit::{Fit, thresholds};
use crate::calibrate::prior::Prior;
use crate::classifier::{Classifier, Mismatch, Settings};
use crate::decide::{Correction, Scale};
use crate::engine::llama::LlamaEngine;
use crate::eval::Promise;
use crate::tags::{TagId, TagSet};
use crate::whole_file::{self, Readers};

/// The version of the file's schema.
const VERSION: u32 = 1;

/// A calibration of one model with one list of tags, one prompt and one way to use them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalibrationFile {
    version: u32,
    /// What it holds for.
    made_for: BTreeMap<String, String>,
    /// What the model expects before it has read anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    prior: Option<Prior>,
    /// What a score is worth.
    #[serde(skip_serializing_if = "Option::is_none")]
    scale: Option<Line>,
    /// Below which score tags are left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    threshold: Option<f64>,
    /// The same for single tags.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    thresholds: Vec<TagThreshold>,
    /// Which answers can be left alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    promise: Option<Promise>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Line {
    slope: f64,
    bias: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct TagThreshold {
    id: TagId,
    p: f64,
}

/// A file that is no calibration.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// It cannot be read.
    #[error("cannot read `{}`", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It is something else.
    #[error("`{}` is not a calibration: {reason}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

impl CalibrationFile {
    /// What was found with some settings; the fit's tags are places in the list.
    #[must_use]
    pub fn new(
        settings: &Settings,
        prior: Option<Prior>,
        fit: Option<&Fit>,
        tags: &TagSet,
    ) -> Self {
        let own = fit.map(|fit| fit.own.as_slice()).unwrap_or_default();
        let own = own.iter().map(|&(tag, p)| TagThreshold {
            id: tags.get(tag).id.clone(),
            p,
        });
        let scale = fit.and_then(|fit| fit.scale);
        let pair = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        Self {
            version: VERSION,
            made_for: settings.iter().map(pair).collect(),
            prior,
            scale: scale.map(|Scale { slope, bias }| Line { slope, bias }),
            threshold: fit.and_then(|fit| fit.threshold),
            thresholds: own.collect(),
            promise: None,
        }
    }

    /// The same with a promise.
    #[must_use]
    pub fn with_promise(mut self, promise: Option<Promise>) -> Self {
        self.promise = promise;
        self
    }

    /// Which answers can be left alone, if that was found out.
    #[must_use]
    pub fn promise(&self) -> Option<Promise> {
        self.promise
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`FileError`] where it cannot be read or is no calibration.
    pub fn read(path: &Path) -> Result<Self, FileError> {
        let content = |reason: String| FileError::Content {
            path: path.to_owned(),
            reason,
        };
        let bytes = fs::read(path).map_err(|source| FileError::Io {
            path: path.to_owned(),
            source,
        })?;
        let text = String::from_utf8(bytes).map_err(|_| {
            content("it is no text; `--learned` takes what `minitag learn` wrote".to_owned())
        })?;
        let value: serde_json::Value =
            serde_json::from_str(&text).map_err(|e| content(e.to_string()))?;
        match value.get("version").and_then(serde_json::Value::as_u64) {
            Some(version) if version == u64::from(VERSION) => {}
            Some(version) => {
                let reason = format!("its version is {version}, and this program reads {VERSION}");
                return Err(content(reason));
            }
            None => return Err(content("it has no `version`".to_owned())),
        }
        let file: Self = serde_json::from_str(&text).map_err(|e| content(e.to_string()))?;
        file.check().map_err(content)?;
        Ok(file)
    }

    /// Writes the file as a whole or not at all.
    ///
    /// # Errors
    /// [`io::Error`] where that fails.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        let text = serde_json::to_string_pretty(self)?;
        whole_file::write(path, text + "\n", Readers::All)
    }

    /// What it holds for.
    #[must_use]
    pub fn made_for(&self) -> Settings {
        let values = self.made_for.iter();
        values.fold(Settings::new(), |settings, (name, value)| {
            settings.with(name, value)
        })
    }

    /// A hash of all that is in it: another one gives other answers.
    #[must_use]
    pub fn hash(&self) -> String {
        // Texts and finite numbers: there is nothing that could fail.
        let text = serde_json::to_vec(self).unwrap_or_default();
        format!("{:016x}", xxh3_64(&text))
    }

    /// What it does to a classifier's probabilities, if it was made for this one.
    ///
    /// # Errors
    /// [`Mismatch`] if it was made for something else.
    pub fn correction_for(
        &self,
        classifier: &Classifier<LlamaEngine>,
    ) -> Result<Correction, Mismatch> {
        let here = classifier.fingerprint().map_err(Mismatch::Model)?;
        let differences = here.differences(&self.made_for());
        if !differences.is_empty() {
            return Err(Mismatch::Other(differences));
        }
        Ok(self.correction(classifier.tags()))
    }

    /// What it does to probabilities with its list of tags. Whether it was made for what it is
    /// used with is not looked at: [`CalibrationFile::correction_for`] does.
    #[must_use]
    pub fn correction(&self, tags: &TagSet) -> Correction {
        let place = |id: &TagId| tags.iter().position(|tag| tag.id == *id);
        let own = self.thresholds.iter();
        let own: Vec<(usize, f64)> = own
            .filter_map(|one| Some((place(&one.id)?, one.p)))
            .collect();
        let mut shifts = Vec::new();
        if let Some(prior) = &self.prior {
            shifts = vec![0.0; tags.len()];
            for (tag, shift) in prior.tags.iter().zip(prior.shifts()) {
                if let Some(place) = place(&tag.id) {
                    shifts[place] = shift;
                }
            }
        }
        Correction {
            shifts,
            scale: self.scale.map(|Line { slope, bias }| Scale { slope, bias }),
            thresholds: thresholds(self.threshold, &own, tags.len()),
        }
    }

    /// Numbers that no run of the program would have written are refused.
    fn check(&self) -> Result<(), String> {
        if let Some(prior) = &self.prior {
            if let Some(tag) = prior.tags.iter().find(|tag| !(tag.p > 0.0 && tag.p <= 1.0)) {
                return Err(format!("the prior of `{}` is `{}`", tag.id, tag.p));
            }
            if !(0.0..=1.0).contains(&prior.strength) {
                return Err(format!("its strength is `{}`", prior.strength));
            }
        }
        if let Some(line) = self.scale.filter(|line| line.slope <= 0.0) {
            return Err(format!("its slope is `{}`", line.slope));
        }
        if let Some(promise) = &self.promise {
            let all = [promise.precision, promise.confidence, promise.score];
            if let Some(p) = all.iter().find(|p| !(0.0..=1.0).contains(*p)) {
                return Err(format!("its promise has `{p}`"));
            }
        }
        let own = self.thresholds.iter().map(|one| one.p);
        match self
            .threshold
            .into_iter()
            .chain(own)
            .find(|p| !(0.0..=1.0).contains(p))
        {
            Some(p) => Err(format!("the threshold `{p}` is no probability")),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calibrate::prior::{Mean, Method, TagPrior};

    fn file() -> CalibrationFile {
        let tag = |id: &str, p| TagPrior {
            id: TagId::from_text(id),
            p,
        };
        CalibrationFile {
            version: VERSION,
            made_for: BTreeMap::from([("model".to_owned(), "m".to_owned())]),
            prior: Some(Prior {
                method: Method::Batch,
                texts: 3,
                mean: Mean::default(),
                strength: 1.0,
                tags: vec![tag("a", 0.8), tag("b", 0.2)],
            }),
            scale: Some(Line {
                slope: 0.5,
                bias: 0.25,
            }),
            threshold: Some(0.3),
            thresholds: vec![TagThreshold {
                id: TagId::from_text("b"),
                p: 0.6,
            }],
            promise: Some(Promise {
                precision: 0.9,
                confidence: 0.95,
                score: 0.7,
                share: 0.4,
            }),
        }
    }

    #[test]
    fn a_file_comes_back_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("calibration.json");
        file().write(&path).unwrap();
        let read = CalibrationFile::read(&path).unwrap();
        assert_eq!(read, file());
        assert_eq!(read.made_for(), Settings::new().with("model", "m"));
        // The list may have been put in another order; what is a tag's own goes with it.
        let correction = read.correction(&TagSet::parse("b\na").unwrap());
        assert_eq!(correction.thresholds, [0.6, 0.3]);
        assert!((correction.shifts[0] - correction.shifts[1] - 4.0_f64.ln()).abs() < 1e-12);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn every_number_comes_back_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("calibration.json");
        let mut rng = fastrand::Rng::with_seed(7);
        for _ in 0..300 {
            let mut file = file();
            file.threshold = Some(rng.f64());
            file.scale = Some(Line {
                slope: rng.f64() * 10.0,
                bias: rng.f64() - 0.5,
            });
            fs::write(&path, serde_json::to_vec(&file).unwrap()).unwrap();
            assert_eq!(CalibrationFile::read(&path).unwrap(), file);
        }
    }

    #[test]
    fn what_is_no_calibration_says_why() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("c.json");
        let reason = |text: &str| {
            fs::write(&path, text).unwrap();
            let error = CalibrationFile::read(&path).unwrap_err().to_string();
            let (_, reason) = error.split_once("is not a calibration: ").unwrap();
            reason.to_owned()
        };
        assert_eq!(reason("[]"), "it has no `version`");
        assert_eq!(
            reason(r#"{"version":2}"#),
            "its version is 2, and this program reads 1"
        );
        let with = |field: &str| format!(r#"{{"version":1,"made_for":{{}},{field}}}"#);
        assert!(reason(&with(r#""colour":1"#)).starts_with("unknown field `colour`"));
        assert_eq!(
            reason(&with(r#""threshold":7.0"#)),
            "the threshold `7` is no probability"
        );
        assert_eq!(
            reason(&with(r#""scale":{"slope":-1.0,"bias":0.0}"#)),
            "its slope is `-1`"
        );
        assert_eq!(
            reason(&with(
                r#""prior":{"method":"batch","texts":1,"strength":1.0,"tags":[{"id":7,"p":0.0}]}"#
            )),
            "the prior of `7` is `0`"
        );
    }
}
