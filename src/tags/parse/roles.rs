//! Which field, or column, of a tag is its id, its name, its description.

/// What a tag is called by, the plainest first: of a kind further down, one counts only where
/// there is none above it.
const NAMES: [&[&str]; 2] = [
    &["name", "label", "title", "tag"],
    &["category", "topic", "keyword", "term"],
];

/// What a tag's id is called, in the same way.
const IDS: [&[&str]; 3] = [
    &["id"],
    &["slug"],
    &[
        "tag_id",
        "label_id",
        "category_id",
        "topic_id",
        "keyword_id",
        "identifier",
        "code",
        "key",
        "value",
        "number",
        "no",
        "nr",
        "#",
    ],
];

/// What a tag's description is called.
const DESCRIPTIONS: [&[&str]; 1] = [&["description", "desc", "definition"]];

/// What a document has, and a tag has not.
const TEXTS: [&str; 3] = ["text", "body", "readme"];

/// Places of fields.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Roles {
    /// Where there is none, the name is the id.
    pub(super) id: Option<usize>,
    /// Where there is none, there is an `id`, and that is not enough.
    pub(super) name: Option<usize>,
    pub(super) description: Option<usize>,
}

impl Roles {
    /// Whether a field's name tells what it is.
    pub(super) fn knows(name: &str) -> bool {
        let name = plain(name);
        let mut known = IDS.iter().chain(&NAMES).chain(&DESCRIPTIONS);
        known.any(|names| names.contains(&name.as_str()))
    }

    /// Whether a line by itself is rather the header of those below it than one of them: a word
    /// that says what they are.
    pub(super) fn heads(line: &str) -> bool {
        let name = plain(line);
        let mut known = IDS[..2].iter().chain(&NAMES).chain(&DESCRIPTIONS);
        known.any(|names| names.contains(&name.as_str()))
    }

    /// Whether an id of this name needs no mention.
    pub(super) fn is_plain_id(name: &str) -> bool {
        matches!(plain(name).as_str(), "id" | "slug" | "tag")
    }

    /// What fields of these names are; else why that is not clear.
    pub(super) fn of<'n>(names: impl Iterator<Item = &'n str>) -> Result<Self, String> {
        let names: Vec<String> = names.map(plain).collect();
        // The fields of the first kind that is there.
        let found = |kinds: &[&[&str]]| -> Result<Vec<usize>, String> {
            for kind in kinds {
                let is_one = |&place: &usize| kind.contains(&names[place].as_str());
                let places: Vec<usize> = (0..names.len()).filter(is_one).collect();
                let twice = |(at, &place): (usize, &usize)| {
                    let mut before = places[..at].iter();
                    before.any(|&other| names[other] == names[place])
                };
                if let Some((_, &place)) = places.iter().enumerate().find(|pair| twice(*pair)) {
                    return Err(format!("`{}` is there twice", names[place]));
                }
                if !places.is_empty() {
                    return Ok(places);
                }
            }
            Ok(Vec::new())
        };
        let one = |places: &[usize], what: &str| match places {
            [] => Ok(None),
            [place] => Ok(Some(*place)),
            _ => {
                let places = places.iter().map(|&place| format!("`{}`", names[place]));
                let places: Vec<String> = places.collect();
                Err(format!(
                    "it is not clear which is the {what}: {}",
                    places.join(" or ")
                ))
            }
        };
        let (mut ids, mut called) = (found(&IDS)?, found(&NAMES)?);
        let is = |place: usize, name: &str| names[place] == name;
        let is_plain = ids.iter().any(|&id| is(id, "id") || is(id, "slug"));
        // Of a tag that has a title as well, the tag is rather the id.
        if called.len() == 2 && !is_plain {
            let tag = called.iter().position(|&place| is(place, "tag"));
            ids = tag.map_or(ids, |tag| vec![called.remove(tag)]);
        }
        let (id, mut name) = (one(&ids, "id")?, one(&called, "name")?);
        let text = TEXTS
            .iter()
            .find(|text| names.iter().any(|name| name == *text));
        if let Some(text) = text.filter(|_| name.is_some_and(|name| is(name, "title"))) {
            return Err(format!(
                "`title` and `{text}` are a document's; a tag has a `name`"
            ));
        }
        name = name.or_else(|| (0..names.len()).find(|&place| is(place, "slug")));
        if id.is_none() && name.is_none() {
            return Err("there is neither an `id` nor a `name`".to_owned());
        }
        Ok(Self {
            id,
            name,
            description: one(&found(&DESCRIPTIONS)?, "description")?,
        })
    }
}

/// A field's name as it is compared: in lower case, one for one instead of several.
fn plain(name: &str) -> String {
    let name = name.trim().trim_end_matches('.').to_lowercase();
    let name = name.replace([' ', '-'], "_");
    let one = match name.strip_suffix("ies") {
        Some(stem) => format!("{stem}y"),
        None => name.strip_suffix('s').unwrap_or(&name).to_owned(),
    };
    let is_name = NAMES.iter().any(|names| names.contains(&one.as_str()));
    if is_name { one } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_known_by_their_names() {
        let of = |names: &[&str]| {
            let roles = Roles::of(names.iter().copied())?;
            Ok::<_, String>((roles.id, roles.name, roles.description))
        };
        for (names, expected) in [
            (&["Name", " ID"][..], (Some(1), Some(0), None)),
            (&["slug", "label", "x"], (Some(0), Some(1), None)),
            (&["tag", "description"], (None, Some(0), Some(1))),
            (&["tag", "title"], (Some(0), Some(1), None)),
            (&["tag", "title", "no"], (Some(0), Some(1), None)),
            (&["slug", "description"], (Some(0), Some(0), Some(1))),
            (&["id", "slug", "name"], (Some(0), Some(2), None)),
            (&["id", "x"], (Some(0), None, None)),
            (&["id", "slug"], (Some(0), Some(1), None)),
            (&["Code", "Label"], (Some(0), Some(1), None)),
            (&["value", "label"], (Some(0), Some(1), None)),
            (&["No.", "Tags"], (Some(0), Some(1), None)),
            (&["Tag ID", "category"], (Some(0), Some(1), None)),
            (&["#", "Categories", "Desc"], (Some(0), Some(1), Some(2))),
            (
                &["code", "id", "name", "category"],
                (Some(1), Some(2), None),
            ),
        ] {
            assert_eq!(of(names), Ok(expected), "{names:?}");
        }
        for (names, problem) in [
            (&["x", "y"][..], "there is neither an `id` nor a `name`"),
            (&["id", "name", "Name"], "`name` is there twice"),
            (
                &["name", "title"],
                "it is not clear which is the name: `name` or `title`",
            ),
            (
                &["id", "Title", "Text"],
                "`title` and `text` are a document's; a tag has a `name`",
            ),
            (
                &["key", "value"],
                "it is not clear which is the id: `key` or `value`",
            ),
        ] {
            assert_eq!(of(names), Err(problem.to_owned()));
        }
        assert!(Roles::heads("Keywords") && Roles::heads(" name "));
        assert!(!Roles::heads("code") && !Roles::heads("news"));
    }
}
