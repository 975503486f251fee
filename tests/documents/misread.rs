//! What looks like markup, a choice of languages or boilerplate, and is what a document says.

use minitag::document::{Format, condense};

use super::{assert_reads, words};

#[test]
fn elements_in_running_text_swallow_nothing() {
    for name in [
        "select", "script", "dialog", "video", "object", "canvas", "style", "iframe",
    ] {
        let text = format!(
            "# Teal\n\nA styled <{name}> for forms.\n\n<{name}> is hard to style.\n\n- <{name}> in a list\n\nFast."
        );
        let expected = format!(
            "# Teal\nA styled <{name}> for forms.\n<{name}> is hard to style.\n- <{name}> in a list\nFast."
        );
        assert_reads(&text, Format::Markdown, &expected);
    }
    assert_reads(
        "# Teal\n\nPick <select><option>one</option></select> now.\n\n<video src=a.mp4>\n\nNo video.\n\n</video>\n\nFast.",
        Format::Markdown,
        "# Teal\nPick now.\nFast.",
    );
}

#[test]
fn elements_that_are_named_and_closed_in_sentences_hide_nothing() {
    for line in [
        "A <select> is slow, and a </select> ends it.",
        "<script> tags load late, unlike </script> ends.",
        "Use <dialog>, or <video>; close by </video> and </dialog>.",
    ] {
        assert_reads(
            &format!("# Teal\n\n{line}"),
            Format::Markdown,
            &format!("# Teal\n{line}"),
        );
    }
    assert_reads(
        "# Teal\n\n<script> let a = 1; </script>\n\n<style>\na {}\n</style>\n\nFast.",
        Format::Markdown,
        "# Teal\nFast.",
    );
}

#[test]
fn a_line_with_names_of_languages_is_no_choice_of_one() {
    assert_reads(
        "# Knot\n\n[English](a) | [中文](b)\n\nReads labels in English, French and Japanese.\n\n\
         - Lista de aves de la costa\n- IT\n- US\n\nRead this in other languages: Deutsch, Français, Polski",
        Format::Markdown,
        "# Knot\nReads labels in English, French and Japanese.\n- Lista de aves de la costa\n- IT\n- US",
    );
}

#[test]
fn a_heading_always_opens_a_section() {
    assert_reads(
        "# Ruff\n\nCounts waders on mud flats, by day, by night, in rain and in fog, with one cheap lens.\n\n\
         ## License\n\nMIT\n\n## 中文\n\n数鸟。\n\n## Contents\n\n- a\n\n## IT\n\nServers.\n\n\
         ## English | 中文\n\nBoth.\n",
        Format::Markdown,
        "# Ruff\nCounts waders on mud flats, by day, by night, in rain and in fog, with one cheap lens.\n\
         ## 中文\n数鸟。\n## IT\nServers.\nBoth.",
    );
}

#[test]
fn only_a_whole_heading_makes_boilerplate() {
    for heading in [
        "History of the castle",
        "License server",
        "Download manager",
        "Install pip packages",
        "Установка Linux",
        "News from the harbour",
        "网络协议",
        "新闻抓取",
        "作者归档",
    ] {
        let text = format!(
            "# Brent\n\nA goose on a wall that stands between the sea and a field, and eats both.\n\n## {heading}\n\nSeen."
        );
        let condensed = condense(&text, Format::Markdown, None, &words);
        assert!(
            condensed.text.ends_with("\nSeen."),
            "{heading}: {}",
            condensed.text
        );
    }
    for title in ["Download", "下载", "History", "License"] {
        let text = format!(
            "# {title}\n\nA goose on a wall that stands between the sea and a field, and eats both."
        );
        let condensed = condense(&text, Format::Markdown, None, &words);
        assert!(
            condensed.text.starts_with(&format!("# {title}\nA goose")),
            "{title}"
        );
    }
}
