//! Word vectors: how much every tag of a list fits a text, for lists never seen before.
//!
//! A text is a bag of its words' vectors, a tag one of its name and description. How well they
//! go together is a handful of features, mixed by a few numbers that were trained on many
//! lists: cosine of the bags, the best matches of each word of the name among the words of the
//! text, and whether the name's words, without their endings, occur in it. `models/vectors/`
//! has the training, the figures, and the same in numpy (`reference.py`).

use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

use xxhash_rust::xxh3::xxh3_64;

use crate::evidence::algebra::{best_mean, count, dot, scaled, unit, units, weighted};
use crate::evidence::file::{File, VectorsError};
use crate::evidence::words::{name_parts, ngrams, stem, words};
use crate::tags::TagSet;

/// The vectors in the program. How they were made: `models/vectors/README.md`.
const BYTES: &[u8] = include_bytes!("../../models/vectors/minitag-vectors.gguf");

/// Word vectors, and how what they say is mixed.
#[derive(Debug)]
pub struct Vectors {
    file: File,
}

/// The tags of a list, as [`Vectors`] see them: computed once a list.
#[derive(Clone, Debug)]
pub struct TagVectors {
    count: usize,
    /// For each different word of the names its vector of length 1, and what is left of it
    /// without its ending.
    near: Vec<f32>,
    stems: Vec<String>,
    /// For each word of each name: the tag, which of the words it is, and its part of the name.
    names: Vec<(usize, usize, f32)>,
    /// For each tag its bag: name and description.
    bags: Vec<f32>,
    /// For each tag what a text is expected to give it.
    expected: Vec<f32>,
}

/// What of a text can be learned from.
#[derive(Clone, Debug, Default)]
pub struct Gist {
    /// What the text is told from others by.
    pub hash: u64,
    /// The weighted sum of its words' vectors, of length 1: the text's own vector.
    pub sum: Vec<f32>,
    /// For each of its different words a hash, and how much it counts; of length 1 together.
    pub terms: Vec<(u64, f32)>,
}

/// A text, as [`Vectors`] see it.
#[derive(Clone, Debug)]
pub struct Reading {
    /// What can be learned from.
    pub gist: Gist,
    /// For each of its different words the vector, of length 1.
    near: Vec<f32>,
    stems: HashSet<String>,
    title: HashSet<String>,
}

impl Vectors {
    /// The vectors in the program.
    pub fn built_in() -> &'static Self {
        static VECTORS: OnceLock<Vectors> = OnceLock::new();
        VECTORS.get_or_init(|| {
            let read = Self::read(BYTES);
            read.unwrap_or_else(|error| unreachable!("what is in the program is sound: {error}"))
        })
    }

    /// Reads a file of vectors.
    ///
    /// # Errors
    /// [`VectorsError`] if it is none, or damaged.
    pub fn read(bytes: &[u8]) -> Result<Self, VectorsError> {
        Ok(Self {
            file: File::read(bytes)?,
        })
    }

    /// What they are told from others by: 16 hexadecimal digits.
    #[must_use]
    pub fn identity(&self) -> &str {
        &self.file.identity
    }

    /// Whether a word of a tag's name has a vector of its own: names that have none are only
    /// compared by their letters.
    #[must_use]
    pub fn knows(&self, name: &str) -> bool {
        let (facet, value) = name_parts(name);
        let mut words = value.iter().chain(&facet);
        words.any(|word| self.file.row(word).is_some())
    }

    /// Makes a list ready.
    #[must_use]
    pub fn tags(&self, tags: &TagSet) -> TagVectors {
        let file = &self.file;
        let mut list = TagVectors {
            count: tags.len(),
            near: Vec::new(),
            stems: Vec::new(),
            names: Vec::new(),
            bags: Vec::new(),
            expected: vec![0.0; tags.len()],
        };
        let mut places: HashMap<String, usize> = HashMap::new();
        for (tag, entry) in tags.iter().enumerate() {
            let (facet, value) = name_parts(&entry.name);
            let factors = facet
                .iter()
                .map(|_| file.facet)
                .chain(value.iter().map(|_| 1.0));
            let factors: Vec<f32> = factors.collect();
            let own = [facet, value].concat();
            let (vectors, mut weights) = self.vectors(&own);
            weights
                .iter_mut()
                .zip(factors)
                .for_each(|(w, factor)| *w *= factor);
            let mut bag = unit(weighted(&vectors, &weights, file.width));
            let extra = words(entry.description.as_deref().unwrap_or_default());
            if !extra.is_empty() {
                let (vectors, weights) = self.vectors(&extra);
                let more = unit(weighted(&vectors, &weights, file.width));
                bag.iter_mut()
                    .zip(more)
                    .for_each(|(x, more)| *x += file.described * more);
                bag = unit(bag);
            }
            let total = weights.iter().sum::<f32>().max(1e-6);
            let vectors = units(vectors, file.width);
            for ((word, vector), weight) in
                own.into_iter().zip(vectors.chunks(file.width)).zip(weights)
            {
                let place = *places.entry(word).or_insert_with_key(|word| {
                    list.near.extend(vector);
                    list.stems.push(stem(word).to_owned());
                    list.stems.len() - 1
                });
                list.names.push((tag, place, weight / total));
            }
            list.bags.extend(bag);
        }
        let background: Vec<Vec<f32>> = (file.background.iter())
            .map(|rows| {
                let words = rows
                    .iter()
                    .map(|&row| String::from_utf8_lossy(file.word(row)));
                let words: Vec<String> = words.map(std::borrow::Cow::into_owned).collect();
                self.raw(&self.reading(&[], &words), &list)
            })
            .collect();
        let of_tag = |tag: usize| {
            let sum: f32 = background.iter().map(|raw| raw[tag]).sum();
            sum / count(background.len().max(1))
        };
        list.expected = (0..tags.len()).map(of_tag).collect();
        list
    }

    /// Reads a text, the first line of which is its title.
    #[must_use]
    pub fn read_text(&self, text: &str) -> Reading {
        let (title, body) = text.split_once('\n').unwrap_or((text, ""));
        let mut reading = self.reading(&words(title), &words(body));
        reading.gist.hash = xxh3_64(text.as_bytes());
        reading
    }

    /// For each tag, in list order, the natural-log odds that it fits a text.
    #[must_use]
    pub fn score(&self, text: &Reading, tags: &TagVectors) -> Vec<f64> {
        if tags.count == 0 {
            return Vec::new();
        }
        let raw = self.raw(text, tags);
        let [scale, rival, bias] = self.file.head;
        let top = raw.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let all = top + raw.iter().map(|raw| (raw - top).exp()).sum::<f32>().ln();
        let odds = |raw: f32| f64::from(scale * raw - rival * all + bias);
        raw.into_iter().map(odds).collect()
    }

    /// One number a tag, before the list is looked at as a whole; what texts score on average
    /// is taken off.
    fn raw(&self, text: &Reading, tags: &TagVectors) -> Vec<f32> {
        let width = self.file.width;
        let [by_bag, by_best, by_stems, by_title, by_all] = self.file.mix;
        let mut best = vec![0.0; tags.count];
        let mut found = vec![0.0; tags.count];
        let mut in_title = vec![0.0; tags.count];
        let words = tags.near.chunks_exact(width).zip(&tags.stems);
        let words: Vec<[f32; 3]> = words
            .map(|(near, stem)| {
                [
                    best_mean(&text.near, near, self.file.best),
                    f32::from(u8::from(text.stems.contains(stem))),
                    f32::from(u8::from(text.title.contains(stem))),
                ]
            })
            .collect();
        for &(tag, word, share) in &tags.names {
            best[tag] += share * words[word][0];
            found[tag] += share * words[word][1];
            in_title[tag] += share * words[word][2];
        }
        let bags = tags.bags.chunks_exact(width).enumerate();
        bags.map(|(tag, own)| {
            by_bag * dot(own, &text.gist.sum)
                + by_best * best[tag]
                + by_stems * found[tag]
                + by_title * in_title[tag]
                + by_all * f32::from(u8::from(found[tag] > 0.99))
                - tags.expected[tag]
        })
        .collect()
    }

    /// A bag of words: every different one once, the first so many of them.
    fn reading(&self, title: &[String], body: &[String]) -> Reading {
        let file = &self.file;
        let mut counts: HashMap<&str, f32> = HashMap::new();
        let mut different: Vec<&str> = Vec::new();
        for word in title.iter().chain(body) {
            let count = counts.entry(word).or_insert(0.0);
            if *count == 0.0 {
                different.push(word);
            }
            *count += 1.0;
        }
        different.truncate(file.longest);
        let title: HashSet<&str> = title.iter().map(String::as_str).collect();
        let (vectors, mut weights) = self.vectors(&different);
        for (weight, word) in weights.iter_mut().zip(&different) {
            *weight *= 1.0 + counts[word].ln();
            if title.contains(word) {
                *weight *= file.in_title;
            }
        }
        let stems =
            |words: &mut dyn Iterator<Item = &str>| words.map(|w| stem(w).to_owned()).collect();
        let hashes = different.iter().map(|word| xxh3_64(word.as_bytes()));
        Reading {
            gist: Gist {
                hash: 0,
                terms: hashes.zip(unit(weights.clone())).collect(),
                sum: unit(weighted(&vectors, &weights, file.width)),
            },
            near: units(vectors, file.width),
            stems: stems(&mut different.iter().copied()),
            title: stems(
                &mut different
                    .iter()
                    .copied()
                    .filter(|word| title.contains(word)),
            ),
        }
    }

    /// Vectors of words, one after the other, and how much each counts.
    fn vectors(&self, words: &[impl AsRef<str>]) -> (Vec<f32>, Vec<f32>) {
        let file = &self.file;
        let mut vectors = Vec::with_capacity(words.len() * file.width);
        let mut weights = Vec::with_capacity(words.len());
        for word in words.iter().map(AsRef::as_ref) {
            if let Some(row) = file.row(word) {
                vectors.extend(scaled(&file.rows, &file.scales, row, file.width));
                weights.push(file.weights[row]);
                continue;
            }
            let grams = ngrams(word, file.gram_scales.len());
            let mut vector = vec![0.0; file.width];
            for &gram in &grams {
                let row = scaled(&file.grams, &file.gram_scales, gram, file.width);
                vector.iter_mut().zip(row).for_each(|(x, more)| *x += more);
            }
            let count = count(grams.len().max(1));
            vectors.extend(vector.into_iter().map(|x| x / count));
            weights.push(file.unknown_weight);
        }
        (vectors, weights)
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    /// What `models/vectors/fixture.py` wrote down.
    #[derive(Deserialize)]
    struct Fixture {
        lists: HashMap<String, Vec<Name>>,
        texts: Vec<String>,
        scores: HashMap<String, Vec<Vec<f64>>>,
    }

    #[derive(Deserialize)]
    struct Name {
        name: String,
        description: Option<String>,
    }

    #[test]
    fn texts_score_as_in_numpy() {
        let fixture = include_str!("../../models/vectors/fixture.json");
        let fixture: Fixture = serde_json::from_str(fixture).unwrap();
        let vectors = Vectors::built_in();
        for (list, names) in &fixture.lists {
            let entries = names.iter().enumerate().map(|(id, name)| {
                let description = name.description.as_deref().unwrap_or_default();
                serde_json::json!({"id": id, "name": name.name, "description": description})
            });
            let json = serde_json::Value::from(entries.collect::<Vec<_>>()).to_string();
            let tags = vectors.tags(&TagSet::parse(&json).unwrap());
            for (text, expected) in fixture.texts.iter().zip(&fixture.scores[list]) {
                let scores = vectors.score(&vectors.read_text(text), &tags);
                assert_eq!(scores.len(), expected.len());
                for ((score, expected), name) in scores.iter().zip(expected).zip(names) {
                    let near = (score - expected).abs() < 2e-3;
                    assert!(near, "{list}, {}, {text:?}: {score} {expected}", name.name);
                }
            }
        }
    }

    #[test]
    fn names_without_a_vector_are_known_to_have_none() {
        let vectors = Vectors::built_in();
        assert!(vectors.knows("web server") && vectors.knows("use: editing"));
        assert!(!vectors.knows("Qwrtzl") && !vectors.knows("!?"));
    }

    #[test]
    fn what_is_no_file_of_vectors_is_said_to_be_none() {
        assert!(Vectors::read(b"").is_err());
        assert!(Vectors::read(&BYTES[..BYTES.len() / 2]).is_err());
        let nano = include_bytes!("../../models/minitag-nano.gguf");
        let error = Vectors::read(nano).unwrap_err().to_string();
        assert!(error.starts_with("the file of word vectors cannot be used: "));
    }
}
