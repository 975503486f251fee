//! Which records of a file a person has reviewed.

use crate::eval::records::GoldRecord;

/// What of the records is gold: all of them, or, if a person has reviewed some, these alone; and
/// how many are left out. The others have the tags that a model gave them.
#[must_use]
pub fn only_reviewed(records: Vec<GoldRecord>) -> (Vec<GoldRecord>, usize) {
    let all = records.len();
    if !records.iter().any(|record| record.reviewed) {
        return (records, 0);
    }
    let reviewed = records.into_iter().filter(|record| record.reviewed);
    let reviewed: Vec<GoldRecord> = reviewed.collect();
    let left_out = all - reviewed.len();
    (reviewed, left_out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::{parse_gold, parse_gold_table};
    use crate::runner::json_records;
    use crate::tags::TagSet;

    #[test]
    fn if_some_are_reviewed_they_alone_are_gold() {
        let tags = TagSet::parse("ai\nweb").unwrap();
        let kept = |(records, _): (Vec<GoldRecord>, _)| {
            let (records, left_out) = only_reviewed(records);
            let ids: Vec<String> = records.into_iter().map(|record| record.id).collect();
            (ids.join(","), left_out)
        };
        let json = |text: &str| kept(parse_gold(json_records(text), &tags));
        let some = "{\"id\":1,\"tags\":[]}\n{\"id\":2,\"tags\":[],\"reviewed\":true}\n\
                    {\"id\":3,\"tags\":[],\"reviewed\":\"yes\"}\n\
                    {\"id\":4,\"tags\":[],\"reviewed\":\"true\"}";
        assert_eq!(json(some), ("2,3,4".to_owned(), 1));
        let none = "{\"id\":1,\"tags\":[],\"reviewed\":null}\n{\"id\":2,\"tags\":[]}";
        assert_eq!(json(none), ("1,2".to_owned(), 0));
        let rows = b"id,tags,reviewed\n1,ai,TRUE\n2,ai,No\n3,ai,\n";
        let rows = parse_gold_table(rows, false, &tags).unwrap();
        assert_eq!(kept(rows), ("1".to_owned(), 2));
    }
}
