//! `minitag decide`: typed questions to each document.

use std::fs;

use minitag::engine::llama::{ContextOptions, LlamaEngine, Model, ModelOptions};
use minitag::service::{Decider, Json, Question};
use minitag::{Classifier, ClassifierOptions, DecideOptions, TagSet};

use crate::support::{DIGITS, JOINED, Test, program};

const QUESTIONS: &str = r#"{
 "urgent":{"type":"noul","instructions":"Is it urgent?","criteria":{"true":"urgent, today","false":"can wait"}},
 "team":{"type":"choice","criteria":{"support":"bugs, crashes","billing":"invoices, refunds, payments"}},
 "anger":{"type":"score","criteria":["calm","annoyed","furious"]},
 "about":{"type":"multi_label","labels":["refund","delay"],"min":1,"max":2}}"#;

const DOCUMENTS: &str = r#"{"id":"1","text":"I was charged twice and want my refund today!"}
{"id":"2","text":" "}
{"id":"3"}
nonsense
{"id":4,"text":"The app crashes."}
"#;

fn test() -> Test {
    Test::new()
        .file("q.json", QUESTIONS)
        .file("in.jsonl", DOCUMENTS)
}

/// The lines of some output, as JSON.
fn lines(text: &str) -> Vec<serde_json::Value> {
    let lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
    lines.collect()
}

#[test]
fn each_document_gets_a_line_whatever_is_wrong_with_others() {
    let test = test()
        .args(["decide", "q.json", "in.jsonl", "-m", "nano"])
        .any_stdout()
        .stderr(
            "note: word vectors compare the words of each answer with the document; of a question \
             they understand nothing (docs/service.md)\n\
             note: 2 decided, 3 failed\n",
        )
        .status(1)
        .run();
    let lines = lines(&test.stdout);
    let ids: Vec<&serde_json::Value> = lines.iter().map(|line| &line["id"]).collect();
    assert_eq!(
        ids,
        ["1", "2", "3", "null", "4"]
            .map(|id| match id {
                "null" => serde_json::Value::Null,
                id => id.into(),
            })
            .iter()
            .collect::<Vec<_>>()
    );
    let kinds: Vec<_> = lines[1..4]
        .iter()
        .map(|l| l["error"]["kind"].clone())
        .collect();
    assert_eq!(kinds, ["empty", "no_text", "not_json"]);
    assert_eq!(lines[0]["answers"]["team"]["choice"], "billing");
    assert_eq!(lines[4]["answers"]["team"]["choice"], "support");
    assert_eq!(lines[0]["answers"]["about"]["selected"][0], "refund");
    // In the order they are asked in.
    let places: Vec<_> = ["urgent", "team", "anger", "about", "support", "billing"]
        .map(|name| test.stdout.find(&format!("\"{name}\":")).unwrap())
        .into();
    assert!(
        places[..4].is_sorted() && places[4] < places[5],
        "{places:?}"
    );
}

/// Models that write ids, in vocabularies of several kinds, are asked in one pass.
#[test]
fn any_model_answers_with_probabilities_that_add_up() {
    for model in [DIGITS, JOINED] {
        let test = test()
            .args(["decide", "q.json", "in.jsonl", "-q", "-m", model])
            .any_stdout()
            .status(1)
            .run();
        for line in lines(&test.stdout) {
            let Some(answers) = line["answers"].as_object() else {
                continue;
            };
            let sum = |answer: &serde_json::Value| -> f64 {
                let shares = answer["probabilities"].as_object().unwrap().values();
                shares.map(|share| share.as_f64().unwrap()).sum()
            };
            for id in ["team", "anger", "about"] {
                assert!((sum(&answers[id]) - 1.0).abs() < 1e-4, "{line}");
            }
            let shares = &answers["anger"]["probabilities"];
            let mean = shares["1"].as_f64().unwrap() + 2.0 * shares["2"].as_f64().unwrap();
            let score = answers["anger"]["score"].as_f64().unwrap();
            assert!((score - mean).abs() < 1e-4, "{line}");
            assert!(!answers["about"]["selected"].as_array().unwrap().is_empty());
            let noul = answers["urgent"]["noul"].as_f64().unwrap();
            assert!((0.0..=1.0).contains(&noul), "{line}");
        }
    }
}

/// Labels without a question are a tag list like any other.
#[test]
fn labels_are_chosen_as_classify_chooses_tags() {
    let labels = ["database", "game", "search", "chess"];
    let text = "# Loam\n\nAn embedded database for embedded search.\n";
    let tags = labels.join(",");
    let classify = Test::new()
        .file("a.md", text)
        .args(["classify", "a.md", "--tags", &tags, "-m", "nano", "-q"])
        .args(["--scores", "--max-tags", "2"])
        .any_stdout()
        .run();
    let question = serde_json::json!({"q": {"type": "multi_label", "labels": labels, "max": 2}});
    let decide = Test::new()
        .file("docs/a.md", text)
        .file("q.json", question.to_string())
        .args(["decide", "q.json", "docs", "-m", "nano", "-q"])
        .any_stdout()
        .run();
    let (tags, labels) = (&lines(&classify.stdout)[0], &lines(&decide.stdout)[0]);
    let labels = &labels["answers"]["q"];
    assert!(!tags["tags"].as_array().unwrap().is_empty());
    assert_eq!(labels["selected"], tags["tags"]);
    assert_eq!(labels["scores"], tags["scores"]);
}

/// Lists of several lengths and questions take turns; each is answered as alone.
#[test]
fn lists_and_questions_take_turns() {
    let model = Model::load(DIGITS.as_ref(), &ModelOptions::default()).unwrap();
    let options = || ClassifierOptions::for_model(&model);
    let engine = || LlamaEngine::new(&model, ContextOptions::default());
    let mut decider = Decider::new(engine(), options()).unwrap();
    let question =
        Question::read(&Json::parse(br#"{"type":"noul","instructions":"Is it?"}"#).unwrap());
    let question = question.unwrap();
    let mut first = None;
    for round in 0..3 {
        for (list, min_tags) in [("a\nb\nc\nd\ne", 4), ("x\ny", 1)] {
            let tags = TagSet::parse(list).unwrap();
            let decide = DecideOptions {
                min_tags,
                max_tags: 4,
                scores: true,
                ..DecideOptions::default()
            };
            let said = decider
                .classifier(&tags, decide.clone())
                .unwrap()
                .classify("7", "Rain, rain.")
                .unwrap();
            if round == 0 {
                let options = ClassifierOptions {
                    decide,
                    ..options()
                };
                let mut alone = Classifier::with_engine(engine(), tags, options).unwrap();
                assert_eq!(said, alone.classify("7", "Rain, rain.").unwrap());
            }
            let answer = decider.answer(&question, "Rain, rain.").unwrap().answer;
            assert_eq!(*first.get_or_insert(answer.clone()), answer);
        }
        // What was computed once is there.
        assert_eq!(decider.engine().computed_prefixes(), 3, "round {round}");
    }
}

#[test]
fn questions_that_are_none_are_refused_before_anything_is_read() {
    let refused = |questions: &str, message: &str| {
        Test::new()
            .file("q.json", questions)
            .file("in.jsonl", DOCUMENTS)
            .args(["decide", "q.json", "in.jsonl", "-q", "-m", "nano"])
            .stderr(format!("error: {message}\n"))
            .status(2)
            .run();
    };
    refused("{}", "cannot use `q.json`: there is no question");
    refused(
        r#"{"a":{"type":"choice","criteria":{"x":null}},"b":{"type":"what"}}"#,
        "cannot use `q.json`: `a.choice.criteria`: expected 2 to 255 options, found 1; `b.type`: \
         `what` is no type of question; expected `noul`, `choice`, `score` or `multi_label`",
    );
    refused(
        r#"{"a":{"type":"score","criteria":["x","x"]}}"#,
        "cannot ask `a` of `q.json`: `score.criteria`: entry 2: the name `x` stands already at entry 1",
    );
}

#[test]
fn fields_have_the_names_that_are_said_and_nothing_to_ask_about_is_told() {
    let run = |file: &str, text: &str, more: &[&str]| {
        Test::new()
            .file("q.json", QUESTIONS)
            .file(file, text)
            .args(["decide", "q.json", file, "-m", "nano"])
            .args(more)
    };
    let text = "{\"nr\":7,\"body\":\"A refund.\"}\n";
    let fields = ["--id-field", "nr", "--text-field", "body", "-q"];
    let output = run("in.jsonl", text, &fields).any_stdout().run();
    assert_eq!(lines(&output.stdout)[0]["id"], "7");
    let output = run("none.jsonl", "", &[]).any_stderr().run();
    let told = "warning: there is no record in `none.jsonl`\nnote: 0 decided, 0 failed\n";
    assert!(output.stderr.ends_with(told), "{}", output.stderr);
    run("in.jsonl", text, &["-o", "out.csv"])
        .stderr("error: `out.csv`: lines of JSON are written\nhint: `-o FILE.jsonl`\n")
        .status(2)
        .run();
}

#[test]
fn what_is_read_is_not_written_over() {
    let refused = Test::new()
        .file("q.json", QUESTIONS)
        .file("in.jsonl", DOCUMENTS)
        .args([
            "decide", "q.json", "in.jsonl", "-o", "in.jsonl", "-m", "nano",
        ])
        .stderr("error: `in.jsonl` is both DOCS and OUT\n")
        .status(2);
    let path = refused.path("in.jsonl");
    refused.run_then(|| assert_eq!(fs::read_to_string(path).unwrap(), DOCUMENTS));
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("q.json"), QUESTIONS).unwrap();
    fs::write(path("in.jsonl"), "{\"id\":1,\"text\":\"A refund.\"}\n").unwrap();
    let mut command = program(folder.path());
    command.args([
        "decide",
        "q.json",
        "in.jsonl",
        "-o",
        "out.jsonl",
        "-m",
        "nano",
    ]);
    assert_eq!(command.output().unwrap().status.code(), Some(0));
    let written = fs::read_to_string(path("out.jsonl")).unwrap();
    assert_eq!(lines(&written)[0]["id"], "1");
}
