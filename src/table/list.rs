//! A cell that holds several values, separated by `;`.

/// The values in one cell: one that has a `;` or a quote in it is itself in quotes, so that
/// no two lists look the same.
#[must_use]
pub fn join<S: AsRef<str>>(values: impl IntoIterator<Item = S>) -> String {
    let mut cell = String::new();
    for (place, value) in values.into_iter().enumerate() {
        let value = value.as_ref();
        if place > 0 {
            cell.push(';');
        }
        let is_plain = !value.contains([';', '"']) && !value.is_empty() && value.trim() == value;
        if is_plain {
            cell.push_str(value);
        } else {
            cell.push('"');
            cell.push_str(&value.replace('"', "\"\""));
            cell.push('"');
        }
    }
    cell
}

/// The values of a cell, without the spaces around those that are not in quotes. What was
/// [joined](join) comes out as it went in.
#[must_use]
pub fn split(cell: &str) -> Vec<String> {
    let mut values = Vec::new();
    let mut rest = cell.trim();
    while !rest.is_empty() {
        if let Some((value, behind)) = quoted(rest) {
            values.push(value);
            rest = behind;
        } else {
            let (value, behind) = rest.split_once(';').unwrap_or((rest, ""));
            if !value.trim().is_empty() {
                values.push(value.trim().to_owned());
            }
            rest = behind.trim_start();
        }
    }
    values
}

/// A value in quotes, and what stands behind the `;` that follows.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut rest = text.strip_prefix('"')?;
    loop {
        let (before, behind) = rest.split_once('"')?;
        value.push_str(before);
        if let Some(behind) = behind.strip_prefix('"') {
            value.push('"');
            rest = behind;
            continue;
        }
        let behind = behind.trim_start();
        if behind.is_empty() {
            return Some((value, ""));
        }
        return Some((value, behind.strip_prefix(';')?.trim_start()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_joined_is_split_again() {
        let lists: [&[&str]; 6] = [
            &[],
            &["17"],
            &["17", "web app"],
            &["Health; Safety", "Finance"],
            &["a\"b", "\"", ""],
            &[" x ", ";", ";;\""],
        ];
        for list in lists {
            assert_eq!(split(&join(list)), list, "{}", join(list));
        }
        assert_eq!(join(["Health; Safety", "x"]), "\"Health; Safety\";x");
    }

    #[test]
    fn what_people_type_is_understood() {
        assert_eq!(
            split(" 17 ; web;; \"a;b\" ;c\"d"),
            ["17", "web", "a;b", "c\"d"]
        );
        assert_eq!(split("\"a\" b;c"), ["\"a\" b", "c"]);
    }
}
