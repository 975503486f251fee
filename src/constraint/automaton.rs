//! The language of all valid answers, as an automaton over bytes.
//!
//! Pure: it knows nothing of tokens or models, so it can be the judge of what
//! they produce.

/// All valid answers to one document: a forced head, then at most so many of
/// the literals, none twice, with commas between them, then `]}`.
#[derive(Clone, Debug)]
pub struct Language {
    head: Vec<u8>,
    literals: Vec<Vec<u8>>,
    min_tags: usize,
    max_tags: usize,
}

/// What may follow what has been read so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// The tags read so far, by their place in the list.
    tags: Vec<usize>,
    place: Place,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    /// So many bytes of the head are read.
    Head(usize),
    /// The bytes of a literal read so far; empty at its beginning.
    Literal(Vec<u8>),
    /// `]` is read.
    Bracket,
    /// The answer is complete.
    End,
}

impl Language {
    /// The language for a head such as `{"id":"7","tags":[` and the JSON literals of
    /// the tags, which must differ from each other.
    #[must_use]
    pub fn new(head: &str, literals: &[String], min_tags: usize, max_tags: usize) -> Self {
        Self {
            head: head.as_bytes().to_vec(),
            literals: literals.iter().map(|l| l.as_bytes().to_vec()).collect(),
            min_tags,
            max_tags: max_tags.min(literals.len()),
        }
    }

    /// The state before the first byte.
    #[must_use]
    pub fn start(&self) -> State {
        State {
            tags: Vec::new(),
            place: Place::Head(0),
        }
    }

    /// The state after one more byte; `None` where no valid answer goes on so.
    #[must_use]
    pub fn step(&self, state: &State, byte: u8) -> Option<State> {
        let mut next = state.clone();
        match &mut next.place {
            Place::Head(read) => {
                if self.head.get(*read) != Some(&byte) {
                    return None;
                }
                *read += 1;
                if *read == self.head.len() {
                    next.place = Place::Literal(Vec::new());
                }
            }
            Place::Literal(read) => {
                // A number ends where something else begins, so a complete
                // literal may still grow: `1` is the beginning of `17`.
                let complete = self.complete(&state.tags, read);
                match byte {
                    b']' if read.is_empty() && state.tags.is_empty() && self.min_tags == 0 => {
                        next.place = Place::Bracket;
                    }
                    b']' if complete.is_some_and(|_| state.tags.len() + 1 >= self.min_tags) => {
                        next.tags.extend(complete);
                        next.place = Place::Bracket;
                    }
                    b',' if complete.is_some_and(|_| state.tags.len() + 1 < self.max_tags) => {
                        next.tags.extend(complete);
                        next.place = Place::Literal(Vec::new());
                    }
                    _ => {
                        read.push(byte);
                        if !self.begins(&state.tags, read) {
                            return None;
                        }
                    }
                }
            }
            Place::Bracket if byte == b'}' => next.place = Place::End,
            Place::Bracket | Place::End => return None,
        }
        Some(next)
    }

    /// Reads a whole answer: the tags' places in the list, in the answer's
    /// order; `None` where the answer is not valid.
    #[must_use]
    pub fn read(&self, answer: &[u8]) -> Option<Vec<usize>> {
        let mut state = self.start();
        for &byte in answer {
            state = self.step(&state, byte)?;
        }
        (state.place == Place::End).then_some(state.tags)
    }

    fn complete(&self, used: &[usize], read: &[u8]) -> Option<usize> {
        let index = self.literals.iter().position(|l| l == read)?;
        (!used.contains(&index)).then_some(index)
    }

    fn begins(&self, used: &[usize], read: &[u8]) -> bool {
        let mut literals = self.literals.iter().enumerate();
        literals.any(|(index, l)| l.starts_with(read) && !used.contains(&index))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn language(literals: &[&str], min_tags: usize, max_tags: usize) -> Language {
        let literals: Vec<String> = literals.iter().map(|&l| l.to_owned()).collect();
        Language::new("{\"t\":[", &literals, min_tags, max_tags)
    }

    #[test]
    fn accepts_what_is_valid_and_nothing_else() {
        let language = language(&["1", "17", "\"a,]\""], 0, 2);
        for (answer, tags) in [
            ("{\"t\":[]}", Some(vec![])),
            ("{\"t\":[1]}", Some(vec![0])),
            ("{\"t\":[17]}", Some(vec![1])),
            ("{\"t\":[17,1]}", Some(vec![1, 0])),
            ("{\"t\":[\"a,]\",1]}", Some(vec![2, 0])),
            ("{\"t\":[1,1]}", None),
            ("{\"t\":[1,17,\"a,]\"]}", None),
            ("{\"t\":[1,]}", None),
            ("{\"t\":[,1]}", None),
            ("{\"t\":[7]}", None),
            ("{\"t\":[171]}", None),
            ("{\"t\":[1]", None),
            ("{\"t\":[1]}}", None),
            ("{\"t\":[ 1]}", None),
            ("", None),
        ] {
            assert_eq!(language.read(answer.as_bytes()), tags, "{answer}");
        }
    }

    #[test]
    fn min_tags_forbids_an_early_end() {
        let language = language(&["1", "2", "3"], 2, 3);
        for (answer, valid) in [
            ("{\"t\":[]}", false),
            ("{\"t\":[1]}", false),
            ("{\"t\":[1,2]}", true),
            ("{\"t\":[1,2,3]}", true),
        ] {
            assert_eq!(
                language.read(answer.as_bytes()).is_some(),
                valid,
                "{answer}"
            );
        }
    }
}
