//! Which field, or column, of a tag is its id, its name, its description.

/// What a tag can be called by.
const NAMES: [&str; 4] = ["name", "label", "title", "tag"];

/// What a tag's id is called.
const IDS: [&str; 2] = ["id", "slug"];

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
        let known = |list: &[&str]| list.contains(&name.as_str());
        known(&NAMES) || known(&IDS) || name == "description"
    }

    /// What fields of these names are; else why that is not clear.
    pub(super) fn of<'n>(names: impl Iterator<Item = &'n str>) -> Result<Self, String> {
        let names: Vec<String> = names.map(plain).collect();
        let mut places = Vec::new();
        for known in IDS.iter().chain(&NAMES).chain(&["description"]) {
            let mut found = (0..names.len()).filter(|&place| names[place] == **known);
            let place = found.next();
            if found.next().is_some() {
                return Err(format!("`{known}` is there twice"));
            }
            places.push((*known, place));
        }
        let place = |wanted: &str| {
            let found = places.iter().find(|(known, _)| *known == wanted);
            found.and_then(|(_, place)| *place)
        };
        let mut id = place("id").or(place("slug"));
        let found: Vec<&str> = NAMES
            .into_iter()
            .filter(|name| place(name).is_some())
            .collect();
        let name = match found[..] {
            [] if place("slug").is_some() => place("slug"),
            [] if id.is_some() => None,
            [] => return Err("there is neither an `id` nor a `name`".to_owned()),
            [one] => place(one),
            [one, "tag"] if id.is_none() => {
                id = place("tag");
                place(one)
            }
            _ => {
                let names: Vec<String> = found.iter().map(|name| format!("`{name}`")).collect();
                return Err(format!(
                    "it is not clear which is the name: {}",
                    names.join(" or ")
                ));
            }
        };
        Ok(Self {
            id,
            name,
            description: place("description"),
        })
    }
}

/// A field's name as it is compared.
fn plain(name: &str) -> String {
    name.trim().to_lowercase()
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
            (&["slug", "description"], (Some(0), Some(0), Some(1))),
            (&["id", "slug", "name"], (Some(0), Some(2), None)),
            (&["id", "x"], (Some(0), None, None)),
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
        ] {
            assert_eq!(of(names), Err(problem.to_owned()));
        }
    }
}
