//! Answers as a table to be corrected in a spreadsheet.

use crate::eval::Ids;
use crate::review::choose::Shown;
use crate::table::{self, guard};
use crate::tags::TagSet;

/// So many other tags are listed.
const OTHERS: usize = 5;

/// The columns. `tags` is the one to correct, and `reviewed` the one to fill if it is right as
/// it is; `given` stays, so that both can be told apart.
const COLUMNS: [&str; 7] = [
    "id",
    "reviewed",
    "tags",
    "given",
    "scores",
    "likely",
    "sentences",
];

/// The table as CSV. A tag is written by its name, or by its id if the name is another's id; no
/// cell is a formula for a spreadsheet.
#[must_use]
pub fn sheet(shown: &[Shown], tags: &TagSet) -> Vec<u8> {
    let ids = Ids::new(tags);
    let written = |&place: &usize| {
        let tag = tags.get(place);
        let name = tag.name.trim();
        if ids.text(name) == Some(place) {
            name.to_owned()
        } else {
            tag.id.to_text()
        }
    };
    let mut writer = csv::Writer::from_writer(Vec::new());
    // Into memory: there is nothing that could fail.
    let _ = writer.write_record(COLUMNS);
    for Shown {
        tagged, excerpt, ..
    } in shown
    {
        let given = table::join(tagged.tags.iter().map(written));
        let scores = tagged.scores.iter().map(|score| format!("{score:.2}"));
        let others = tagged.others.iter().take(OTHERS);
        let others = others.map(|(place, p)| format!("{} ({p:.2})", written(place)));
        let cells = [
            &tagged.id,
            "",
            &given,
            &given,
            &scores.collect::<Vec<_>>().join(";"),
            &others.collect::<Vec<_>>().join("; "),
            excerpt,
        ];
        let _ = writer.write_record(cells.map(|cell| guard(cell).into_owned()));
    }
    writer.into_inner().unwrap_or_default()
}
