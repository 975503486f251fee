//! Where records come from: JSON, CSV, the files of a folder.
//!
//! A thread of its own reads ahead by a few records, so that a run that waits for the
//! next line of a pipe can still be stopped, and looks no further than it has to.

mod elements;
mod error;
mod feed;
mod folder;
mod json;
mod lines;
#[cfg(feature = "parquet")]
mod parquet;
mod rows;
mod scan;
mod shape;
mod source;
mod walk;

use std::fs::Metadata;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread;

pub use crate::runner::input::elements::json_records;
pub use crate::runner::input::error::InputError;
use crate::runner::input::feed::Item;
pub use crate::runner::input::feed::{Feed, LeftOut, Next, Told};
#[cfg(feature = "parquet")]
use crate::runner::input::parquet::open as open_parquet;
use crate::runner::input::shape::Shape;
pub use crate::runner::input::source::{InputFormat, Source};
use crate::runner::record::{Record, RecordError};

/// Records that are read ahead; few, since one can be megabytes long.
const AHEAD: usize = 4;

/// Begins to read an input.
///
/// # Errors
/// [`InputError`] where it cannot be opened, or it is not clear where its records are.
pub fn feed(source: Source) -> Result<Feed, InputError> {
    let (sender, receiver) = sync_channel(AHEAD);
    let told = Arc::default();
    let is_live = source.is_live();
    let length;
    if source.format == InputFormat::Folder {
        length = Some(folder::files(&source, &mut LeftOut::default()).count() as u64);
        let told = Arc::clone(&told);
        thread::spawn(move || folder::send(&source, &sender, &told));
    } else if source.format == InputFormat::Parquet {
        let (count, send) = open_parquet(&source)?;
        length = Some(count);
        let told: Arc<Mutex<Told>> = Arc::clone(&told);
        thread::spawn(move || {
            let unseen = send(&sender);
            if let Ok(mut told) = told.lock() {
                told.unseen = unseen;
            }
        });
    } else {
        let read = Arc::default();
        let input = source.open(&read).map_err(|error| source.io_error(error))?;
        let metadata = (!is_live).then(|| source.path.metadata());
        let metadata = metadata.transpose().map_err(|e| source.io_error(e))?;
        length = metadata.filter(Metadata::is_file).map(|m| m.len());
        let (mut text, shape, records) = elements::open(&source, input, length.is_some())?;
        let sender = Items { sender, read };
        let told = Arc::clone(&told);
        thread::spawn(move || {
            let result = match (source.format, shape) {
                (InputFormat::Csv | InputFormat::Tsv, _) => rows::send(&source, &mut text, &sender),
                (_, Shape::Lines) => {
                    let unseen = lines::send(&source, &mut text, &sender);
                    unseen.map(|unseen| (unseen, None))
                }
                (_, shape) => {
                    let unseen = elements::send(&source, &mut text, (shape, records), &sender);
                    unseen.map(|unseen| (unseen, None))
                }
            };
            match result {
                Ok((unseen, delimiter)) => {
                    if let Ok(mut told) = told.lock() {
                        told.unseen = unseen;
                        told.delimiter = delimiter;
                        told.encoding = text.get_ref().get_ref().1.guess().cloned();
                    }
                }
                // Whoever asked for records may have gone away.
                Err(error) => {
                    let _ = sender.sender.send(Err(error));
                }
            }
        });
    }
    Ok(Feed {
        receiver,
        told,
        length,
        is_live,
    })
}

/// What sends the rows of a Parquet file; the fields that none of them has.
type SendRows = Box<dyn FnOnce(&SyncSender<Result<Item, InputError>>) -> Vec<String> + Send>;

/// This build reads none.
#[cfg(not(feature = "parquet"))]
fn open_parquet(source: &Source) -> Result<(u64, SendRows), InputError> {
    let path = source.path.clone();
    Err(InputError::NoParquet { path })
}

/// Where records go, and how far the input was read.
struct Items {
    sender: SyncSender<Result<Item, InputError>>,
    read: Arc<AtomicU64>,
}

impl Items {
    /// Whether somebody still wants records.
    fn send(&self, record: Result<Record, RecordError>) -> bool {
        let position = self.read.load(Ordering::Relaxed);
        self.sender.send(Ok(Item { record, position })).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::time::Duration;

    use glob::Pattern;

    use super::*;
    use crate::document::Encoded;
    use crate::runner::fields::Keep;

    /// What a file of this name and content gives: ids, or lines and kinds of errors.
    fn read(name: &str, content: &[u8]) -> Vec<Given> {
        read_as(name, content, |_| ())
    }

    fn read_as(name: &str, content: &[u8], change: impl FnOnce(&mut Source)) -> Vec<Given> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        fs::write(&path, content).unwrap();
        let mut source = Source::new(&path, InputFormat::of(&path).unwrap());
        change(&mut source);
        all(source)
    }

    fn all(source: Source) -> Vec<Given> {
        let feed = feed(source).unwrap();
        let mut all = Vec::new();
        while let Next::Item(item) = feed.next(Duration::from_secs(9)).unwrap() {
            all.push(item.record.map(|r| r.id).map_err(|e| (e.line, e.kind)));
        }
        all
    }

    /// Why an input cannot be read, at once or at its first record.
    fn refused(name: &str, content: &[u8], change: impl FnOnce(&mut Source)) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        fs::write(&path, content).unwrap();
        let mut source = Source::new(&path, InputFormat::of(&path).unwrap());
        change(&mut source);
        let error = match feed(source) {
            Ok(feed) => feed.next(Duration::from_secs(9)).unwrap_err(),
            Err(error) => error,
        };
        let text = error.to_string();
        text.replace(&folder.path().display().to_string(), "")
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
    fn json_is_read_however_it_is_laid_out() {
        let array = b" [{\"id\":1,\"text\":\"a\"},\n5, {\"id\":2,\"text\":NaN},\n{\"id\":3,\"text\":\"c\"}]";
        let expected = [ok("1"), Err((2, "not_json")), Err((2, "not_json")), ok("3")];
        for name in ["in.json", "in.jsonl"] {
            assert_eq!(read(name, array), expected);
        }
        let export = b"{\n \"version\": [1],\n \"all\": [\n  {\"id\": 1, \"text\": \"a\"}\n ]\n}";
        assert_eq!(read("in.json", export), [ok("1")]);
        let sequence = b"{\n \"id\": 1, \"text\": \"a\"\n}\n{\n \"id\": 2,\n \"text\": \"b\"\n}\n";
        assert_eq!(read("in.json", sequence), [ok("1"), ok("2")]);
        let as_lines = |source: &mut Source| source.format = InputFormat::Jsonl;
        assert_eq!(read_as("in.json", b"[]", as_lines), [Err((1, "not_json"))]);
        for empty in [&b"[]"[..], b"{\"all\":[]}", b"{\"n\":0,\"all\":[]}"] {
            assert_eq!(read("in.json", empty), []);
        }
        let tagless = b"{\"text\":\"a\",\"tags\":[]}";
        assert_eq!(read("in.json", tagless), [Err((1, "no_id"))]);
    }

    #[test]
    fn which_array_has_the_records_can_be_said() {
        let two = b"{\"a\":{\"b\":[{\"id\":1,\"text\":\"\"}]},\"c\":[{\"id\":2,\"text\":\"\"}]}";
        let message = "`/in.json` has several arrays of objects: `a.b`, `c`";
        assert_eq!(refused("in.json", two, |_| ()), message);
        let records = |path: &str| {
            let path = path.to_owned();
            |source: &mut Source| source.records = Some(path)
        };
        assert_eq!(read_as("in.json", two, records("a.b")), [ok("1")]);
        assert_eq!(read_as("in.json", two, records("c")), [ok("2")]);
        let message = "`/in.json` has no array `b`; it has `a.b`, `c`";
        assert_eq!(refused("in.json", two, records("b")), message);
    }

    #[test]
    fn rows_are_records_by_the_names_of_their_columns() {
        let text = b"text,id,x\n\"a\nb\",1,\nc,2\n,4,y\nd,5,\n";
        let expected = [ok("1"), Err((4, "not_csv")), Err((5, "no_text")), ok("5")];
        assert_eq!(read("in.csv", text), expected);
        assert_eq!(read("in.tsv", b"id\ttext\n1\t\"a, b\n"), [ok("1")]);
        let undecodable = b"id,text\n1,\xe4\xc3\xa4\xc3\xb6\n2,b\n";
        assert_eq!(read("in.csv", undecodable), [Err((2, "not_csv")), ok("2")]);
    }

    #[test]
    fn separator_and_encoding_are_found_out_or_said() {
        for text in [
            "id;text,x\n1;a\n",
            "sep=;\r\nid;text,x\r\n1;a\r\n",
            "id\ttext,x\n1\ta\n",
        ] {
            let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
            let named = |source: &mut Source| source.fields.text = vec!["text,x".to_owned()];
            assert_eq!(read_as("in.csv", text.as_bytes(), named), [ok("1")]);
            assert_eq!(
                read_as("in.csv", &[b"\xff\xfe", &wide[..]].concat(), named),
                [ok("1")]
            );
        }
        let latin = b"id,text\nGr\xfc\xdfe,a\n";
        assert_eq!(read("in.csv", latin), [ok("Gr\u{fc}\u{df}e")]);
        let said = |source: &mut Source| {
            source.encoded = Some(Encoded::As(encoding_rs::WINDOWS_1251));
            source.delimiter = Some(b':');
        };
        assert_eq!(
            read_as("in.csv", b"id:text\n\xc0:a\n", said),
            [ok("\u{410}")]
        );
    }

    #[test]
    fn compressed_inputs_are_read() {
        use std::io::Write;
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(b"id,text\n1,a\n").unwrap();
        assert_eq!(read("in.csv.gz", &gzip.finish().unwrap()), [ok("1")]);
    }

    #[test]
    fn of_columns_with_one_name_the_first_counts() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("in.csv");
        fs::write(&path, "id,text,x,x,id\n1,a,b,c,2\n3,d,,e,4\n").unwrap();
        let mut source = Source::new(&path, InputFormat::Csv);
        source.fields.keep = Keep::All;
        let feed = feed(source).unwrap();
        let mut kept = Vec::new();
        while let Next::Item(item) = feed.next(Duration::from_secs(9)).unwrap() {
            let record = item.record.unwrap();
            kept.push((record.id, record.kept.len()));
        }
        // What is empty in the first is not looked for in the second.
        assert_eq!(kept, [("1".to_owned(), 1), ("3".to_owned(), 0)]);
    }

    #[test]
    fn a_missing_column_is_an_error_at_once_that_names_those_there() {
        let refused =
            |text: &str, change: fn(&mut Source)| refused("in.csv", text.as_bytes(), change);
        let message = "`/in.csv` has no column `id`; it has `name`, `text`";
        assert_eq!(refused("name;text\na;b\n", |_| ()), message);
        let one = "`/in.csv` has no column `id`; with `,` between columns it has one, `name:text`";
        assert_eq!(refused("name:text\n", |_| ()), one);
        let keep = |source: &mut Source| source.fields.keep = Keep::Named(vec!["titel".to_owned()]);
        let message = "`/in.csv` has no column `titel`; it has `id`, `text`, `title`";
        assert_eq!(refused("id,text,title\n", keep), message);
        assert!(refused("", |_| ()).starts_with("cannot read `/in.csv`"));
    }

    #[test]
    fn the_files_of_a_folder_come_sorted() {
        let folder = tempfile::tempdir().unwrap();
        for name in [
            "b.md",
            "README",
            "a/x.HTML",
            "a/y.png",
            ".git/z.md",
            "c.rs",
            "a/.hidden.md",
            "out.txt",
        ] {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "text").unwrap();
        }
        let source = |globs: &[&str]| Source {
            globs: globs.iter().map(|g| Pattern::new(g).unwrap()).collect(),
            outputs: vec![folder.path().join("out.txt")],
            ..Source::new(folder.path(), InputFormat::Folder)
        };
        assert_eq!(all(source(&[])), [ok("README"), ok("a/x.HTML"), ok("b.md")]);
        assert_eq!(
            all(source(&["**/*.rs", "*.md", "*.txt"])),
            [ok("b.md"), ok("c.rs")]
        );
        let feed = feed(source(&[])).unwrap();
        assert_eq!(feed.length, Some(3));
        while let Next::Item(_) = feed.next(Duration::from_secs(9)).unwrap() {}
        let files: Vec<_> = feed.told().left_out.files.into_iter().collect();
        assert_eq!(files, [("png".to_owned(), 1), ("rs".to_owned(), 1)]);
    }

    #[cfg(unix)]
    #[test]
    fn what_is_in_a_folder_is_a_record_an_error_or_counted() {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt;
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        for name in [&b"a\xff.md"[..], b"a\xfe.md", b"a\\xff.md", b"a\\b.md"] {
            fs::write(folder.path().join(OsStr::from_bytes(name)), "text").unwrap();
        }
        symlink("nowhere.md", folder.path().join("z.md")).unwrap();
        symlink("nowhere", folder.path().join("z")).unwrap();
        symlink(".", folder.path().join("zz.md")).unwrap();
        let source = Source::new(folder.path(), InputFormat::Folder);
        let expected = [
            ok("a\\b.md"),
            ok("a\\\\xff.md"),
            ok("a\\xfe.md"),
            ok("a\\xff.md"),
            Err((5, "unreadable")),
        ];
        assert_eq!(all(source.clone()), expected);
        let feed = feed(source).unwrap();
        while let Next::Item(_) = feed.next(Duration::from_secs(9)).unwrap() {}
        let left_out = feed.told().left_out;
        assert_eq!((left_out.count(), left_out.links), (2, 1));
    }
}
