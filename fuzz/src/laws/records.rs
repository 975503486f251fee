//! What comes in lines: catalogues as JSONL, CSV and TSV, gold records, answers.

use std::collections::BTreeMap;
use std::time::Duration;

use minitag::TagSet;
use minitag::eval::{parse_answers, parse_answers_table, parse_gold, parse_gold_table};
use minitag::runner::{Fields, InputFormat, Keep, Next, Record, Source, feed, json_records};
use minitag::table::unescape;
use minitag::wire::{Answer, Layout, Shape};
use serde_json::value::RawValue;

use super::file;

const TAGS: &str = r#"[{"id":17,"name":"ai"},{"id":"web","name":"web"},{"id":"9","name":"x"},{"id":9,"name":"y"}]"#;

pub fn holds(data: &[u8]) {
    for format in [
        InputFormat::Jsonl,
        InputFormat::Json,
        InputFormat::AnyJson,
        InputFormat::Csv,
        InputFormat::Tsv,
    ] {
        catalogue(data, format);
    }
    if let Ok(text) = std::str::from_utf8(data) {
        gold_and_answers(text);
    }
    tables(data);
}

/// Records come in the order of their lines, each with how far the input was read.
fn catalogue(data: &[u8], format: InputFormat) {
    let file = file(data, 0);
    let mut source = Source::new(file.path(), format);
    source.fields = Fields {
        keep: Keep::All,
        ..Fields::default()
    };
    let Ok(feed) = feed(source) else { return };
    let (mut line, mut position) = (1, 0);
    while let Ok(next) = feed.next(Duration::from_secs(9)) {
        let Next::Item(item) = next else {
            assert!(matches!(next, Next::End), "nothing came for long");
            break;
        };
        assert!((position..=data.len() as u64).contains(&item.position));
        position = item.position;
        let of = match &item.record {
            Ok(record) => record.line,
            Err(error) => error.line,
        };
        assert!(of >= line);
        line = of;
        if let Ok(record) = item.record {
            assert_written(&record);
        }
    }
}

/// What is written of a record can be read, and has everything once.
fn assert_written(record: &Record) {
    let answer = Answer {
        id: record.id.clone(),
        tags: vec![serde_json::from_str("17").unwrap()],
        ..Answer::default()
    };
    let json = Layout::Json.line(&answer, &record.kept);
    let (end, object) = json.split_last().unwrap();
    assert!(*end == b'\n' && !object.contains(&b'\n'));
    let object: BTreeMap<String, Box<RawValue>> = serde_json::from_slice(object).unwrap();
    assert_eq!(
        object.len(),
        record.kept.len() + 2,
        "a field is there twice"
    );
    let id: String = serde_json::from_str(object["id"].get()).unwrap();
    assert_eq!(id, record.id);
    let names = record.kept.iter().map(|(name, _)| name.clone());
    let layout = Layout::rows(false, Shape::default(), names.collect());
    let csv = [layout.head(), layout.line(&answer, &record.kept)].concat();
    let mut reader = csv::Reader::from_reader(csv.as_slice());
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!((rows.len(), &rows[0][0]), (1, record.id.as_str()));
    let layout = Layout::rows(true, Shape::default(), Vec::new());
    let tsv = String::from_utf8(layout.line(&answer, &record.kept)).unwrap();
    let (id, _) = tsv.split_once('\t').unwrap();
    assert_eq!(
        (tsv.lines().count(), unescape(id).as_ref()),
        (1, record.id.as_str())
    );
}

/// Each line is a record or an error, and a record's tags are of the list.
fn gold_and_answers(text: &str) {
    let tags = TagSet::parse(TAGS).unwrap();
    let lines = text.trim_start_matches('\u{feff}').lines();
    let lines = lines.filter(|line| !line.trim().is_empty()).count();
    // Only so is it sure that each line is a record: objects may share one.
    let is_record = |line: &str| {
        line.starts_with(r#"{"id":"#) && line.ends_with('}') && line.matches('{').count() == 1
    };
    let is_lines = text.lines().all(is_record);
    let (gold, errors) = parse_gold(json_records(text), &tags);
    let all = gold.len() + errors.len();
    assert!(!is_lines || all == lines);
    for record in &gold {
        let mut all = [&record.tags[..], &record.ok[..]].concat();
        all.sort_unstable();
        assert!(all.iter().all(|&tag| tag < tags.len()));
        assert!(all.windows(2).all(|two| two[0] != two[1]));
    }
    let (answers, errors) = parse_answers(json_records(text), &tags);
    assert_eq!(answers.len() + errors.len(), all);
    for answer in &answers {
        assert!(answer.tags.iter().all(|&tag| tag < tags.len()));
        assert!(answer.scores.is_empty() || answer.scores.len() == answer.tags.len());
        assert!(
            answer
                .scores
                .iter()
                .all(|score| (0.0..=1.0).contains(score))
        );
    }
}

/// A row is a record or an error, and no two records have one id.
fn tables(data: &[u8]) {
    let tags = TagSet::parse(TAGS).unwrap();
    for tsv in [false, true] {
        if let Ok((gold, _)) = parse_gold_table(data, tsv, &tags) {
            let mut ids: Vec<&str> = gold.iter().map(|record| record.id.as_str()).collect();
            ids.sort_unstable();
            assert!(ids.windows(2).all(|two| two[0] != two[1]));
            assert!(
                gold.iter()
                    .all(|r| r.tags.iter().all(|&tag| tag < tags.len()))
            );
        }
        if let Ok((answers, _)) = parse_answers_table(data, tsv, &tags) {
            for answer in &answers {
                assert!(answer.scores.is_empty() || answer.scores.len() == answer.tags.len());
                assert!(
                    answer
                        .scores
                        .iter()
                        .all(|score| (0.0..=1.0).contains(score))
                );
            }
        }
    }
}
