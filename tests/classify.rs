//! `minitag classify`: what is written, in which form, and by which options.
//!
//! The model's weights are random, so which tags it picks is not looked at; where
//! an answer is compared as a whole, the options leave it no choice.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::support::{DIGITS, MULTI, Output, Test};

const TAGS: &str = r#"[{"id":17,"name":"ai"},{"id":1,"name":"lib"},{"id":"wéb \"2\" 🎉","name":"web app"},{"id":123456789012345678901234567890,"name":"cli"}]"#;

/// One line of the output: a field more or less breaks these tests, as it would
/// break users' scripts.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    id: String,
    tags: Vec<Box<RawValue>>,
    scores: Option<Vec<f64>>,
    max_scores: Option<Vec<f64>>,
    margins: Option<Vec<f64>>,
    stops: Option<Vec<f64>>,
    ranking: Option<Vec<Ranked>>,
    details: Option<Details>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Ranked {
    id: Option<Box<RawValue>>,
    stop: Option<bool>,
    logprob: f64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Details {
    tokens: Tokens,
    windows: usize,
    #[serde(default)]
    spoke: Vec<usize>,
    encoding: String,
    replaced_bytes: usize,
    removed_characters: usize,
    mass: Vec<f64>,
    model: String,
    seconds: f64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Tokens {
    total: usize,
    used: usize,
}

impl Answer {
    fn tags(&self) -> Vec<&str> {
        self.tags.iter().map(|id| id.get()).collect()
    }

    fn scores(&self) -> &[f64] {
        self.scores.as_deref().unwrap()
    }
}

/// `cat.md` to be tagged from four tags.
fn classify() -> Test {
    Test::new()
        .file("tags.json", TAGS)
        .file("cat.md", "# cat\n\nConcatenates files, line by line.\n")
        .args(["classify", "cat.md", "--tags", "tags.json", "-m", DIGITS])
}

/// A document to be tagged from a list of one, so that there is no choice.
fn classify_with(tags: &str) -> Test {
    Test::new()
        .file("tags", tags)
        .file("cat.md", "# cat\n")
        .args(["classify", "--tags", "tags", "-m", DIGITS])
        .args(["--min-tags", "1"])
}

/// All lines of the output.
#[track_caller]
fn answers(test: Test) -> Vec<Answer> {
    let output = test.any_stdout().run();
    let lines = output.stdout.lines();
    lines.map(|l| serde_json::from_str(l).unwrap()).collect()
}

#[track_caller]
fn answer(test: Test) -> Answer {
    let [answer] = answers(test).try_into().unwrap();
    answer
}

fn sorted(mut ids: Vec<&str>) -> Vec<&str> {
    ids.sort_unstable();
    ids
}

#[test]
fn an_answer_is_one_compact_line() {
    classify_with(r#"[{"id":17,"name":"ai"}]"#)
        .args(["cat.md", "--id", "7462"])
        .stdout("{\"id\":\"7462\",\"tags\":[17]}\n")
        .run();
}

#[test]
fn tag_ids_come_out_as_they_were_typed() {
    for id in ["0", "-7", "123456789012345678901234567890", r#""17""#] {
        let list = format!(r#"[ {{"name": "ai", "id": {id} }} ]"#);
        classify_with(&list)
            .args(["cat.md"])
            .stdout(format!("{{\"id\":\"cat.md\",\"tags\":[{id}]}}\n"))
            .run();
    }
    let (typed, written) = (r#""\u0061\"b\" 🎉\/""#, r#""a\"b\" 🎉/""#);
    classify_with(&format!(r#"[{{"id":{typed},"name":"ai"}}]"#))
        .args(["cat.md"])
        .stdout(format!("{{\"id\":\"cat.md\",\"tags\":[{written}]}}\n"))
        .run();
}

#[test]
fn the_id_is_a_string_and_by_default_the_path_as_given() {
    let test = |args: &[&str]| answer(classify().args(args)).id;
    assert_eq!(test(&[]), "cat.md");
    assert_eq!(test(&["--id", "7"]), "7");
    assert_eq!(test(&["--id", ""]), "");
    assert_eq!(test(&["--id", "a \"b\"\n🎉"]), "a \"b\"\n🎉");
    let test = classify_with("ai\n").file("notes/today.txt", "x");
    assert_eq!(
        answer(test.args(["./notes/today.txt"])).id,
        "./notes/today.txt"
    );
}

#[test]
fn stdin_is_read_where_no_file_is_named() {
    let expected = "{\"id\":\"-\",\"tags\":[\"ai\"]}\n";
    classify_with("ai\n")
        .stdin("# cat\n")
        .stdout(expected)
        .run();
    classify_with("ai\n")
        .args(["-"])
        .stdin("# cat\n")
        .stdout(expected)
        .run();
}

#[test]
fn a_catalogue_is_one_document_and_that_is_said() {
    let warning =
        "warning: `a.jsonl` is tagged as one document; `minitag batch a.jsonl` tags its records\n";
    classify_with("ai\n")
        .file("a.jsonl", "{\"id\":1,\"text\":\"x\"}\n")
        .args(["a.jsonl"])
        .stdout("{\"id\":\"a.jsonl\",\"tags\":[\"ai\"]}\n")
        .stderr(warning)
        .run();
}

#[test]
fn several_documents_give_a_line_each_in_the_order_given() {
    let test = classify()
        .file("dog.md", "# dog\n\nFetches files.\n")
        .args(["dog.md", "-", "cat.md"])
        .stdin("# bird\n");
    let answers = answers(test);
    let ids: Vec<_> = answers.iter().map(|a| a.id.as_str()).collect();
    assert_eq!(ids, ["cat.md", "dog.md", "-", "cat.md"]);
    assert_eq!(answers[0].tags(), answers[3].tags());
}

#[test]
fn the_number_of_tags_is_between_the_limits_and_none_is_given_twice() {
    for (least, most) in [(0, 1), (1, 1), (1, 2), (2, 3), (4, 4), (4, 9)] {
        let limits = [format!("--min-tags={least}"), format!("--max-tags={most}")];
        let answer = answer(classify().args(limits));
        let mut tags = sorted(answer.tags());
        assert!((least..=most).contains(&tags.len()), "{tags:?}");
        tags.dedup();
        assert_eq!(tags.len(), answer.tags.len(), "{answer:?}");
        assert!(tags.iter().all(|tag| TAGS.contains(tag)), "{tags:?}");
    }
}

#[test]
fn scores_are_one_probability_for_each_tag() {
    for strategy in ["sequence", "rank"] {
        let test = classify().args(["--scores", "--min-tags=3", "--strategy", strategy]);
        let answer = answer(test);
        assert_eq!(answer.scores().len(), answer.tags.len());
        // Written with six digits, so what is very improbable is a plain 0.
        let probability = |p: &f64| (0.0..=1.0).contains(p);
        assert!(answer.scores().iter().all(probability), "{answer:?}");
        assert!(answer.scores()[0] > 0.0, "{answer:?}");
        assert!(answer.ranking.is_none());
    }
}

#[test]
fn all_scores_rank_every_tag_and_stopping_once() {
    let answer = answer(classify().args(["--scores=all", "--min-tags=0"]));
    let tags = answer.tags.len();
    let lengths = [&answer.max_scores, &answer.margins].map(|p| p.as_ref().unwrap().len());
    assert_eq!(lengths, [tags; 2]);
    let stops = answer.stops.as_ref().unwrap().len();
    assert!((1..=tags + 1).contains(&stops), "{answer:?}");
    let ranking = answer.ranking.unwrap();
    let ids = ranking.iter().filter_map(|r| r.id.as_deref());
    let expected = [
        r#""wéb \"2\" 🎉""#,
        "1",
        "123456789012345678901234567890",
        "17",
    ];
    assert_eq!(sorted(ids.map(RawValue::get).collect()), expected);
    let stops: Vec<_> = ranking.iter().filter(|r| r.id.is_none()).collect();
    assert_eq!(stops.len(), 1);
    assert!(
        ranking
            .iter()
            .all(|r| r.stop == r.id.is_none().then_some(true))
    );
    assert!(ranking.is_sorted_by(|a, b| a.logprob >= b.logprob));
    let sum: f64 = ranking.iter().map(|r| r.logprob.exp()).sum();
    assert!((sum - 1.0).abs() < 1e-4, "{sum}");
}

#[test]
fn stopping_is_not_ranked_where_a_tag_is_demanded() {
    let answer = answer(classify().args(["--scores=all", "--min-tags=1"]));
    let ranking = answer.ranking.unwrap();
    assert_eq!(ranking.len(), 4);
    assert!(ranking.iter().all(|r| r.stop.is_none()));
    // The first tag is the best of the ranking, with the same probability.
    let best = ranking[0].id.as_deref().map(RawValue::get);
    assert_eq!(best, answer.tags.first().map(|id| id.get()));
    let scores = answer.scores.unwrap();
    assert!((scores[0] - ranking[0].logprob.exp()).abs() < 1e-5);
}

#[test]
fn scores_do_not_change_the_tags() {
    let [plain, scored, all] = ["--quiet", "--scores", "--scores=all"]
        .map(|flag| answer(classify().args(["--min-tags=2", flag])));
    assert_eq!(plain.tags(), scored.tags());
    assert_eq!(plain.tags(), all.tags());
}

#[test]
fn details_say_what_was_read_by_which_model() {
    let details = answer(classify().args(["--details"])).details.unwrap();
    // The heading's mark and the empty line are not shown.
    assert!(details.tokens.total > 5, "{details:?}");
    assert!(details.tokens.used <= details.tokens.total, "{details:?}");
    assert_eq!((details.windows, &details.spoke[..]), (1, &[][..]));
    // One for each slot that was decided.
    assert!((1..=3).contains(&details.mass.len()), "{details:?}");
    assert!(
        details.mass.iter().all(|mass| (0.0..=1.0).contains(mass)),
        "{details:?}"
    );
    assert_eq!(details.encoding, "UTF-8");
    assert_eq!((details.replaced_bytes, details.removed_characters), (0, 0));
    assert_eq!(details.model, "tiny-digits.gguf");
    assert!(details.seconds >= 0.0);
}

#[test]
fn a_document_over_the_budget_is_condensed_and_said_to_be() {
    let long = "Some words here. ".repeat(50);
    let test = |flag: &'static str| {
        classify_with("ai\n")
            .file("long.md", &long)
            .args(["long.md", "--details", "--budget", "20", flag])
            .any_stdout()
    };
    let quiet = answer(test("--quiet")).details.unwrap();
    assert!(quiet.tokens.total >= 150, "{quiet:?}");
    assert!((1..=20).contains(&quiet.tokens.used), "{quiet:?}");
    let stderr = test("--scores").any_stderr().run().stderr;
    let used = quiet.tokens.used;
    let shown =
        format!("note: the model was shown {used} tokens of `long.md`, the budget left out ");
    assert!(stderr.starts_with(&shown), "{stderr}");
}

#[test]
fn a_full_budget_shows_the_whole_document() {
    let test = classify_with("ai\n")
        .file("long.md", "word ".repeat(1500))
        .args(["long.md", "--details", "--budget", "full"]);
    let details = answer(test).details.unwrap();
    assert!(details.tokens.total > 1024, "{details:?}");
    assert_eq!(details.tokens.used, details.tokens.total);
}

#[test]
fn a_document_is_read_in_windows_where_that_is_asked_for() {
    let test = classify_with("ai\n")
        .file("long.md", "Some words here.\n\n".repeat(60))
        .args([
            "long.md",
            "--long",
            "windows",
            "--budget",
            "100",
            "--details",
            "--scores",
        ]);
    let answer = answer(test);
    let details = answer.details.unwrap();
    assert!(details.windows > 2, "{details:?}");
    assert!(details.tokens.used >= details.tokens.total, "{details:?}");
    assert_eq!(details.spoke.len(), answer.tags.len());
    assert!(details.spoke.iter().all(|&window| window < details.windows));
}

#[test]
fn pretty_json_is_the_same_indented() {
    classify_with("ai\n")
        .args(["cat.md", "--format", "pretty"])
        .stdout("{\n  \"id\": \"cat.md\",\n  \"tags\": [\n    \"ai\"\n  ]\n}\n")
        .run();
}

#[test]
fn csv_has_one_header_and_quotes_where_it_must() {
    let list = r#"[{"id":"a,b","name":"ai"}]"#;
    classify_with(list)
        .args(["cat.md", "-", "--format", "csv"])
        .stdin("x")
        .stdout("id,tags\ncat.md,\"a,b\"\n-,\"a,b\"\n")
        .run();
    classify_with(list)
        .args(["cat.md", "--format", "csv", "--scores"])
        .stdout("id,tags,scores\ncat.md,\"a,b\",1\n")
        .run();
    let output = classify()
        .args(["--format", "csv", "--min-tags=4", "--max-tags=4"])
        .any_stdout()
        .run();
    assert_eq!(output.stdout.matches(';').count(), 3, "{}", output.stdout);
}

#[test]
fn a_table_shows_names_and_ids() {
    let id = "cat.md".to_owned() + &" ".repeat(34);
    let table = |list, args: &[&str], expected: &str| {
        classify_with(list)
            .args(["cat.md", "--format", "table"])
            .args(args)
            .stdout(format!("{id} {expected}\n"))
            .run();
    };
    table(r#"[{"id":17,"name":"ai "}]"#, &[], "ai (17)");
    table(
        r#"[{"id":17,"name":"ai "}]"#,
        &["--scores"],
        "ai (17) 100 %",
    );
    table("ai\n", &[], "ai");
    // Of several candidates, none is certain.
    classify()
        .args(["--format", "table", "--threshold=1"])
        .stdout(format!("{id} none\n"))
        .run();
}

#[test]
fn the_same_run_gives_the_same_bytes() {
    for model in [DIGITS, MULTI] {
        let run = || -> Output {
            Test::new()
                .file("tags.json", TAGS)
                .file("cat.md", "# cat\n\nConcatenates files.\n")
                .args(["classify", "cat.md", "-", "--tags", "tags.json"])
                .args(["--scores=all", "--min-tags=2", "-m", model])
                .stdin("# 狗\n")
                .any_stdout()
                .run()
        };
        assert_eq!(run().stdout, run().stdout);
    }
}

#[test]
fn a_document_gets_the_same_answer_whatever_ran_before() {
    let alone = answers(classify().args(["--scores=all"]));
    let test = classify()
        .file("dog.md", "# dog\n\nFetches files.\n".repeat(30))
        .args(["dog.md", "cat.md", "--scores=all"]);
    let together = answers(test);
    for after in [&together[0], &together[2]] {
        assert_eq!(format!("{after:?}"), format!("{:?}", alone[0]));
    }
}

#[test]
fn a_model_that_writes_names_still_gives_ids() {
    classify_with(r#"[{"id":17,"name":"a \"quoted\" name "}]"#)
        .args(["cat.md", "--answer", "name"])
        .stdout("{\"id\":\"cat.md\",\"tags\":[17]}\n")
        .run();
}

#[test]
fn a_seed_makes_a_drawn_answer_repeatable() {
    let test = |seed| {
        let drawn = ["--temperature=5", "--min-tags=3", "--seed", seed];
        answer(classify().args(drawn))
    };
    assert_eq!(test("1").tags(), test("1").tags());
    let answers: Vec<_> = ["1", "2", "3", "4", "5", "6", "7", "8"].map(test).into();
    let first = answers[0].tags();
    assert!(answers.iter().any(|a| a.tags() != first), "{answers:?}");
}

#[test]
fn a_tag_list_is_json_csv_or_one_name_a_line() {
    for (list, id) in [
        (r#"[{"id":17,"name":"ai","description":"thinks"}]"#, "17"),
        ("\u{feff}[{\"id\":17,\"name\":\"ai\"}]", "17"),
        ("id,name\n17,ai\n", "17"),
        ("name,description,id\r\nai,\"thinks, or so\",x\r\n", "\"x\""),
        ("ai\n\n", "\"ai\""),
    ] {
        classify_with(list)
            .args(["cat.md"])
            .stdout(format!("{{\"id\":\"cat.md\",\"tags\":[{id}]}}\n"))
            .run();
    }
}

#[test]
fn llama_cpps_names_of_options_are_understood() {
    for args in [
        "-ngl 0 -ctk f16 -ctv bf16 -fa off",
        "--gpu-layers 0 --cache-type-k q8_0 --cache-type-v f32 --flash-attn off",
        "-fa on -t 1 -c 2048 -b 256",
    ] {
        classify_with("ai\n")
            .args(["cat.md"])
            .args(args.split(' '))
            .stdout("{\"id\":\"cat.md\",\"tags\":[\"ai\"]}\n")
            .run();
    }
}

/// Below the number of sequences, llama.cpp ended the process.
#[test]
fn any_batch_size_gives_the_same_tags() {
    let expected = answer(classify().args(["--min-tags=2"]));
    for size in ["1", "63", "64", "1000000"] {
        let answer = answer(classify().args(["--min-tags=2", "-b", size]));
        assert_eq!(answer.tags(), expected.tags(), "-b {size}");
    }
}

/// Runs with limits that contradict each other: the message tells which
/// `--max-tags` was in force.
#[track_caller]
fn assert_max_tags(test: Test, flags: &[&str], expected: usize) {
    test.file("tags.json", TAGS)
        .args(["classify", "--tags", "tags.json", "--min-tags", "4"])
        .args(flags)
        .stderr(format!(
            "error: `--min-tags 4` is more than the most that a document can get: {expected}\n"
        ))
        .status(2)
        .run();
}

#[test]
fn a_flag_beats_the_environment_which_beats_the_file() {
    let file = || Test::new().file("minitag.toml", "max-tags = 1\n");
    let variable = || file().env("MINITAG_MAX_TAGS", "2");
    assert_max_tags(Test::new(), &[], 3);
    assert_max_tags(file(), &[], 1);
    assert_max_tags(variable(), &[], 2);
    assert_max_tags(variable(), &["--max-tags", "3"], 3);
}

#[test]
fn the_folders_file_beats_the_users() {
    let user = || Test::new().file("minitag/minitag.toml", "max-tags = 2\n");
    assert_max_tags(user(), &[], 2);
    assert_max_tags(user().file("minitag.toml", "max-tags = 1\n"), &[], 1);
}

#[test]
fn every_option_can_stand_in_the_file() {
    let file = format!(
        "tags = \"tags.csv\"\nmodel = '{DIGITS}'\nmin-tags = 1\nscores = \"chosen\"\n\
         threshold = 0.5\nquiet = true\nbudget = 1\nformat = \"json\"\n"
    );
    Test::new()
        .file("minitag.toml", file)
        .file("tags.csv", "id,name\n17,ai\n")
        .file("cat.md", "# cat\n\nConcatenates files.\n")
        .args(["classify", "cat.md"])
        .stdout("{\"id\":\"cat.md\",\"tags\":[17],\"scores\":[1.0]}\n")
        .run();
}

#[test]
fn every_option_can_stand_in_the_environment() {
    Test::new()
        .file("tags.csv", "id,name\n17,ai\n")
        .file("cat.md", "# cat\n\nConcatenates files.\n")
        .env("MINITAG_TAGS", "tags.csv")
        .env("MINITAG_MODEL", DIGITS)
        .env("MINITAG_MIN_TAGS", "1")
        .env("MINITAG_SCORES", "chosen")
        .env("MINITAG_QUIET", "true")
        .env("MINITAG_BUDGET", "1")
        .env("MINITAG_ID", "7462")
        .args(["classify", "cat.md"])
        .stdout("{\"id\":\"7462\",\"tags\":[17],\"scores\":[1.0]}\n")
        .run();
}

#[test]
fn a_wording_of_ones_own_is_taken() {
    classify_with("ai\n")
        .file("wording.txt", "{{tags}}\n{{document}}\n")
        .args(["cat.md", "--prompt", "wording.txt"])
        .stdout("{\"id\":\"cat.md\",\"tags\":[\"ai\"]}\n")
        .run();
}
