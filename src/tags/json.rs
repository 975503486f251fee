//! Texts as JSON literals, and what is wrong with one that holds half a character.

/// `text` as a JSON string literal, in the one spelling the program uses.
#[must_use]
pub fn json_string(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// What is wrong with JSON that has half a surrogate pair in it.
pub(crate) fn half_problem(json: &str) -> Option<String> {
    let half = half_pair(json)?;
    Some(format!(
        "has half a surrogate pair, `{half}`, which is no character"
    ))
}

/// The first escape such as `\ud83d` in a JSON text that has no other half.
fn half_pair(json: &str) -> Option<&str> {
    let unit = |at: usize| {
        let digits = json.get(at..)?.strip_prefix("\\u")?.get(..4)?;
        u16::from_str_radix(digits, 16).ok()
    };
    let (is_high, is_low) = (0xd800..0xdc00, 0xdc00..0xe000);
    let mut at = 0;
    while let Some(next) = json.get(at..)?.find('\\') {
        at += next;
        match unit(at) {
            Some(high) if is_high.contains(&high) => match unit(at + 6) {
                Some(low) if is_low.contains(&low) => at += 12,
                _ => return json.get(at..at + 6),
            },
            Some(low) if is_low.contains(&low) => return json.get(at..at + 6),
            _ => at += 2,
        }
    }
    None
}
