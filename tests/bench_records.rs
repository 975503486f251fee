//! How fast a catalogue of a million records is read, and in how much memory, whatever its
//! notation: `cargo bench --bench records`, or with another number of records behind `--`.
//!
//! Reading alone: no model, no journal. A peak that grows with the number of records, or a
//! record that is lost, ends it with an error.
#![allow(clippy::unwrap_used, missing_docs)]

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use minitag::runner::{InputFormat, Next, Source, feed};

const TEXT: &str = "A small tool that counts the fish in a pond by their shadows, with a camera that \
    hangs over the water, and draws a curve of the year; it runs on a board of the size of a card.";

fn main() {
    let mut given = std::env::args().filter_map(|arg| arg.parse().ok());
    let records: u64 = given.next_back().unwrap_or(1_000_000);
    let folder = tempfile::tempdir().unwrap();
    let mut out = std::io::stdout();
    for name in ["in.jsonl", "in.json", "export.json", "in.csv", "in.tsv"] {
        let path = folder.path().join(name);
        write(&path, records).unwrap();
        let before = peak();
        let (started, spent) = (Instant::now(), processor());
        let read = read(&path);
        let (seconds, spent) = (started.elapsed().as_secs_f64(), processor() - spent);
        assert_eq!(read, records, "{name}");
        let megabytes = path.metadata().unwrap().len() >> 20;
        let grown = peak().saturating_sub(before);
        assert!(grown < 8 << 10, "{name} takes {grown} KiB more");
        let line = format!(
            "{name:<12} {read} records, {megabytes} MiB, {seconds:.2} s, of the processor {spent:.2} s, peak {} KiB",
            peak()
        );
        writeln!(out, "{line}").unwrap();
        std::fs::remove_file(&path).unwrap();
    }
}

/// Writes so many records in the notation that a file's name tells.
fn write(path: &Path, records: u64) -> std::io::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    let (head, end, between) = match name.as_str() {
        "in.json" => ("[\n", "\n]\n", ",\n"),
        "export.json" => ("{\"version\":1,\"all\":[", "]}", ","),
        "in.csv" => ("id,text,url\n", "", ""),
        "in.tsv" => ("id\ttext\turl\n", "", ""),
        _ => ("", "\n", "\n"),
    };
    write!(file, "{head}")?;
    for n in 0..records {
        let url = "https://pond.example";
        match name.as_str() {
            "in.csv" => writeln!(file, "{n},\"{TEXT}\",{url}/{n}")?,
            "in.tsv" => writeln!(file, "{n}\t{TEXT}\t{url}/{n}")?,
            _ => {
                let between = if n == 0 { "" } else { between };
                let record = format!("{{\"id\":{n},\"text\":\"{TEXT}\",\"url\":\"{url}/{n}\"}}");
                write!(file, "{between}{record}")?;
            }
        }
    }
    write!(file, "{end}")?;
    file.flush()
}

/// How many records a file gives.
fn read(path: &Path) -> u64 {
    let source = Source::new(path, InputFormat::of(path).unwrap());
    let feed = feed(source).unwrap();
    let mut count = 0;
    while let Next::Item(item) = feed.next(Duration::from_mins(1)).unwrap() {
        assert!(item.record.is_ok());
        count += 1;
    }
    count
}

/// The most memory so far, in KiB; 0 where the system does not tell.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.trim().strip_suffix(" kB"));
    number.and_then(|n| n.parse().ok()).unwrap_or(0)
}

/// The processor's time so far, in seconds; 0 where the system does not tell. On a machine
/// with other work it says more than the clock.
fn processor() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let behind_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks = behind_name.split_whitespace().skip(11).take(2);
    ticks
        .filter_map(|ticks| ticks.parse::<f64>().ok())
        .sum::<f64>()
        / 100.0
}
