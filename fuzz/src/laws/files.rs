//! Small files: calibrations, what is known of a kept prefix, registries, wordings.

use std::time::Duration;

use minitag::calibrate::CalibrationFile;
use minitag::engine::prefix_cache::{CachedPrefix, PrefixCache};
use minitag::models::{Cache, Registry};
use minitag::{TagSet, Template};

use super::file;

pub fn holds(data: &[u8]) {
    calibration(data);
    kept_prefix(data);
    if let Ok(text) = std::str::from_utf8(data) {
        registry(text);
        wording(text);
    }
}

/// One that is written again is the same, and corrects by finite numbers alone.
fn calibration(data: &[u8]) {
    let file = file(data, 0);
    let Ok(read) = CalibrationFile::read(file.path()) else {
        return;
    };
    read.write(file.path()).unwrap();
    let again = CalibrationFile::read(file.path()).unwrap();
    assert_eq!((&again, again.hash()), (&read, read.hash()));
    let tags = TagSet::parse("a\nb\nc").unwrap();
    let correction = read.correction(&tags);
    assert!(correction.shifts.iter().all(|shift| shift.is_finite()));
    assert!(
        correction
            .thresholds
            .iter()
            .all(|p| (0.0..=1.0).contains(p))
    );
}

/// It is listed or passed over, and goes when all is cleared.
fn kept_prefix(data: &[u8]) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.json"), data).unwrap();
    let cache = PrefixCache {
        folder: folder.path().to_owned(),
        limit: 100,
        worth: Duration::ZERO,
    };
    for known in cache.list().unwrap() {
        let json = serde_json::to_string(&known).unwrap();
        let again: CachedPrefix = serde_json::from_str(&json).unwrap();
        assert_eq!(again, known);
    }
    assert_eq!(cache.clear().unwrap(), data.len() as u64);
    assert_eq!(cache.list().unwrap(), []);
}

/// No entry leads out of the cache.
fn registry(text: &str) {
    let Ok(registry) = Registry::parse(text, "registry.toml") else {
        return;
    };
    let cache = Cache::new("/cache".into());
    for entry in registry.entries() {
        assert!(registry.get(&entry.name).is_some());
        let Some(file) = entry.hub_file() else {
            assert!(entry.repository.is_none());
            continue;
        };
        let folder = cache.repository(&file.repository);
        assert_eq!(folder.parent(), Some(cache.root()));
        assert!(
            file.file
                .split('/')
                .all(|part| !matches!(part, "" | "." | ".."))
        );
    }
}

/// One that is written again is the same.
fn wording(text: &str) {
    if let Ok(template) = Template::parse(text) {
        let again = Template::parse(&(template.text() + "\n"));
        assert_eq!(again.unwrap(), template);
    }
}
