//! Every format but Markdown, each with a document that shows all of it that is read.

use minitag::document::{Fate, Format, condense};

use super::{assert_reads, words};

#[test]
fn a_page_is_read_without_what_is_around_it() {
    assert_reads(
        "<!DOCTYPE html><html><head><title>Bettong | Home</title>\
         <meta name=\"description\" content=\"Plans walks.\"><style>p { color: red }</style>\
         <script>var x = '<p>no</p>';</script></head><body>\
         <header><nav><ul><li><a href=/>Home</a></li></ul></nav><h1>Bettong</h1><p>Plans walks at night.</p></header>\
         <div class=page><h2>Maps</h2><p>Drawn by hand,<br>then scanned.</p><ul><li>Contours</li></ul></div>\
         <aside>Advertisement</aside><footer>All rights reserved</footer></body></html>",
        Format::Html,
        "
Bettong | Home
Plans walks.
# Bettong
Plans walks at night.
## Maps
Drawn by hand, then scanned.
- Contours
",
    );
}

#[test]
fn of_a_page_with_a_main_part_only_that_is_read() {
    let main =
        "Walks that are planned well end where they began, and on the way there are berries. "
            .repeat(2);
    let page = format!(
        "<title>Bettong</title><p>Cookies?</p><main><h1>Walks</h1><p>{main}</p></main><p>More pages</p>"
    );
    let text = condense(&page, Format::Html, None, &words).text;
    assert!(text.starts_with("Bettong\n# Walks\nWalks that"), "{text}");
    assert!(
        !text.contains("Cookies") && !text.contains("More pages"),
        "{text}"
    );
    // Navigation that never ends takes nothing with it.
    assert_reads(
        "<nav><p>Only this text is there",
        Format::Html,
        "Only this text is there",
    );
}

#[test]
fn restructured_text_is_read() {
    assert_reads(
        "\
.. image:: https://img.shields.io/x.svg
   :alt: Build

======
Quoll
======

:Keywords: night, spots
:Version: 1.2

A *small* predator of ``TODO`` comments, see `the
site <https://q.example>`_. It never sleeps::

   quoll hunt
   quoll rest
   quoll eat

Features
--------

- Hunts in :doc:`parallel`
- Leaves no trace,
  not even logs

.. note::
   Feed it daily.

.. |x| image:: x.png
.. _target: https://q.example

+------+------+
| Prey | Size |
+======+======+
| bug  | 1    |
+------+------+
| mite | 2    |
+------+------+

License
-------

BSD
",
        Format::Rst,
        "
# Quoll
night, spots
A small predator of TODO comments, see the site. It never sleeps
`quoll hunt ; quoll rest`
## Features
- Hunts in parallel
- Leaves no trace, not even logs
Feed it daily.
Prey | Size
bug | 1
",
    );
}

#[test]
fn asciidoc_is_read() {
    assert_reads(
        "\
= Pademelon
Some Author <mail@p.example>
:url: https://p.example
:toc:

// a comment
image::logo.png[Logo]

A *light* loader for {url}[map tiles].
It caches, see link:docs.adoc[the manual].

== Features

* Loads fast
  from any server
** And often
. Counts

[source,ruby]
----
load 1
load 2
load 3
----

|===
|Zoom |Tiles

|1 |4
|2 |16
|===

NOTE: Tiles expire.

== License

MIT
",
        Format::AsciiDoc,
        "
# Pademelon
A light loader for map tiles. It caches, see the manual.
## Features
- Loads fast from any server
- And often
- Counts
`ruby: load 1 ; load 2`
Zoom | Tiles
1 | 4
NOTE: Tiles expire.
",
    );
}

#[test]
fn org_is_read() {
    assert_reads(
        "\
#+TITLE: Echidna
#+OPTIONS: toc:nil

A /spiny/ parser for [[https://e.example][ant tracks]].

* Features :noexport:
:PROPERTIES:
:ID: 1
:END:
- [X] Digs =deep=
- Rolls up

** TODO Speed
Enough.

#+BEGIN_SRC sh
echidna dig
#+END_SRC

| Ants | Time |
|------+------|
| 10   | 1 s  |
| 100  | 9 s  |

* License
GPL
",
        Format::Org,
        "
# Echidna
A spiny parser for ant tracks.
## Features
- Digs deep
- Rolls up
## Speed
Enough.
`sh: echidna dig`
Ants | Time
10 | 1 s
",
    );
}

#[test]
fn plain_text_is_read() {
    assert_reads(
        "\
Cuscus

Sleeps by day and sorts files by night.

FEATURES

- sorts
- sleeps

Notes
-----
It is slow. On purpose.
",
        Format::Plain,
        "
# Cuscus
Sleeps by day and sorts files by night.
## FEATURES
- sorts
- sleeps
## Notes
It is slow. On purpose.
",
    );
}

#[test]
fn cells_with_sentences_are_paragraphs() {
    assert_reads(
        "<html><title>Shed letter</title><body><table>\
         <tr><td><a href=x>Read online</a><td>May</tr>\
         <tr><td><h2>Roofs</h2><p>A green roof wants a slope of two degrees.</p><p>Lay felt first.</p></tr>\
         <tr><td>Then seed it in autumn, water it twice a week, and keep the pigeons off until spring.</table>\
         <table><tr><th>Felt<th>Price<tr><td>It is thick and lasts.<td>9<tr><td>It is thin.<td>4</table></body></html>",
        Format::Html,
        "
# Shed letter
Read online | May
## Roofs
A green roof wants a slope of two degrees.
Lay felt first.
Then seed it in autumn, water it twice a week, and keep the pigeons off until spring.
Felt | Price
It is thick and lasts. | 9
",
    );
}

#[test]
fn rows_with_words_are_read_wherever_they_stand() {
    let rows = |rows: &[&str]| format!("<body><table><tr>{}</table></body>", rows.join("<tr>"));
    let page = rows(&[
        "<td>Roses<td>Leeks",
        "<td>March<td>April",
        "<td>Prune before the buds open<td>Earth up",
        "<td>7<td>9",
        "<td><table><tr><td>Slugs<tr><td>Snails<tr><td>Come out after rain</table><td>Not here",
    ]);
    assert_reads(
        &page,
        Format::Html,
        "Roses | Leeks\nMarch | April\nPrune before the buds open | Earth up\n\
         Slugs\nSnails\nCome out after rain\nNot here",
    );
}

#[test]
fn a_page_that_is_a_form_is_read() {
    let text =
        "<h1>Harbour dues</h1><p>Boats pay by length, and for each night that they stay.</p>";
    let read = "# Harbour dues\nBoats pay by length, and for each night that they stay.";
    for (page, expected) in [
        (
            format!("<p>Skip</p><form action=a>{text}</form>"),
            format!("Skip\n{read}"),
        ),
        (
            format!("<form><nav>Home</nav><main>{text}{text}</main></form>"),
            read.to_owned(),
        ),
        (
            format!("{text}<form><p>Your name</p></form>"),
            read.to_owned(),
        ),
    ] {
        let text = condense(&page, Format::Html, None, &words).text;
        assert_eq!(text, expected, "{page}");
    }
}

#[test]
fn a_feed_is_read_by_its_entries() {
    let feed = "<?xml version=\"1.0\"?><feed xmlns=\"http://www.w3.org/2005/Atom\"><title>Otter news</title>\
        <entry><title>Ferry</title><content type=\"xhtml\"><div><p>Three <b>were</b> seen.</p></div></content></entry>\
        <entry><title>Roof</title><summary>Two &amp;amp; more.</summary></entry></feed>";
    assert_eq!(Format::of(None, feed), Format::Html);
    let expected = "# Otter news\n## Ferry\nThree were seen.\n## Roof\nTwo & more.";
    assert_reads(feed, Format::Html, expected);
}

#[test]
fn text_in_directives_is_read() {
    assert_reads(
        "Dunlin\n======\n\n.. tab:: Linux\n\n   It *runs*.\n\n   - Fast\n\n.. figure:: a.png\n   :width: 1\n\n   \
         Tides over two days.\n\n.. list-table::\n\n   * - Day\n     - Tide\n   * - 1\n     - 7\n\n.. graphviz::\n\n   a -> b\n",
        Format::Rst,
        "# Dunlin\nLinux\nIt runs.\n- Fast\nTides over two days.\nDay | Tide\n1 | 7",
    );
}

#[test]
fn xhtml_is_read_by_the_rules_of_xml() {
    let body =
        "<body><h1>Barn owls</h1><p>They <![CDATA[hunt & rest]]> by night.</p></body></html>";
    for head in [
        "<?xml version=\"1.0\"?><html><head><title/><script src=\"a.js\"/></head>",
        "<html xmlns=\"http://www.w3.org/1999/xhtml\"><head><style/><textarea/></head>",
    ] {
        let page = format!("{head}{body}");
        assert_reads(
            &page,
            Format::Html,
            "# Barn owls\nThey hunt & rest by night.",
        );
    }
}

#[test]
fn a_tag_that_is_not_closed_takes_nothing_with_it() {
    for tag in [
        "script", "select", "textarea", "title", "svg", "iframe", "dialog",
    ] {
        let page = format!("<h1>Newts</h1><p>They <{tag}> swim.</p><p>And walk.</p>");
        let text = condense(&page, Format::Html, None, &words).text;
        assert!(
            text.contains("swim.") && text.ends_with("And walk."),
            "{tag}: {text}"
        );
    }
}

#[test]
fn substitutions_are_put_in() {
    assert_reads(
        "|name| library\n==============\n\n|name| keeps |what|.\n\n|shot|\n\n\
         .. |name| replace:: Dunlin\n.. |what| replace:: tide\n   *tables*\n\
         .. |shot| image:: a.png\n   :alt: A curve over two days\n",
        Format::Rst,
        "# Dunlin library\nDunlin keeps tide tables.\nA curve over two days",
    );
}

#[test]
fn mdx_is_read_without_its_code() {
    assert_reads(
        "---\ntitle: Reeds\n---\nimport Tabs from '@x/Tabs'\nexport const meta = {\n  a: 'b',\n\n  c: 'd'\n}\n\n\
         <Tabs groupId=\"os\">\n  <TabItem value=\"a\" label={<b>x</b>}>\n\n    Cut them in winter.\n\n  </TabItem>\n\
         </Tabs>\n\n{/* later */}\n\nIt takes {days} days{\"!\"} Use `<Reed/>` or `{reed}`.\n\n\
         ```jsx\n<Reed a={1}/>\n```\n",
        Format::Mdx,
        "# Reeds\nCut them in winter.\nIt takes days! Use <Reed/> or {reed}.\n`jsx: <Reed a={1}/>`",
    );
}

#[test]
fn a_notebook_is_read_without_what_it_printed() {
    let notebook = r##"{"cells": [
        {"cell_type": "markdown", "source": ["# Eel counts\n", "\n", "How many eels pass a weir."]},
        {"cell_type": "code", "source": ["import eels\n", "eels.count()\n", "eels.plot()"],
         "outputs": [{"text": ["9412"]}, {"data": {"image/png": "iVBORw0KGgo="}}]}],
        "metadata": {"kernelspec": {"language": "python"}}, "nbformat": 4}"##;
    let expected = "# Eel counts\nHow many eels pass a weir.\n`python: import eels ; eels.count()`";
    assert_reads(notebook, Format::Notebook, expected);
    assert_eq!(Format::of(None, notebook), Format::Notebook);
    assert_reads("{\"cells\":", Format::Notebook, "{\"cells\":");
}

#[test]
fn of_a_mail_subject_and_text_are_read() {
    let mail = "Received: by mx.example\nFrom: Jo <jo@b.example>\nDate: Mon, 1 May 2023 10:00:00 +0000\n\
        Subject: =?UTF-8?Q?Gro=C3=9Fe_Eule?=\nMIME-Version: 1.0\n\
        Content-Type: multipart/mixed; boundary=\"k\"\n\n\
        --k\nContent-Type: multipart/alternative; boundary=\"l\"\n\n\
        --l\nContent-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\n\
        The owl h=E4tte a nest=\n box.\n\n> Where?\n\
        --l\nContent-Type: text/html\n\n<p>The owl</p>\n--l--\n\
        --k\nContent-Type: application/pdf; name=\"plan.pdf\"\n\
        Content-Disposition: attachment\nContent-Transfer-Encoding: base64\n\nJVBERg==\n--k--\n";
    assert_reads(
        mail,
        Format::Mail,
        "# Große Eule\nThe owl hätte a nest box.",
    );
    assert_eq!(Format::of(None, mail), Format::Mail);
    let dropped = condense(mail, Format::Mail, None, &words);
    let found = |text: &str| dropped.pieces.iter().any(|piece| piece.text.contains(text));
    assert!(
        found("plan.pdf (application/pdf, 4 bytes)") && found("> Where?") && found("jo@b.example")
    );
}

const HEADERS: &str = "From: Jo <jo@b.example>\nSubject: Eels\nMIME-Version: 1.0\n";

#[test]
fn whatever_a_mail_is_made_of_is_read() {
    let plain = "Content-Type: text/plain\n\nThey pass at night.\n";
    for (body, expected) in [
        // Cut off in its first part, in code, and where no header says what parts it.
        (format!("Content-Type: multipart/mixed; boundary=k\n\n--k\n{plain}"), "They pass at night."),
        (
            "Content-Type: multipart/mixed; boundary=k\n\n--k\nContent-Type: text/plain; charset=utf-8\n\
             Content-Transfer-Encoding: base64\n\nw4RhbGUga28".to_owned(),
            "Äale ko",
        ),
        (format!("Content-Type: multipart/mixed\n\n--k\n{plain}--k--\n"), "They pass at night."),
        (format!("Content-Type: multipart/mixed; boundary=j\n\n--k\n{plain}--k--\n"), "They pass at night."),
        ("Content-Type: multipart/mixed\n\nThey pass.\n".to_owned(), "They pass."),
        // A form that says nothing is no form of the text.
        (
            "Content-Type: multipart/alternative; boundary=k\n\n--k\n\nNo HTML?\n--k\n\
             Content-Type: text/html\n\n<p>They pass the weir at night, and most of them in autumn.</p>\n--k--\n"
                .to_owned(),
            "They pass the weir at night, and most of them in autumn.",
        ),
        (
            format!("Content-Type: multipart/mixed; boundary=k\n\n--k\n{plain}--k\n\
             Content-Type: text/calendar\n\nBEGIN:VEVENT\nSUMMARY:Count at the weir\nEND:VEVENT\n--k--\n"),
            "They pass at night.\nCount at the weir",
        ),
        (
            format!("Content-Type: multipart/mixed; boundary=k\n\n--k\n{plain}--k\n\
             Content-Type: text/x-diff\n\n--- a/eel.c\n+++ b/eel.c\n-int a;\n--k--\n"),
            "They pass at night.\n`diff: --- a/eel.c ; +++ b/eel.c`",
        ),
        (
            format!("Content-Type: multipart/mixed; boundary=k\n\n--k\n{plain}--k\n\
             Content-Type: message/rfc822\n\nSubject: Otters\n\nThree of them.\n--k--\n"),
            "They pass at night.\n## Otters\nThree of them.",
        ),
    ] {
        let mail = format!("{HEADERS}{body}");
        assert_reads(&mail, Format::Mail, &format!("# Eels\n{expected}"));
    }
}

#[test]
fn what_a_mail_does_not_show_is_told() {
    let mail = format!(
        "{HEADERS}Content-Type: multipart/mixed; boundary=k\n\nAn old program?\n--k\n\nThey pass.\n\
         --k\nContent-Type: application/json; name=a.json\n\n{{\"eels\": 7}}\n--k--\nFrom a list.\n"
    );
    let condensed = condense(&mail, Format::Mail, None, &words);
    let told: Vec<(&str, &str)> = condensed.pieces[2..]
        .iter()
        .map(|piece| match piece.fate {
            Fate::Kept => ("", piece.text.as_str()),
            Fate::Dropped(reason) => (reason.name(), piece.text.as_str()),
        })
        .collect();
    for expected in [
        (
            "attachment",
            "a.json (application/json, 11 bytes)\n{\"eels\": 7}",
        ),
        ("hidden", "An old program?\nFrom a list."),
    ] {
        assert!(told.contains(&expected), "{expected:?} in {told:?}");
    }
    // More messages in one another than a stack could take.
    let deep = format!(
        "{HEADERS}{}",
        "Content-Type: message/rfc822\n\n".repeat(400_000)
    );
    assert!(
        !condense(&deep, Format::Mail, Some(9), &words)
            .text
            .is_empty()
    );
    // What has no headers is no mail.
    assert_reads(
        "They pass.\n\nAt night.",
        Format::Mail,
        "They pass.\nAt night.",
    );
}

#[test]
fn broken_notebooks_are_read_as_far_as_they_go() {
    let notebook = "{\"cells\": [{\"cell_type\": \"markdown\", \"source\": [\"# Eel counts\\n\", \"They pass at night.\"]}, \
        {\"cell_type\": \"code\", \"source\": [\"import eels\\n\", \"eels.c";
    let expected = "# Eel counts\nThey pass at night.\n`import eels ; eels.c`";
    assert_reads(notebook, Format::Notebook, expected);
    assert_eq!(Format::of(None, notebook), Format::Notebook);
    assert!(Format::Notebook.is_broken(notebook));
}

#[test]
fn manual_pages_are_read() {
    assert_reads(
        ".\\\" made by hand\n.TH EGRET 1 2023\n.SH NAME\negret \\- count wading birds\n\
         .SH DESCRIPTION\n.PP\n\\fBegret\\fR counts birds\nthat wade.\n.TP\n.BR \\-n , \" \\-\\-night\"\n\
         By night as well.\n.SH EXAMPLES\n.nf\negret \\-n pond\n.fi\n.SH AUTHORS\nJo\n",
        Format::Man,
        "
# EGRET
egret - count wading birds
## DESCRIPTION
egret counts birds that wade.
- -n, --night By night as well.
## EXAMPLES
`egret -n pond`
",
    );
}
