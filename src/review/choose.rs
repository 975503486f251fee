//! Which answers are shown, and in which order.

use std::collections::HashMap;

use crate::review::tagged::Tagged;

/// An answer, as it is shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    /// What the document got.
    pub tagged: Tagged,
    /// Its telling sentences.
    pub excerpt: String,
    /// How many documents that read alike are not shown.
    pub alike: usize,
}

/// The answers that are shown.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Choice {
    /// Most doubtful first.
    pub shown: Vec<Shown>,
    /// How many are not shown since they read like one that is.
    pub alike: usize,
    /// How many more there are.
    pub more: usize,
}

/// Chooses at most so many documents: those of which most tags are to be expected to be wrong
/// ([`Tagged::doubt`]) first, those without scores last and in their order; of several that read
/// alike, but for figures and marks, the first.
#[must_use]
pub fn choose(mut documents: Vec<(Tagged, String)>, limit: usize) -> Choice {
    let doubt = |tagged: &Tagged| tagged.doubt().unwrap_or(-1.0);
    documents.sort_by(|(a, _), (b, _)| doubt(b).total_cmp(&doubt(a)));
    let mut choice = Choice::default();
    let mut kinds: HashMap<String, Option<usize>> = HashMap::new();
    for (tagged, excerpt) in documents {
        let kind = kind(&excerpt);
        if let Some(same) = kinds.get(&kind).filter(|_| !kind.is_empty()) {
            match *same {
                Some(place) => {
                    choice.shown[place].alike += 1;
                    choice.alike += 1;
                }
                None => choice.more += 1,
            }
            continue;
        }
        let is_shown = choice.shown.len() < limit;
        kinds.insert(kind, is_shown.then_some(choice.shown.len()));
        if is_shown {
            choice.shown.push(Shown {
                tagged,
                excerpt,
                alike: 0,
            });
        } else {
            choice.more += 1;
        }
    }
    choice
}

/// What documents that read alike have in common: their letters.
fn kind(excerpt: &str) -> String {
    let letters = excerpt.chars().filter(|c| c.is_alphabetic());
    letters.flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(id: &str, score: Option<f64>, excerpt: &str) -> (Tagged, String) {
        let tagged = Tagged {
            id: id.to_owned(),
            tags: vec![0],
            scores: score.into_iter().collect(),
            ..Tagged::default()
        };
        (tagged, excerpt.to_owned())
    }

    #[test]
    fn the_most_doubtful_come_first_and_none_twice() {
        let documents = vec![
            document("a", Some(0.9), "A game."),
            document("b", None, "No score."),
            document("c", Some(0.2), "Build 17 failed!"),
            document("d", Some(0.1), "build 18 failed"),
            document("e", Some(0.3), "A database."),
            document("f", None, "1"),
            document("g", None, "2"),
            document("h", None, "no SCORE"),
        ];
        let ids = |choice: &Choice| {
            let ids = choice.shown.iter().map(|shown| shown.tagged.id.as_str());
            ids.collect::<Vec<_>>().join("")
        };
        let all = choose(documents.clone(), usize::MAX);
        assert_eq!((ids(&all).as_str(), all.alike, all.more), ("deabfg", 2, 0));
        assert_eq!(all.shown[0].alike, 1);
        let two = choose(documents, 2);
        assert_eq!((ids(&two).as_str(), two.alike, two.more), ("de", 1, 5));
    }
}
