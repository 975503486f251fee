//! In which script a text is written: a hint at its language that needs no model.

/// A family of letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Script {
    /// English, and most of Europe.
    Latin,
    /// Chinese, Japanese and Korean.
    Cjk,
    /// Russian and its neighbours.
    Cyrillic,
    /// Greek.
    Greek,
    /// Arabic and Persian.
    Arabic,
    /// Hebrew.
    Hebrew,
    /// Hindi and its neighbours.
    Devanagari,
    /// Thai.
    Thai,
    /// Other letters, or none.
    Other,
}

/// All of them, in the order of reports.
pub(super) const ALL: [Script; 9] = [
    Script::Latin,
    Script::Cjk,
    Script::Cyrillic,
    Script::Greek,
    Script::Arabic,
    Script::Hebrew,
    Script::Devanagari,
    Script::Thai,
    Script::Other,
];

/// One of so many letters is enough for a script other than Latin: code, links and
/// markup are Latin in every document.
const TELLING_SHARE: usize = 8;

impl Script {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Latin => "Latin",
            Self::Cjk => "CJK",
            Self::Cyrillic => "Cyrillic",
            Self::Greek => "Greek",
            Self::Arabic => "Arabic",
            Self::Hebrew => "Hebrew",
            Self::Devanagari => "Devanagari",
            Self::Thai => "Thai",
            Self::Other => "other",
        }
    }

    /// The script of a text: the most frequent one besides Latin where that has an
    /// eighth of the letters, else Latin.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let mut counts = [0_usize; ALL.len()];
        for script in text.chars().filter_map(Self::of_char) {
            counts[script as usize] += 1;
        }
        let letters: usize = counts.iter().sum();
        let [latin, others @ ..] = &counts;
        let most = others.iter().copied().max().unwrap_or(0);
        if most * TELLING_SHARE > letters {
            let place = others.iter().position(|&count| count == most);
            return place.map_or(Self::Other, |place| ALL[place + 1]);
        }
        if *latin > 0 { Self::Latin } else { Self::Other }
    }

    /// The script of a letter; `None` for everything else.
    #[must_use]
    pub fn of_char(c: char) -> Option<Self> {
        Some(match u32::from(c) {
            _ if !c.is_alphabetic() => return None,
            0x41..=0x24f | 0x1e00..=0x1eff => Self::Latin,
            0x370..=0x3ff | 0x1f00..=0x1fff => Self::Greek,
            0x400..=0x52f => Self::Cyrillic,
            0x590..=0x5ff => Self::Hebrew,
            0x600..=0x6ff | 0x750..=0x77f => Self::Arabic,
            0x900..=0x97f => Self::Devanagari,
            0xe00..=0xe7f => Self::Thai,
            0x1100..=0x11ff
            | 0x3005..=0x318f
            | 0x31a0..=0x31ff
            | 0x3400..=0x9fff
            | 0xac00..=0xd7af
            | 0xf900..=0xfaff
            | 0xff66..=0xff9f
            | 0x20000..=0x3ffff => Self::Cjk,
            _ => Self::Other,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_the_script_of_its_words() {
        for (text, script) in [
            ("A message broker", Script::Latin),
            ("Überprüfung für Möbel", Script::Latin),
            ("云鹤是一个向量检索引擎", Script::Cjk),
            ("本棚を整理する道具", Script::Cjk),
            ("책갈피를 정리하는 도구", Script::Cjk),
            ("Учёт книг и закладок", Script::Cyrillic),
            ("Αρχείο βιβλίων", Script::Greek),
            ("مدير الملفات", Script::Arabic),
            ("", Script::Other),
            ("42 + 1", Script::Other),
        ] {
            assert_eq!(Script::of(text), script, "{text}");
        }
    }

    #[test]
    fn links_and_code_do_not_make_a_text_latin() {
        let text = "# 云鹤\n\n向量检索引擎 `yunhe serve --data ./queue`";
        assert_eq!(Script::of(text), Script::Cjk);
        assert_eq!(
            Script::of("A reader of 论语, with notes and a glossary"),
            Script::Latin
        );
    }

    #[test]
    fn each_script_stands_at_its_own_place() {
        assert!(ALL.iter().enumerate().all(|(i, &s)| s as usize == i));
    }
}
