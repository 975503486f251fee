//! An input: where it is, how it is written, and its text as UTF-8.

use std::fs::File;
use std::io::{self, BufReader, Chain, Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::read::MultiGzDecoder;
use glob::Pattern;

use crate::document::{Encoded, Utf8Reader};
use crate::runner::fields::Fields;
use crate::runner::input::error::InputError;

/// As much of an input is read at once.
pub(super) const BUFFER: usize = 64 << 10;

/// How an input is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputFormat {
    /// One JSON object a line.
    Jsonl,
    /// An array of objects, an object with one in it, or objects one after another.
    Json,
    /// One of both, as the beginning tells.
    AnyJson,
    /// Comma-separated values with a header.
    Csv,
    /// Tab-separated values with a header, whose cells are literal.
    Tsv,
    /// Parquet, where the program is built to read it.
    Parquet,
    /// A folder: each file is a record, its path there is the id.
    Folder,
}

impl InputFormat {
    /// The format that a path tells, with `.gz` behind it or without; `None` where it tells
    /// nothing.
    #[must_use]
    pub fn of(path: &Path) -> Option<Self> {
        if path == Path::new("-") {
            return Some(Self::AnyJson);
        }
        if path.is_dir() {
            return Some(Self::Folder);
        }
        let name = path.file_name()?.to_string_lossy().to_lowercase();
        let name = name.strip_suffix(".gz").unwrap_or(&name);
        match name.rsplit_once('.')?.1 {
            "jsonl" | "ndjson" | "json" => Some(Self::AnyJson),
            "csv" => Some(Self::Csv),
            "tsv" | "tab" => Some(Self::Tsv),
            "parquet" => Some(Self::Parquet),
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
    /// How its text is encoded; where nobody says it, that is found out.
    pub encoded: Option<Encoded>,
    /// What separates the cells of a row; where nobody says it, that is found out.
    pub delimiter: Option<u8>,
    /// Which array of an object has the records: names joined by points.
    pub records: Option<String>,
    /// What the fields are called.
    pub fields: Fields,
    /// Which files of a folder are records, by their paths there; none stands for
    /// all that look like documents.
    pub globs: Vec<Pattern>,
    /// Files of a folder that are none: those that the run writes itself.
    pub outputs: Vec<PathBuf>,
}

impl Source {
    /// An input with fields of the usual names.
    #[must_use]
    pub fn new(path: &Path, format: InputFormat) -> Self {
        Self {
            path: path.to_owned(),
            format,
            encoded: None,
            delimiter: None,
            records: None,
            fields: Fields::default(),
            globs: Vec::new(),
            outputs: Vec::new(),
        }
    }

    pub(super) fn is_live(&self) -> bool {
        self.path == Path::new("-")
    }

    /// What paths in records are relative to.
    pub(super) fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }

    pub(super) fn io_error(&self, source: io::Error) -> InputError {
        let path = self.path.clone();
        InputError::Io { path, source }
    }

    /// The input as UTF-8, its bytes counted in `read`.
    pub(super) fn open(&self, read: &Arc<AtomicU64>) -> io::Result<Utf8> {
        let mut is_live = self.is_live();
        let raw: Box<dyn Read + Send> = if is_live {
            Box::new(io::stdin())
        } else {
            let file = File::open(&self.path)?;
            // A named pipe is one that somebody may be writing to.
            is_live = !file.metadata()?.is_file();
            Box::new(file)
        };
        let raw = Counted {
            inner: raw,
            read: Arc::clone(read),
        };
        let raw = unpacked(raw)?;
        let usual = match self.format {
            InputFormat::Csv | InputFormat::Tsv => Encoded::Guessed,
            // JSON is UTF-8 wherever it is exchanged.
            _ => Encoded::Unicode,
        };
        Ok(Utf8Reader::new(raw, self.encoded.unwrap_or(usual), is_live))
    }
}

/// An input as UTF-8.
pub(super) type Utf8 = Utf8Reader<Box<dyn Read + Send>>;

/// An input's text, what was looked at first.
pub(super) type Text = BufReader<Chain<Cursor<Vec<u8>>, Utf8>>;

/// How gzip begins: no text does.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// What is packed with gzip, whatever its name, is unpacked.
fn unpacked(mut raw: impl Read + Send + 'static) -> io::Result<Box<dyn Read + Send>> {
    let mut head = Vec::new();
    while head.len() < GZIP.len() && GZIP.starts_with(&head) {
        let length = head.len();
        raw.by_ref().take(1).read_to_end(&mut head)?;
        if head.len() == length {
            break;
        }
    }
    let is_gzip = head == GZIP;
    let raw = Cursor::new(head).chain(raw);
    Ok(if is_gzip {
        Box::new(Gzip(MultiGzDecoder::new(raw)))
    } else {
        Box::new(raw)
    })
}

/// Says of what cannot be unpacked that it is gzip.
struct Gzip<R>(R);

impl<R: Read> Read for Gzip<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => {
                io::Error::new(error.kind(), "its gzip is cut off here")
            }
            io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => {
                io::Error::new(error.kind(), format!("its gzip is damaged: {error}"))
            }
            _ => error,
        })
    }
}

/// Counts what is read.
struct Counted<R> {
    inner: R,
    read: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.read.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}
