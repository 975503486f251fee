//! Files of `minitag learn`.

use minitag::evidence::Learned;
use minitag::learn::LearnedFile;

use super::file;

pub fn holds(data: &[u8]) {
    let file = file(data, 0);
    let Ok(read) = LearnedFile::read(file.path()) else {
        return;
    };
    let learned = &read.learned;
    let parts = learned.to_parts();
    assert!(learned.tags() > 0);
    assert!(parts.weights.len() > parts.terms.len() * learned.tags());
    assert_eq!(parts.held_out.len(), learned.documents() * learned.tags());
    assert_eq!(Learned::from_parts(parts).as_ref(), Some(learned));
    read.write(file.path()).unwrap();
    let again = LearnedFile::read(file.path()).unwrap();
    assert_eq!(&again.learned, learned);
}
