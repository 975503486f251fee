//! Catalogues in JSON, however they are laid out and whatever is wrong with them.

use super::{Place, errors, ids};

#[test]
fn json_is_read_however_it_is_laid_out() {
    let place = Place::new();
    let (one, two) = (
        r#"{"id": 1, "text": "A game"}"#,
        r#"{"id": 2, "text": "A database"}"#,
    );
    for json in [
        format!("[{one},{two}]"),
        format!("[\n  {one},\n  {two}\n]\n"),
        format!("{{\"version\": 3, \"lists\": [], \"all\": [{one}, {two}]}}"),
        format!("{{\n \"data\": {{\n  \"items\": [\n{one},\n{two}\n]}}\n}}\n"),
        format!("{one}\n{two}\n"),
        format!("{one} {two}"),
        format!("{one}{two}")
            .replace(", ", ",\n  ")
            .replace('{', "{\n  "),
    ] {
        for name in ["in.json", "in.jsonl"] {
            place.write(name, &json);
            let ran = place.run(&format!("{name} -o -"));
            assert_eq!(ran.stderr, "note: 2 tagged, 0 failed\n", "{json}");
            assert_eq!(ids(&ran.stdout), ["1", "2"]);
        }
    }
    let two_lists = format!("{{\"a\":[{one}],\"b\":[{two}]}}");
    place.write("in.json", two_lists);
    let message = "error: `in.json` has several arrays of objects: `a`, `b`\n\
                   hint: `--records` names the one with the records: `--records a`\n";
    place.expect("in.json -o out.jsonl", 2, message);
    place.expect(
        "in.json -o out.jsonl --records b",
        0,
        "note: 1 tagged, 0 failed\n",
    );
    assert_eq!(ids(&place.read("out.jsonl")), ["2"]);
}

#[test]
fn a_kept_value_of_several_lines_stands_on_one() {
    let place = Place::new();
    let json = "[\n {\"id\":1,\"text\":\"A game\",\"meta\":{\n  \"x\": [1,\r\n 2]\n }}\n]";
    place.write("in.json", json);
    place.expect(
        "in.json -o out.jsonl --keep meta",
        0,
        "note: 1 tagged, 0 failed\n",
    );
    let out = place.read("out.jsonl");
    assert!(out.ends_with(",\"meta\":{  \"x\": [1, 2] }}\n"), "{out}");
    assert_eq!(out.lines().count(), 1);
}

#[test]
fn a_bracket_left_open_in_the_first_line_costs_one_record() {
    let place = Place::new();
    let json = "{\"id\":1,\"n\":[1, \"text\":\"A game\"}\n\
                {\"id\":2,\"text\":\"A game\"}\n{\"id\":3,\"text\":\"A database\"}\n";
    for name in ["in.jsonl", "in.json"] {
        place.write(name, json);
        let out = format!("{name}.jsonl");
        let ran = place.run(&format!("{name} -o {out}"));
        let summary = format!("note: 2 tagged, 1 failed (`{out}.errors.jsonl` says why)\n");
        assert_eq!(ran.stderr, summary);
        assert_eq!(ids(&place.read(&out)), ["2", "3"]);
        assert_eq!(errors(&place.read(&format!("{out}.errors.jsonl")))[0].0, 1);
    }
}

#[test]
fn a_faulty_element_of_an_array_costs_one_record() {
    let place = Place::new();
    let json = "[{\"id\":1,\"text\":\"A game\"},\n{\"id\":2,\"n\":NaN,\"text\":\"A game\"},\n\
                {\"id\":3,\"text\":\"A game\",\n{\"id\":4,\"text\":\"A game},\n{\"id\":5,\"text\":\"A game\"},\n7,\n\
                {\"id\":6,\"text\":\"A game\"}";
    place.write("in.json", json);
    let summary = "note: 3 tagged, 5 failed (`out.jsonl.errors.jsonl` says why)\n";
    place.expect("in.json -o out.jsonl", 1, summary);
    assert_eq!(ids(&place.read("out.jsonl")), ["1", "5", "6"]);
    let errors = errors(&place.read("out.jsonl.errors.jsonl"));
    let lines: Vec<u64> = errors.iter().map(|(line, ..)| *line).collect();
    assert_eq!(lines, [2, 3, 4, 6, 7]);
    assert_eq!(
        errors[4].2,
        "the array ends here without its `]`: the file is cut off"
    );
}

/// Whatever is wrong with an element, the others are tagged; from a pipe as from a file.
#[test]
fn a_faulty_element_of_an_array_in_an_object_costs_one_record() {
    let place = Place::new();
    let record = |id: u32| format!("{{\"id\":{id},\"text\":\"A game\"}}");
    let (one, two, three) = (record(1), record(2), record(3));
    for (json, ids_out, lines) in [
        (
            format!("{{\"all\":[{one},{two}]}}"),
            &["1", "2"][..],
            &[][..],
        ),
        (
            format!("{{\"n\":1,\"all\":[\n{one},\n{{\"id\":2,\n{three}]}}"),
            &["1", "3"],
            &[3],
        ),
        (
            format!("{{\"all\":[{one},{{\"id\":NaN}},{two},5]}}"),
            &["1", "2"],
            &[1, 1],
        ),
        (
            format!("{{\"all\":[{one},\n{two},\n{{\"id\":3,"),
            &["1", "2"],
            &[3],
        ),
        (format!("{{\"all\":[{one},\n{two}\n"), &["1", "2"], &[3]),
        (
            format!("{{\"all\":[{one}]}}\n{{\"all\":[{two}]}}\n"),
            &["1", "2"],
            &[],
        ),
        ("{\"n\":0,\"all\":[]}".to_owned(), &[], &[]),
    ] {
        place.write("in.json", &json);
        let from_file = place.run("in.json -o - --errors inline");
        let (good, bad): (Vec<&str>, Vec<&str>) = from_file
            .stdout
            .lines()
            .partition(|line| !line.contains("\"error\""));
        let found: Vec<u64> = errors(&bad.join("\n"))
            .iter()
            .map(|error| error.0)
            .collect();
        assert_eq!(
            (ids(&good.join("\n")), found),
            (
                ids_out.iter().map(|&id| id.to_owned()).collect(),
                lines.to_vec()
            ),
            "{json}"
        );
        let from_pipe = place.pipe("- -o -", &json);
        assert_eq!(from_pipe.stdout, from_file.stdout, "{json}");
    }
    let json = format!("{{\"a\":[{one}],\"b\":[{two}]}}");
    let ran = place.pipe("- -o -", &json);
    assert!(
        ran.stdout
            .contains("the array `b` is not read; `--records b` reads it alone")
    );
}
