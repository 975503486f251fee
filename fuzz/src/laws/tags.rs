//! Tag lists in every notation, and what is made of them.

use minitag::tags::{TagId, TagsDiff};
use minitag::{AnswerStyle, ListStyle, TagSet};

pub fn holds(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let Ok(tags) = TagSet::parse(text) else {
        return;
    };
    let again = TagSet::parse(&tags.to_json()).unwrap();
    assert_eq!(again, tags, "what was written is read as the same");
    assert!(TagsDiff::new(&tags, &again).is_empty());
    for tag in &tags {
        let id: TagId = serde_json::from_str(tag.id.as_json()).unwrap();
        assert_eq!(id, tag.id);
    }
    for answer in [AnswerStyle::Id, AnswerStyle::Name] {
        let mut literals = answer.literals(&tags);
        assert!(literals.iter().all(|literal| !literal.contains('\n')));
        literals.sort_unstable();
        assert!(literals.windows(2).all(|two| two[0] != two[1]));
        // A line each: no name can look like one more tag.
        let lines = ListStyle::Lines.write(&tags, answer);
        assert_eq!(lines.split('\n').count(), tags.len() + 1);
    }
    let list = ListStyle::Json.write(&tags, AnswerStyle::Id);
    assert_eq!(TagSet::parse(&list).unwrap(), tags);
}
