//! What a template does to a document: found out with signs of every kind in its place.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

/// Stand around the document, and behind each of its signs.
const BEGIN: char = '\u{e000}';
const END: char = '\u{e001}';
const NEXT: char = '\u{e002}';

/// Signs that no template may change.
const OTHERS: [char; 3] = ['é', '漢', '🗼'];

/// How a template writes the signs of a document that it does not leave as they are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Escaping(Arc<HashMap<char, String>>);

impl Escaping {
    /// A document that a template shows with what it does to it.
    pub(super) fn sample() -> String {
        let mut sample = String::from(BEGIN);
        for sign in signs() {
            sample.extend([sign, NEXT]);
        }
        sample.push(END);
        sample
    }

    /// What stands before and behind the sample in what a template wrote, and what was done to
    /// the sample; or why that is not known.
    pub(super) fn read(text: &str) -> Result<(&str, &str, Self), &'static str> {
        let parts: Vec<&str> = text.split([BEGIN, END]).collect();
        let [before, document, after] = parts[..] else {
            return Err("does not write the document once");
        };
        let mut written: Vec<&str> = document.split(NEXT).collect();
        let is_whole = written.pop() == Some("") && written.len() == signs().count();
        let changed = signs().zip(written);
        let changed = changed.filter(|&(sign, text)| *text != *sign.encode_utf8(&mut [0; 4]));
        let changed: HashMap<char, String> = changed
            .map(|(sign, text)| (sign, text.to_owned()))
            .collect();
        if !is_whole || OTHERS.iter().any(|sign| changed.contains_key(sign)) {
            return Err("changes the document in a way that is not known here");
        }
        Ok((before, after, Self(Arc::new(changed))))
    }

    /// A document as the template would write it.
    pub(super) fn write<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if !text.chars().any(|sign| self.0.contains_key(&sign)) {
            return Cow::Borrowed(text);
        }
        let mut written = String::with_capacity(text.len() * 9 / 8);
        for sign in text.chars() {
            match self.0.get(&sign) {
                Some(other) => written.push_str(other),
                None => written.push(sign),
            }
        }
        Cow::Owned(written)
    }
}

/// All signs of ASCII but the first, and some others.
fn signs() -> impl Iterator<Item = char> {
    ('\u{1}'..='\u{7f}').chain(OTHERS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written_by(template: impl Fn(&str) -> String) -> Result<Escaping, &'static str> {
        let text = template(&Escaping::sample());
        Escaping::read(&text).map(|(before, after, escaping)| {
            assert_eq!((before, after), ("<", ">"));
            escaping
        })
    }

    #[test]
    fn what_is_done_to_the_sample_is_done_to_each_document() {
        let document = "a <b> \"é\\\"\n\u{1}";
        let raw = written_by(|sample| format!("<{sample}>")).unwrap();
        assert_eq!(raw.write(document), document);
        let json = written_by(|sample| {
            let json = serde_json::to_string(sample).unwrap();
            format!("<{}>", json.trim_matches('"').replace('<', "\\u003c"))
        });
        assert_eq!(
            json.unwrap().write(document),
            r#"a \u003cb> \"é\\\"\n\u0001"#
        );
    }

    #[test]
    fn what_is_not_done_sign_by_sign_is_not_known() {
        let once = Err("does not write the document once");
        assert_eq!(written_by(|_| "<>".to_owned()), once);
        assert_eq!(written_by(|sample| format!("<{sample}{sample}>")), once);
        let unknown = Err("changes the document in a way that is not known here");
        let ascii = written_by(|sample| format!("<{}>", sample.replace('é', "e")));
        assert_eq!(ascii, unknown);
        let cut = written_by(|sample| format!("<{}>", sample.replace("A\u{e002}", "")));
        assert_eq!(cut, unknown);
    }
}
