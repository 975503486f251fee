//! Models in several files: run as one, counted as one, and what is said of lost parts.

use std::fs;
use std::path::Path;

use crate::support::{DIGITS, Test};

/// A GGUF file taken apart: its metadata as it stands, its tensors one by one.
struct Gguf {
    pairs: u64,
    metadata: Vec<u8>,
    /// What stands before a tensor's offset in the table, and its numbers.
    tensors: Vec<(Vec<u8>, Vec<u8>)>,
}

struct Cursor<'a>(&'a [u8], usize);

impl<'a> Cursor<'a> {
    fn take(&mut self, n: usize) -> &'a [u8] {
        self.1 += n;
        &self.0[self.1 - n..self.1]
    }

    fn u32(&mut self) -> u32 {
        u32::from_le_bytes(self.take(4).try_into().unwrap())
    }

    fn u64(&mut self) -> u64 {
        u64::from_le_bytes(self.take(8).try_into().unwrap())
    }

    fn text(&mut self) {
        let length = self.u64();
        self.take(usize::try_from(length).unwrap());
    }

    fn value(&mut self, kind: u32) {
        let bytes = match kind {
            0 | 1 | 7 => 1,
            2 | 3 => 2,
            4..=6 => 4,
            8 => return self.text(),
            9 => {
                let kind = self.u32();
                let count = self.u64();
                return (0..count).for_each(|_| self.value(kind));
            }
            _ => 8,
        };
        self.take(bytes);
    }
}

impl Gguf {
    fn read(bytes: &[u8]) -> Self {
        let mut at = Cursor(bytes, 8);
        let (count, pairs) = (at.u64(), at.u64());
        for _ in 0..pairs {
            at.text();
            let kind = at.u32();
            at.value(kind);
        }
        let metadata = bytes[24..at.1].to_vec();
        let mut table = Vec::new();
        for _ in 0..count {
            let start = at.1;
            at.text();
            let dimensions = at.u32();
            at.take(8 * dimensions as usize + 4);
            let entry = bytes[start..at.1].to_vec();
            table.push((entry, usize::try_from(at.u64()).unwrap()));
        }
        let data = &bytes[at.1.next_multiple_of(32)..];
        let ends = table.iter().skip(1).map(|(_, offset)| *offset);
        let ends: Vec<usize> = ends.chain([data.len()]).collect();
        let tensors = table.into_iter().zip(ends);
        Self {
            pairs,
            metadata,
            tensors: tensors
                .map(|((entry, offset), end)| (entry, data[offset..end].to_vec()))
                .collect(),
        }
    }

    fn write(pairs: u64, metadata: &[u8], tensors: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
        let mut bytes = b"GGUF\x03\0\0\0".to_vec();
        bytes.extend((tensors.len() as u64).to_le_bytes());
        bytes.extend(pairs.to_le_bytes());
        bytes.extend(metadata);
        let mut data = Vec::new();
        for (entry, numbers) in tensors {
            bytes.extend(entry);
            bytes.extend((data.len() as u64).to_le_bytes());
            data.extend(numbers);
            data.resize(data.len().next_multiple_of(32), 0);
        }
        bytes.resize(bytes.len().next_multiple_of(32), 0);
        bytes.extend(data);
        bytes
    }

    /// Its parts, as `llama-gguf-split` makes them.
    fn split(&self, count: usize) -> Vec<Vec<u8>> {
        let each = self.tensors.len().div_ceil(count);
        let chunks = self.tensors.chunks(each).enumerate();
        let parts = chunks.map(|(number, tensors)| {
            let mut pairs = Vec::new();
            for (key, kind, value) in [
                (
                    "split.no",
                    2,
                    u16::try_from(number).unwrap().to_le_bytes().to_vec(),
                ),
                (
                    "split.count",
                    2,
                    u16::try_from(count).unwrap().to_le_bytes().to_vec(),
                ),
                (
                    "split.tensors.count",
                    5,
                    i32::try_from(self.tensors.len())
                        .unwrap()
                        .to_le_bytes()
                        .to_vec(),
                ),
            ] {
                pairs.extend((key.len() as u64).to_le_bytes());
                pairs.extend(key.as_bytes());
                pairs.extend(u32::to_le_bytes(kind));
                pairs.extend(value);
            }
            if number == 0 {
                let metadata = [&self.metadata[..], &pairs].concat();
                Self::write(self.pairs + 3, &metadata, tensors)
            } else {
                Self::write(3, &pairs, tensors)
            }
        });
        parts.collect()
    }
}

/// The tiny model in three parts.
pub(crate) fn parts() -> Vec<Vec<u8>> {
    parts_of(DIGITS.as_ref())
}

/// A model in three parts.
pub(crate) fn parts_of(model: &Path) -> Vec<Vec<u8>> {
    Gguf::read(&fs::read(model).unwrap()).split(3)
}

/// What a part of it is called.
pub(crate) fn name(number: usize) -> String {
    format!("m-{number:05}-of-00003.gguf")
}

/// A run beside all three parts.
fn beside(parts: &[Vec<u8>]) -> Test {
    let parts = parts.iter().enumerate();
    parts.fold(Test::new(), |test, (n, part)| test.file(&name(n + 1), part))
}

fn classify(test: Test, model: &str) -> Test {
    test.file(
        "tags.json",
        r#"[{"id":17,"name":"ai"},{"id":1,"name":"lib"}]"#,
    )
    .file("cat.md", "# cat\n\nAll about cats.")
    .args(["classify", "cat.md", "--tags", "tags.json", "--scores=all"])
    .args(["-m", model])
}

#[test]
fn parts_are_one_model() {
    let whole = Gguf::read(&fs::read(DIGITS).unwrap());
    assert_eq!(whole.split(1).len(), 1);
    let answer = |test: Test| test.any_stdout().run().stdout;
    let expected = answer(classify(Test::new(), DIGITS));
    assert_eq!(answer(classify(beside(&parts()), &name(1))), expected);
    let output = beside(&parts())
        .args(["models", "check", &name(1)])
        .any_stdout()
        .run();
    assert!(
        output.stdout.contains(" KiB in 3 files\n"),
        "{}",
        output.stdout
    );
    assert!(output.stdout.contains("tensors       40: 40 F32\n"));
}

#[test]
fn the_plan_counts_all_parts() {
    let weights = |test: Test, model: &str| {
        let output = test
            .args(["models", "plan", model, "--format", "json"])
            .any_stdout()
            .run();
        let plan: serde_json::Value = serde_json::from_str(&output.stdout).unwrap();
        plan["weights"].as_u64().unwrap()
    };
    let whole = weights(Test::new(), DIGITS);
    assert_eq!(weights(beside(&parts()), &name(1)), whole);
}

/// Each is said by the check, and by a run, in one sentence.
#[test]
fn what_is_no_whole_model_is_named() {
    let all = parts();
    let joined = all.concat();
    let missing = all[..2].to_vec();
    let mut mixed = all.clone();
    mixed.swap(1, 2);
    let mut short = all.clone();
    let length = short[2].len();
    short[2].truncate(length - 1000);
    let mut foreign = all.clone();
    foreign[1] = b"<html>".to_vec();
    let merge = "llama.cpp's `llama-gguf-split --merge` makes one file of all parts";
    let folder = "all parts have to lie in one folder";
    for (test, model, problem, hint) in [
        (
            beside(&missing),
            name(1),
            "it is part 1 of 3 of a model, and `m-00003-of-00003.gguf` does not lie beside it",
            folder,
        ),
        (
            Test::new().file(&name(1), &all[0]),
            name(1),
            "it is part 1 of 3 of a model, and `m-00002-of-00003.gguf` does not lie beside it",
            folder,
        ),
        (
            beside(&all),
            name(2),
            "it is part 2 of 3 of a model, which is loaded by its first part",
            "take `m-00001-of-00003.gguf`, with the other parts beside it",
        ),
        (
            Test::new().file("second.gguf", &all[1]),
            "second.gguf".to_owned(),
            "it is part 2 of 3 of a model, which is loaded by its first part",
            "take part 1, with the other parts beside it",
        ),
        (
            Test::new().file("x.gguf", &all[0]),
            "x.gguf".to_owned(),
            "it is part 1 of 3 of a model, but its name does not end as `x-00001-of-00003.gguf`, \
             by which the others are found",
            "give all parts back the names that they were made with",
        ),
        (
            Test::new().file("x.gguf", &joined),
            "x.gguf".to_owned(),
            "it is part 1 of 3 of a model, with other parts joined to its end, which makes no model",
            merge,
        ),
        (
            Test::new().file("x.gguf", [&all[1][..], &all[0]].concat()),
            "x.gguf".to_owned(),
            "it is part 2 of 3 of a model, with other parts joined to its end, which makes no model",
            merge,
        ),
        (
            Test::new().file("x.gguf", fs::read(DIGITS).unwrap().repeat(2)),
            "x.gguf".to_owned(),
            "another GGUF file is joined to its end, which makes no model",
            "",
        ),
        (
            beside(&mixed),
            name(1),
            "its part `m-00002-of-00003.gguf` cannot be used: it is not part 2 of 3 of a model",
            "",
        ),
        (
            beside(&foreign),
            name(1),
            "its part `m-00002-of-00003.gguf` cannot be used: \
             it is not a GGUF file: it begins with `<htm` instead of `GGUF`",
            "",
        ),
    ] {
        let hint = match hint {
            "" => String::new(),
            hint => format!("hint: {hint}\n"),
        };
        let stderr = format!("error: the model `{model}` cannot be used: {problem}\n{hint}");
        let folder = test.path("");
        test.args(["models", "check", &model])
            .stderr(&stderr)
            .status(3)
            .run_then(|| {
                let copies = copied(&folder);
                classify(copies, &model).stderr(&stderr).status(3).run();
            });
    }
    let cut = beside(&short).args(["models", "check", &name(1)]);
    let output = cut.any_stderr().status(3).run();
    let expected = "its part `m-00003-of-00003.gguf` cannot be used: it is cut short";
    assert!(output.stderr.contains(expected), "{}", output.stderr);
}

/// A run beside the same files as in another one's folder.
fn copied(folder: &Path) -> Test {
    let entries = fs::read_dir(folder).unwrap();
    let files = entries.map(|entry| entry.unwrap().path());
    let files = files.filter(|path| path.is_file());
    files.fold(Test::new(), |test, path| {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        test.file(&name, fs::read(&path).unwrap())
    })
}
