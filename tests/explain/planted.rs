//! Documents in which one sentence tells, and all others say nothing of the topic: that
//! sentence has to be found, with the built-in model.

use std::fmt::Write as _;
use std::fs;

use serde_json::Value;

use crate::support::Test;

/// So many documents are made.
const DOCUMENTS: usize = 40;

/// Sentences with a tag's id in `examples/tags.json`.
const TELLING: [(u64, &str); 20] = [
    (
        3,
        "It is an embedded key-value database that keeps tables on disk and answers SQL queries.",
    ),
    (
        3,
        "Rows are stored in a columnar database with transactions and secondary indexes.",
    ),
    (
        6,
        "It keeps track of household budgets, invoices and stock portfolios.",
    ),
    (
        6,
        "Double-entry accounting with bank statement import and tax reports.",
    ),
    (
        10,
        "A turn-based strategy game with dungeons, monsters and a map editor.",
    ),
    (
        10,
        "Players jump across platforms and collect coins in this arcade game.",
    ),
    (
        12,
        "A Kubernetes operator that schedules pods and rolls out Helm charts in the cluster.",
    ),
    (
        15,
        "A message queue: producers publish to topics, consumers acknowledge what they receive.",
    ),
    (16, "The Android and iOS app works offline on your phone."),
    (
        17,
        "It scrapes metrics, draws dashboards and sends alerts when a server goes down.",
    ),
    (
        18,
        "A reverse proxy that balances TCP and UDP traffic between networks over a VPN.",
    ),
    (
        19,
        "A parser that reads the grammar and builds a syntax tree from tokens.",
    ),
    (
        20,
        "The robot arm plans its motion with inverse kinematics and lidar.",
    ),
    (
        21,
        "A full-text search engine with an inverted index and fuzzy matching.",
    ),
    (
        22,
        "It scans for vulnerabilities, encrypts secrets and checks passwords.",
    ),
    (
        24,
        "A unit testing framework with mocks, fixtures and code coverage.",
    ),
    (
        25,
        "It transcodes video streams, cuts clips and adds subtitles with FFmpeg.",
    ),
    (
        1,
        "Train large language models and fine-tune neural networks on your own data.",
    ),
    (
        7,
        "Firmware for the ESP32 microcontroller, flashed over the serial port.",
    ),
    (
        23,
        "A terminal emulator with tabs, splits and GPU-accelerated text.",
    ),
];

/// Sentences that tell of no tag.
const NOISE: [&str; 30] = [
    "Thank you for stopping by.",
    "We began on a rainy afternoon in October.",
    "The name was chosen after a long discussion.",
    "It has been a pleasure to work on this.",
    "Some of us live near the sea.",
    "The first attempt was thrown away.",
    "Things change slowly here, and we like it that way.",
    "Nobody remembers who had the idea.",
    "Please be kind to each other.",
    "The old version is still around.",
    "There is more to come next year.",
    "A friend drew the picture above.",
    "We meet every second Tuesday.",
    "Most of it was written on trains.",
    "It does what it says, and no more.",
    "Small steps are better than large ones.",
    "You may have heard of us before.",
    "The colour of the sign is a matter of taste.",
    "Our grandparents would have laughed.",
    "What you see here took three summers.",
    "The rest is explained further below.",
    "Let us know what you think.",
    "Not everything went according to plan.",
    "There were two of us at the beginning.",
    "It is older than it looks.",
    "The weather was fine when we finished.",
    "We are often asked about the bird.",
    "No one was in a hurry.",
    "A second opinion is always welcome.",
    "The story has a happy ending.",
];

struct Planted {
    id: u64,
    sentence: &'static str,
    text: String,
}

/// Documents of 8 to 14 sentences in paragraphs, the telling one anywhere among them.
fn documents() -> Vec<Planted> {
    let mut random = fastrand::Rng::with_seed(7462);
    let document = |n: usize| {
        let (id, sentence) = TELLING[n % TELLING.len()];
        let mut sentences = NOISE.to_vec();
        random.shuffle(&mut sentences);
        sentences.truncate(random.usize(7..14));
        sentences.insert(random.usize(..=sentences.len()), sentence);
        let mut text = String::new();
        for sentence in sentences {
            let gap = if random.u8(..3) == 0 { "\n\n" } else { " " };
            let _ = write!(text, "{sentence}{gap}");
        }
        Planted { id, sentence, text }
    };
    (0..DOCUMENTS).map(document).collect()
}

#[test]
fn the_planted_sentence_is_found_in_nine_of_ten_documents() {
    let tags = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/tags.json");
    let tags = fs::read_to_string(tags).unwrap();
    let mut missed = Vec::new();
    for (n, planted) in documents().iter().enumerate() {
        let output = Test::new()
            .file("tags.json", &tags)
            .file("document.md", &planted.text)
            .args([
                "explain",
                "document.md",
                "--tags",
                "tags.json",
                "-m",
                "nano",
            ])
            .args(["--id", &n.to_string(), "--json", "-q"])
            .args(["--tag", &planted.id.to_string()])
            .any_stdout()
            .run();
        let explained: Value = serde_json::from_str(&output.stdout).unwrap();
        let pieces = explained["pieces"].as_array().unwrap();
        let first = pieces.iter().find(|piece| piece["rank"] == 1).unwrap();
        if first["text"] != planted.sentence {
            missed.push(format!("{n}: {first} instead of {}", planted.sentence));
        }
    }
    assert!(missed.len() * 10 <= DOCUMENTS, "{}", missed.join("\n"));
}
