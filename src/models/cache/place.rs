//! Where Hugging Face's programs keep things, as their own library reads the environment.

use std::env;
use std::path::PathBuf;

use etcetera::BaseStrategy;

/// The folder of the cache: `HF_HUB_CACHE`, its older name, or `hub` in [`home`].
pub(in crate::models) fn hub() -> Option<PathBuf> {
    folder_from("HF_HUB_CACHE")
        .or_else(|| folder_from("HUGGINGFACE_HUB_CACHE"))
        .or_else(|| Some(home()?.join("hub")))
}

/// Hugging Face's own folder: `HF_HOME`, or the usual one.
pub(in crate::models) fn home() -> Option<PathBuf> {
    folder_from("HF_HOME").or_else(|| {
        let usual = || Some(user_home()?.join(".cache"));
        let cache = folder_from("XDG_CACHE_HOME").or_else(usual);
        Some(cache?.join("huggingface"))
    })
}

/// A path that an environment variable names, with `~` and other variables in it put in.
pub(in crate::models) fn folder_from(name: &str) -> Option<PathBuf> {
    // An empty one names none.
    let value = env::var_os(name).filter(|value| !value.is_empty())?;
    // What is no Unicode is taken as it is.
    let Some(text) = value.to_str() else {
        return Some(value.into());
    };
    let home = user_home().and_then(|home| home.into_os_string().into_string().ok());
    let known = |name: &str| env::var(name).ok();
    Some(expand(text, home.as_deref(), known).into())
}

fn user_home() -> Option<PathBuf> {
    let base = etcetera::choose_base_strategy().ok()?;
    Some(base.home_dir().to_owned())
}

/// Python's `expandvars(expanduser(text))`: `~` in front, `$NAME` and `${NAME}` anywhere; what
/// is not known stays.
fn expand(text: &str, home: Option<&str>, known: impl Fn(&str) -> Option<String>) -> String {
    let (mut out, mut rest) = (String::new(), text);
    if let (Some(home), Some(behind)) = (home, text.strip_prefix('~'))
        && (behind.is_empty() || behind.starts_with(['/', '\\']))
    {
        out.push_str(home);
        rest = behind;
    }
    while let Some((before, behind)) = rest.split_once('$') {
        out.push_str(before);
        let inside = behind.strip_prefix('{').and_then(|b| b.split_once('}'));
        let end = behind.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
        let (name, after) = inside.unwrap_or(behind.split_at(end.unwrap_or(behind.len())));
        if let Some(value) = known(name).filter(|_| !name.is_empty()) {
            out.push_str(&value);
            rest = after;
        } else {
            out.push('$');
            rest = behind;
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn home_and_variables_are_put_in() {
        let known = |name: &str| (name == "DISK").then(|| "/big".to_owned());
        for (text, expected) in [
            ("/a/b", "/a/b"),
            ("~", "/home/u"),
            ("~/hf", "/home/u/hf"),
            ("~other/hf", "~other/hf"),
            ("$DISK/hf", "/big/hf"),
            ("${DISK}/hf$DISK", "/big/hf/big"),
            ("$NONE/$DISK/${NONE}/$", "$NONE//big/${NONE}/$"),
            ("${DISK", "${DISK"),
        ] {
            assert_eq!(expand(text, Some("/home/u"), known), expected, "{text}");
        }
        assert_eq!(expand("~/hf", None, known), "~/hf");
    }
}
