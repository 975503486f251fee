//! Where records come from: JSON lines, CSV, the files of a folder.
//!
//! A thread of its own reads ahead by a few records, so that a run that waits for the
//! next line of a pipe can still be stopped, and looks no further than it has to.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use glob::Pattern;
use serde_json::value::RawValue;
use walkdir::{DirEntry, WalkDir};

use crate::document::MAX_BYTES;
use crate::runner::record::{Content, Fields, Record, RecordError};
use crate::tags::json_string;

/// Records that are read ahead; few, since one can be megabytes long.
const AHEAD: usize = 4;

/// Files of a folder that are taken for documents where nothing else is asked for.
const DOCUMENTS: [&str; 11] = [
    "md", "markdown", "html", "htm", "xhtml", "rst", "adoc", "asciidoc", "org", "txt", "text",
];

/// How an input is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputFormat {
    /// One JSON object a line.
    Jsonl,
    /// Comma-separated values with a header.
    Csv,
    /// Tab-separated values with a header.
    Tsv,
    /// A folder: each file is a record, its path there is the id.
    Folder,
}

impl InputFormat {
    /// The format that a path tells; `None` where it tells nothing.
    #[must_use]
    pub fn of(path: &Path) -> Option<Self> {
        if path == Path::new("-") {
            return Some(Self::Jsonl);
        }
        if path.is_dir() {
            return Some(Self::Folder);
        }
        let extension = path.extension()?.to_string_lossy().to_lowercase();
        match extension.as_str() {
            "jsonl" | "ndjson" | "json" => Some(Self::Jsonl),
            "csv" => Some(Self::Csv),
            "tsv" | "tab" => Some(Self::Tsv),
            _ => None,
        }
    }
}

/// An input.
#[derive(Clone, Debug)]
pub struct Source {
    /// A file or a folder; `-` is stdin.
    pub path: PathBuf,
    /// How it is written.
    pub format: InputFormat,
    /// What the fields are called.
    pub fields: Fields,
    /// Which files of a folder are records, by their paths there; none stands for
    /// all that look like documents.
    pub globs: Vec<Pattern>,
}

/// Why an input cannot be read, or not further.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InputError {
    /// It cannot be read.
    #[error("cannot read `{}`", path.display())]
    Io {
        /// The input.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The header lacks a column.
    #[error("`{}` has no column `{column}`", path.display())]
    NoColumn {
        /// The input.
        path: PathBuf,
        /// The column that is needed.
        column: String,
    },
}

/// A record or why it is none, and how much of the input has been read with it.
#[derive(Debug)]
pub struct Item {
    /// The record.
    pub record: Result<Record, RecordError>,
    /// Bytes, or files of a folder.
    pub position: u64,
}

/// What comes next.
#[derive(Debug)]
pub enum Next {
    /// This.
    Item(Item),
    /// Nothing so far, but something may come.
    NothingYet,
    /// Nothing more.
    End,
}

/// The records of an input, as they come.
#[derive(Debug)]
pub struct Feed {
    receiver: Receiver<Result<Item, InputError>>,
    /// The length of the input where it is known: bytes, or files of a folder.
    pub length: Option<u64>,
    /// Whether records come from somewhere that may have none for now.
    pub is_live: bool,
}

impl Feed {
    /// The next record, where one comes in time.
    ///
    /// # Errors
    /// [`InputError`] where the input cannot be read any further.
    pub fn next(&self, patience: Duration) -> Result<Next, InputError> {
        match self.receiver.recv_timeout(patience) {
            Ok(item) => item.map(Next::Item),
            Err(RecvTimeoutError::Timeout) => Ok(Next::NothingYet),
            Err(RecvTimeoutError::Disconnected) => Ok(Next::End),
        }
    }
}

/// Begins to read an input.
///
/// # Errors
/// [`InputError`] where it cannot be opened.
pub fn feed(source: Source) -> Result<Feed, InputError> {
    let (sender, receiver) = sync_channel(AHEAD);
    let is_live = source.path == Path::new("-");
    let failed = |error| InputError::Io {
        path: source.path.clone(),
        source: error,
    };
    let mut length = None;
    if source.format == InputFormat::Folder {
        length = Some(files(&source).flatten().count() as u64);
        thread::spawn(move || send_files(&source, &sender));
    } else {
        let input: Box<dyn Read + Send> = if is_live {
            Box::new(io::stdin())
        } else {
            let file = File::open(&source.path).map_err(failed)?;
            let metadata = file.metadata().map_err(failed)?;
            length = metadata.is_file().then_some(metadata.len());
            Box::new(file)
        };
        thread::spawn(move || {
            let path = source.path.clone();
            let result = match source.format {
                InputFormat::Csv => send_rows(&source, input, b',', &sender),
                InputFormat::Tsv => send_rows(&source, input, b'\t', &sender),
                InputFormat::Jsonl | InputFormat::Folder => send_lines(&source, input, &sender),
            };
            if let Err(error) = result {
                // Whoever asked for records may have gone away.
                let _ = sender.send(Err(
                    error.unwrap_or_else(|source| InputError::Io { path, source })
                ));
            }
        });
    }
    Ok(Feed {
        receiver,
        length,
        is_live,
    })
}

/// What ends the reading of an input: an error of ours, or one of the system's.
type Ended = Result<InputError, io::Error>;

type Sender = SyncSender<Result<Item, InputError>>;

fn send_lines(source: &Source, input: impl Read, sender: &Sender) -> Result<(), Ended> {
    let folder = source.path.parent().unwrap_or(Path::new(""));
    let mut input = BufReader::new(input);
    let mut bytes = Vec::new();
    let mut position = 0;
    for line in 1.. {
        bytes.clear();
        let limit = MAX_BYTES + 1;
        let mut read = input
            .by_ref()
            .take(limit)
            .read_until(b'\n', &mut bytes)
            .map_err(Err)? as u64;
        if read == 0 {
            return Ok(());
        }
        let too_long = read == limit && !bytes.ends_with(b"\n");
        if too_long {
            read += input.skip_until(b'\n').map_err(Err)? as u64;
        }
        position += read;
        let text = bytes.trim_ascii();
        let text = match text.strip_prefix(b"\xef\xbb\xbf") {
            Some(rest) if line == 1 => rest,
            _ => text,
        };
        if text.is_empty() {
            continue;
        }
        let record = if too_long {
            let message = format!("its line is longer than {} MiB", MAX_BYTES >> 20);
            Err(RecordError {
                line,
                id: None,
                kind: "too_large",
                message,
            })
        } else {
            Record::from_json(text, line, &source.fields, folder)
        };
        if sender.send(Ok(Item { record, position })).is_err() {
            break;
        }
    }
    Ok(())
}

fn send_rows(
    source: &Source,
    input: impl Read,
    delimiter: u8,
    sender: &Sender,
) -> Result<(), Ended> {
    let folder = source.path.parent().unwrap_or(Path::new(""));
    let read = Arc::new(AtomicU64::new(0));
    let row_ended = Arc::new(AtomicU64::new(0));
    let input = Counted {
        inner: input,
        read: Arc::clone(&read),
        row_ended: Arc::clone(&row_ended),
    };
    let mut rows = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .from_reader(input);
    let header = rows.headers().map_err(|e| Err(io_error(e)))?.clone();
    let has = |name: &str| header.iter().any(|column| column == name);
    let fields = &source.fields;
    let columns = [
        &fields.id,
        if has(&fields.path) {
            &fields.path
        } else {
            &fields.text
        },
    ];
    if let Some(column) = columns.into_iter().find(|column| !has(column)) {
        let (path, column) = (source.path.clone(), column.clone());
        return Err(Ok(InputError::NoColumn { path, column }));
    }
    // Of several columns with one name, the first is the one.
    let mut seen = HashSet::new();
    let named = header.iter().enumerate();
    let columns: Vec<(usize, &str)> = named.filter(|(_, name)| seen.insert(*name)).collect();
    let mut row = csv::StringRecord::new();
    loop {
        let mut line = rows.position().line();
        let record = match rows.read_record(&mut row) {
            Ok(false) => return Ok(()),
            Ok(true) => {
                line = row.position().map_or(line, csv::Position::line);
                // An empty cell is one that is not there.
                let cells = columns.iter().map(|&(place, name)| (name, &row[place]));
                let cells = cells.filter(|(_, cell)| !cell.is_empty());
                let cells = cells.map(|(name, cell)| (name.to_owned(), raw_string(cell)));
                Record::from_fields(cells.collect(), line, fields, folder)
            }
            Err(error) if error.is_io_error() => return Err(Err(io_error(error))),
            Err(error) => Err(RecordError {
                line,
                id: None,
                kind: "not_csv",
                message: row_error(&error),
            }),
        };
        let position = read.load(Ordering::Relaxed);
        row_ended.store(position, Ordering::Relaxed);
        if sender.send(Ok(Item { record, position })).is_err() {
            return Ok(());
        }
    }
}

/// What is wrong with a row, without the place that the record tells anyway.
fn row_error(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => format!("it has {len} columns, the header has {expected_len}"),
        csv::ErrorKind::Utf8 { .. } => "it is not valid UTF-8".to_owned(),
        _ => error.to_string(),
    }
}

/// What ends the reading: an error of the system's, or a header that is none.
fn io_error(error: csv::Error) -> io::Error {
    let message = format!("its header: {}", row_error(&error));
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        _ => io::Error::new(io::ErrorKind::InvalidData, message),
    }
}

fn raw_string(text: &str) -> Box<RawValue> {
    RawValue::from_string(json_string(text)).unwrap_or_default()
}

/// Counts what is read, and ends where a row takes too much of it: a quote that is not
/// closed would bring all the rest into memory.
struct Counted<R> {
    inner: R,
    read: Arc<AtomicU64>,
    /// What was read when the last row had come.
    row_ended: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        let read = self.read.fetch_add(n as u64, Ordering::Relaxed) + n as u64;
        if read - self.row_ended.load(Ordering::Relaxed) > MAX_BYTES {
            let limit = MAX_BYTES >> 20;
            let message = format!("a row is longer than {limit} MiB; is a quote not closed?");
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
        Ok(n)
    }
}

fn send_files(source: &Source, sender: &Sender) {
    for (line, file) in (1..).zip(files(source)) {
        let record = match file {
            Ok((id, path)) => Ok(Record {
                line,
                id,
                content: Content::File(path),
                kept: Vec::new(),
            }),
            Err(error) => Err(RecordError {
                line,
                id: None,
                kind: "unreadable",
                message: error.to_string(),
            }),
        };
        let position = line;
        if sender.send(Ok(Item { record, position })).is_err() {
            break;
        }
    }
}

/// The files of a folder that are records, sorted by name: each with its path inside.
fn files(source: &Source) -> impl Iterator<Item = Result<(String, PathBuf), walkdir::Error>> {
    let visible = |entry: &DirEntry| {
        entry.depth() == 0 || !entry.file_name().to_string_lossy().starts_with('.')
    };
    let walk = WalkDir::new(&source.path).sort_by_file_name().into_iter();
    walk.filter_entry(visible).filter_map(|entry| {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => return Some(Err(error)),
        };
        let inside = entry.path().strip_prefix(&source.path).ok()?;
        let wanted = if source.globs.is_empty() {
            let extension = inside
                .extension()
                .map(|e| e.to_string_lossy().to_lowercase());
            extension.is_some_and(|e| DOCUMENTS.contains(&e.as_str()))
        } else {
            source.globs.iter().any(|glob| glob.matches_path(inside))
        };
        // A link to a file is one; links to folders are not followed.
        let is_record = wanted && entry.path().is_file();
        is_record.then(|| {
            Ok((
                inside.to_string_lossy().into_owned(),
                entry.path().to_owned(),
            ))
        })
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::runner::record::Keep;

    /// What a file of this name and content gives: ids, or lines and kinds of errors.
    fn read(name: &str, content: &[u8]) -> Vec<Given> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        fs::write(&path, content).unwrap();
        all(Source {
            format: InputFormat::of(&path).unwrap(),
            path,
            fields: Fields::default(),
            globs: Vec::new(),
        })
    }

    fn all(source: Source) -> Vec<Given> {
        let feed = feed(source).unwrap();
        let mut all = Vec::new();
        while let Next::Item(item) = feed.next(Duration::from_secs(9)).unwrap() {
            all.push(item.record.map(|r| r.id).map_err(|e| (e.line, e.kind)));
        }
        all
    }

    /// What a file gives for one record: its id, or its line and the kind of the error.
    type Given = Result<String, (u64, &'static str)>;

    #[allow(clippy::unnecessary_wraps)]
    fn ok(id: &str) -> Given {
        Ok(id.to_owned())
    }

    #[test]
    fn lines_are_records_and_empty_ones_are_not() {
        let text = b"\xef\xbb\xbf{\"id\":1,\"text\":\"a\"}\n\n  \r\nnonsense\n{\"id\":2,\"text\":\"b\"}\r\n{\"id\":3,";
        let expected = [ok("1"), Err((4, "not_json")), ok("2"), Err((6, "not_json"))];
        assert_eq!(read("in.jsonl", text), expected);
    }

    #[test]
    fn rows_are_records_by_the_names_of_their_columns() {
        let text = b"text,id,x\n\"a\nb\",1,\nc,2\n\xff,3,\n,4,y\nd,5,\n";
        let expected = [
            ok("1"),
            Err((4, "not_csv")),
            Err((5, "not_csv")),
            Err((6, "no_text")),
            ok("5"),
        ];
        assert_eq!(read("in.csv", text), expected);
        assert_eq!(read("in.tsv", b"id\ttext\n1\ta, b\n"), [ok("1")]);
    }

    #[test]
    fn of_columns_with_one_name_the_first_counts() {
        let text = b"id,text,x,x,id\n1,a,b,c,2\n3,d,,e,4\n";
        assert_eq!(read("in.csv", text), [ok("1"), ok("3")]);
        let (sender, receiver) = sync_channel(AHEAD);
        let keep = Keep::All;
        let source = Source {
            path: PathBuf::from("in.csv"),
            format: InputFormat::Csv,
            fields: Fields {
                keep,
                ..Fields::default()
            },
            globs: Vec::new(),
        };
        send_rows(&source, &text[..], b',', &sender).unwrap();
        drop(sender);
        let kept = receiver
            .iter()
            .map(|item| item.unwrap().record.unwrap().kept);
        let kept: Vec<usize> = kept.map(|kept| kept.len()).collect();
        // What is empty in the first is not looked for in the second.
        assert_eq!(kept, [1, 0]);
    }

    #[test]
    fn a_missing_column_is_an_error_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("in.csv");
        fs::write(&path, "name,text\na,b\n").unwrap();
        let feed = feed(Source {
            path,
            format: InputFormat::Csv,
            fields: Fields::default(),
            globs: Vec::new(),
        });
        let error = feed.unwrap().next(Duration::from_secs(9)).unwrap_err();
        assert!(error.to_string().ends_with("has no column `id`"), "{error}");
    }

    #[test]
    fn a_quote_that_is_not_closed_ends_the_reading() {
        let source = Source {
            path: PathBuf::from("in.csv"),
            format: InputFormat::Csv,
            fields: Fields::default(),
            globs: Vec::new(),
        };
        let input = b"id,text\n1,a\n2,\"".chain(io::repeat(b'a'));
        let (sender, receiver) = sync_channel(AHEAD);
        let error = send_rows(&source, input, b',', &sender).unwrap_err();
        assert!(
            error
                .unwrap_err()
                .to_string()
                .contains("longer than 64 MiB")
        );
        drop(sender);
        assert_eq!(receiver.iter().count(), 1);
    }

    #[test]
    fn the_files_of_a_folder_come_sorted() {
        let folder = tempfile::tempdir().unwrap();
        for name in [
            "b.md",
            "a/x.HTML",
            "a/y.png",
            ".git/z.md",
            "c.rs",
            "a/.hidden.md",
        ] {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "text").unwrap();
        }
        let source = |globs: &[&str]| Source {
            path: folder.path().to_owned(),
            format: InputFormat::Folder,
            fields: Fields::default(),
            globs: globs.iter().map(|g| Pattern::new(g).unwrap()).collect(),
        };
        assert_eq!(all(source(&[])), [ok("a/x.HTML"), ok("b.md")]);
        assert_eq!(all(source(&["**/*.rs", "*.md"])), [ok("b.md"), ok("c.rs")]);
    }
}
