//! READMEs: what of a Markdown document is kept, what is dropped, and in which order.

use minitag::document::{Fate, Format, PieceKind, Reason, condense};

use super::{assert_reads, condensed, words};

/// A README with some of everything.
pub(super) const QUOKKA: &str = r#"
<p align="center">
  <a href="https://quokka.example"><img src="logo.svg" alt="Quokka logo" width="200"></a>
</p>

<p align="center"><b>English</b> | <a href="README-zh.md">中文</a></p>

<p align="center">
  <a href="https://ci.example"><img src="https://img.shields.io/x.svg" alt="build"></a>
  <img src="https://codecov.io/y.svg" alt="coverage">
</p>

# Quokka :smile:

**A tiny bookmark shelf** that runs on [your own machine](https://quokka.example/why). It keeps
pages, notes, and papers in one file.

## Table of Contents
- [Features](#features)
- [Install](#install)

## Features

- Full-text search in *all* pages. Even in scanned ones.
- Works offline 🎉
- Imports from `pocket` and from browsers

## Install

Needs a compiler and some patience.

```sh
cargo install quokka
quokka --version
quokka serve
```

## Usage

| Command | What it does | Since |
|---------|--------------|-------|
| `add`   | adds a page  | 0.1   |
| `find`  | finds it     | 0.2   |
| `drop`  | loses it     | 0.3   |

See <https://quokka.example/docs>.

![The shelf with three open books on it](shelf.png)

## Contributing

Patches are welcome.

## License

MIT
"#;

#[test]
fn a_readme_is_read_for_what_it_says() {
    assert_reads(
        QUOKKA,
        Format::Markdown,
        "
# Quokka
A tiny bookmark shelf that runs on your own machine. It keeps pages, notes, and papers in one file.
## Features
- Full-text search in all pages. Even in scanned ones.
- Works offline
- Imports from pocket and from browsers
`sh: cargo install quokka ; quokka --version`
## Usage
Command | What it does | Since
add | adds a page | 0.1
See .
The shelf with three open books on it
",
    );
}

#[test]
fn a_budget_keeps_what_tells_most() {
    let tagline = "A tiny bookmark shelf that runs on your own machine.";
    let second = "It keeps pages, notes, and papers in one file.";
    for (budget, expected) in [
        (3, "# Quokka".to_owned()),
        (20, format!("# Quokka\n{tagline}\n## Features\n## Usage")),
        (
            30,
            format!("# Quokka\n{tagline} {second}\n## Features\n## Usage"),
        ),
    ] {
        let text = condensed(QUOKKA, Format::Markdown, budget).text;
        assert_eq!(text, expected, "{budget}");
    }
}

#[test]
fn a_piece_too_long_is_cut_where_it_is_the_first() {
    let text =
        "# Quokka\n\nA tiny shelf for bookmarks that grew and grew until it held each of them.";
    let condensed = condensed(text, Format::Markdown, 16);
    assert_eq!(
        condensed.text,
        "# Quokka\nA tiny shelf for bookmarks that grew and grew until it held"
    );
    let rest = condensed.pieces.last().unwrap();
    assert_eq!(
        (rest.text.as_str(), rest.fate),
        (" each of them.", Fate::Dropped(Reason::Budget))
    );
}

#[test]
fn nothing_vanishes_silently() {
    let condensed = condensed(QUOKKA, Format::Markdown, 40);
    let found = |text: &str| {
        let piece = condensed
            .pieces
            .iter()
            .find(|piece| piece.text.contains(text));
        piece.map(|piece| (piece.kind, piece.fate))
    };
    for (text, kind, fate) in [
        ("# Quokka", PieceKind::Title, Fate::Kept),
        (
            "English",
            PieceKind::Paragraph,
            Fate::Dropped(Reason::Navigation),
        ),
        ("Install", PieceKind::Item, Fate::Dropped(Reason::Contents)),
        (
            "patience",
            PieceKind::Paragraph,
            Fate::Dropped(Reason::Boilerplate),
        ),
        (
            "finds it",
            PieceKind::TableHead,
            Fate::Dropped(Reason::Table),
        ),
        ("quokka serve", PieceKind::Code, Fate::Dropped(Reason::Code)),
        (
            "adds a page",
            PieceKind::TableHead,
            Fate::Dropped(Reason::Budget),
        ),
        (
            "MIT",
            PieceKind::Paragraph,
            Fate::Dropped(Reason::Boilerplate),
        ),
    ] {
        assert_eq!(found(text), Some((kind, fate)), "{text}");
    }
    assert!(condensed.tokens > condensed.used);
}

#[test]
fn a_header_without_text_hides_no_title() {
    for (text, expected) in [
        (
            "[![Numbat](numbat.png)](https://n.example)\n\nCounts termites in log files.",
            "# Numbat\nCounts termites in log files.",
        ),
        (
            "<h1 align=\"center\">\n  <img src=\"n.svg\" alt=\"Numbat\"><br>\n</h1>\n\
             <h4 align=\"center\">Counts termites in log files</h4>\n",
            "# Numbat\n#### Counts termites in log files",
        ),
        (
            "# English | 中文\n\n# Numbat\n\nCounts termites.",
            "# Numbat\nCounts termites.",
        ),
        (
            "## Numbat\n\nCounts termites.\n\n## Speed\n\nHigh enough.",
            "# Numbat\nCounts termites.\n## Speed\nHigh enough.",
        ),
        (
            "Counts termites in log files.\n\n# Features\n\nFast enough.",
            "Counts termites in log files.\n## Features\nFast enough.",
        ),
        (
            "> # Moved\n> to another place\n\n# Numbat\n\nCounts termites.",
            "Moved\nto another place\n# Numbat\nCounts termites.",
        ),
        (
            "<div align=center>\n\n# Numbat\n\n<p>Counts termites</p>\n\n</div>",
            "# Numbat\nCounts termites",
        ),
    ] {
        assert_reads(text, Format::Markdown, expected);
    }
}

#[test]
fn lost_blank_lines_hide_nothing() {
    assert_reads(
        "Bilby digs. <div align=\"center\">\n<img src=\"b.png\"></img>\n</div>\n<p>\n## Digging\n\
         - [deep](#a), deeper\n| Depth | Time |\n|---|---|\n| 1 m | 2 h |\n| 2 m | 9 h |\nAll by night.\n\
         <table>\n<tr><td>a</td><td>b</td></tr>\n</table>\n## Resting\nBy day.",
        Format::Markdown,
        "
Bilby digs.
## Digging
- deep, deeper
Depth | Time
1 m | 2 h
All by night.
a | b
## Resting
By day.
",
    );
}

#[test]
fn front_matter_names_the_document() {
    assert_reads(
        "---\ntitle: \"Potoroo\"\ndescription: Finds truffles\ntags:\n  - fungi\n  - forest\n\
         date: 2020-01-01\n---\n\nIt hops.",
        Format::Markdown,
        "# Potoroo\nFinds truffles\n- fungi, forest\nIt hops.",
    );
    assert_reads(
        "+++\ntitle = \"Potoroo\"\n+++\nIt hops.",
        Format::Markdown,
        "# Potoroo\nIt hops.",
    );
    // A rule, and no end.
    assert_reads("---\n\nIt hops.", Format::Markdown, "It hops.");
}

#[test]
fn boilerplate_is_dropped_in_many_languages() {
    for (heading, other) in [
        ("License", "Design"),
        ("Contributors ✨", "Architecture"),
        ("💖 Sponsors", "Storage"),
        ("开源协议", "架构"),
        ("更新日志", "存储"),
        ("ライセンス", "設計"),
        ("라이선스", "설계"),
        ("Lizenz", "Aufbau"),
        ("Remerciements", "Conception"),
        ("Agradecimientos", "Diseño"),
        ("Contribuindo", "Desenho"),
        ("Лицензия", "Устройство"),
    ] {
        let text = format!(
            "# Wombat\n\nStores cubes, and stores them well: none has ever been lost, so far.\n\n\
             ## {heading}\n\nUnseen.\n\n### Deep\n\nUnseen.\n\n## {other}\n\nSeen."
        );
        let text = condense(&text, Format::Markdown, None, &words).text;
        assert!(
            !text.contains("Unseen") && !text.contains("Deep"),
            "{heading}: {text}"
        );
        assert!(
            text.ends_with(&format!("## {other}\nSeen.")),
            "{heading}: {text}"
        );
    }
}

#[test]
fn badges_go_and_telling_pictures_stay() {
    assert_reads(
        "# Dunnart\n\n[![Build Status](https://travis-ci.org/x.svg)](https://x.example) ![npm](https://badge.fury.io/x)\n\n\
         Hunts moths.\n\n![screenshot](1.png) ![A dunnart on a moonlit branch](2.png) ![3.png](3.png)",
        Format::Markdown,
        "# Dunnart\nHunts moths.\nA dunnart on a moonlit branch",
    );
}

#[test]
fn long_items_are_shortened_first() {
    let word = "word ".repeat(60);
    let text = format!("# Dunnart\n\n- {word}. Second sentence.\n- Short.");
    let condensed = condensed(&text, Format::Markdown, 45);
    let item = condensed
        .pieces
        .iter()
        .find(|piece| piece.kind == PieceKind::Item)
        .unwrap();
    assert!(item.text.len() <= 162 && item.fate == Fate::Kept);
    assert!(condensed.text.ends_with("- Short."));
}

#[test]
fn what_was_said_is_not_said_again() {
    let text = "# Numbat\n\nCounts termites.\n\nCounts termites!\n\n- ants\n- ants\n";
    assert_reads(text, Format::Markdown, "# Numbat\nCounts termites.\n- ants");
}

#[test]
fn html_inside_markdown_may_be_broken() {
    for (text, expected) in [
        (
            "<ul><li>One<li>Two</ul>\n\nAfter that.",
            "- One\n- Two\nAfter that.",
        ),
        (
            "<details><summary>More</summary>\n\nInner text.\n\n</details>",
            "More\nInner text.",
        ),
        (
            "<!-- a comment\n\nover lines -->\nText of it.",
            "Text of it.",
        ),
        (
            "<svg><title>x</title>\n\n# Title\n\nText of it.",
            "# Title\nText of it.",
        ),
        ("a <b>bold <i>word</b> here", "a bold word here"),
        (
            "<pre><code class=\"language-js\">let a\nlet b\n</code></pre>",
            "`js: let a ; let b`",
        ),
        ("Fish &amp; chips &lt;3 &copy;", "Fish & chips <3 ©"),
        ("line<br>break<br/>here", "line break here"),
    ] {
        assert_reads(text, Format::Markdown, expected);
    }
}

#[test]
fn wide_scripts_are_split_into_sentences() {
    let text = "# 袋鼠\n\n袋鼠是一个\n轻量的书签工具。它在本机运行！无需网络。\n\n## 特性\n\n- 快速。也很小。\n";
    let expected =
        "# 袋鼠\n袋鼠是一个轻量的书签工具。它在本机运行！无需网络。\n## 特性\n- 快速。也很小。";
    assert_reads(text, Format::Markdown, expected);
    let characters = |text: &str| text.chars().count();
    let condensed = condense(text, Format::Markdown, Some(38), &characters);
    assert_eq!(
        condensed.text,
        "# 袋鼠\n袋鼠是一个轻量的书签工具。它在本机运行！无需网络。"
    );
}
