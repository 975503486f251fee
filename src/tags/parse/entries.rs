//! Entries of JSON and YAML: names, or fields that have to be told apart by their names.

use crate::tags::parse::roles::Roles;
use crate::tags::parse::{Notation, Unchecked};
use crate::tags::shorten;
use crate::tags::{Place, Problem, TagError, TagId, TagSet};

/// What the tags below a tag are called, where a list is a tree.
const BELOW: [&str; 6] = [
    "children",
    "tags",
    "subtags",
    "categories",
    "subcategories",
    "narrower",
];

/// One entry of a list.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) place: Place,
    pub(super) content: Content,
    /// As it stands in the file.
    pub(super) shown: String,
}

#[derive(Debug)]
pub(super) enum Content {
    /// A name, which is the id too.
    Name(String),
    /// Fields with their values; those that are null are left out.
    Fields(Vec<(String, Value)>),
    /// Something else.
    Other,
}

/// A field's value: what it is as an id, and as a text.
#[derive(Debug)]
pub(super) struct Value {
    pub(super) id: Option<TagId>,
    pub(super) text: Option<String>,
    /// As it stands in the file.
    pub(super) shown: String,
}

/// A list of names alone, or of objects alone. Where no object has an id, names are ids.
pub(super) fn tag_set(entries: Vec<Entry>) -> Result<(TagSet, Notation), TagError> {
    let mut list = Unchecked::default();
    let mut id_field = None;
    let is_names = matches!(entries.first().map(|e| &e.content), Some(Content::Name(_)));
    let has_ids = entries.iter().any(|entry| match &entry.content {
        Content::Fields(fields) => roles(fields).is_ok_and(|roles| roles.id.is_some()),
        _ => false,
    });
    for entry in entries {
        let place = entry.place;
        let wrong = |problem| TagError::Entry { place, problem };
        let not_a_tag = || {
            let found = shorten(&entry.shown);
            wrong(if is_names {
                Problem::NotAName { found }
            } else {
                Problem::NotATag { found }
            })
        };
        match entry.content {
            Content::Name(name) if is_names => {
                let id = TagId::from_text(name.trim());
                list.add(place, id, name, None)?;
            }
            Content::Fields(mut fields) if !is_names => {
                let roles = match roles(&fields) {
                    Ok(roles) => roles,
                    Err(reason) if fields.iter().any(|(name, _)| Roles::knows(name)) => {
                        return Err(wrong(Problem::Unclear { reason }));
                    }
                    Err(_) if has_ids => return Err(wrong(Problem::MissingId)),
                    Err(_) => return Err(not_a_tag()),
                };
                if let Some((name, _)) = fields.iter().find(|field| has_tags(field)) {
                    let reason = format!("its `{name}` has tags below a tag, and the list is flat");
                    return Err(wrong(Problem::Unclear { reason }));
                }
                if has_ids && roles.id.is_none() {
                    return Err(wrong(Problem::MissingId));
                }
                if let Some(place) = roles.id {
                    id_field.get_or_insert_with(|| fields[place].0.clone());
                }
                let mut take = |place: Option<usize>| {
                    let value = &mut fields[place?].1;
                    Some((value.id.clone(), value.text.clone(), value.shown.clone()))
                };
                let text = |value: Option<(_, Option<String>, _)>| match value {
                    Some((_, Some(text), _)) => Ok(Some(text)),
                    Some(_) => Err(not_a_tag()),
                    None => Ok(None),
                };
                let name = text(take(roles.name))?.unwrap_or_default();
                let description = text(take(roles.description))?;
                let id = match take(roles.id) {
                    Some((Some(id), ..)) => id,
                    Some((None, _, shown)) => {
                        return Err(wrong(Problem::IdType(shorten(&shown))));
                    }
                    None => TagId::from_text(name.trim()),
                };
                list.add(place, id, name, description)?;
            }
            _ => return Err(not_a_tag()),
        }
    }
    let id = id_field.filter(|name| !Roles::is_plain_id(name));
    Ok((list.finish()?, Notation::Values { id }))
}

/// Whether a field has further tags in it, which would be lost.
fn has_tags((name, value): &(String, Value)) -> bool {
    let is_nested = value.id.is_none() && value.text.is_none() && value.shown != "[]";
    is_nested && BELOW.contains(&name.to_lowercase().as_str())
}

fn roles(fields: &[(String, Value)]) -> Result<Roles, String> {
    Roles::of(fields.iter().map(|(name, _)| name.as_str()))
}
