//! Every format but Markdown, each with a document that shows all of it that is read.

use minitag::document::{Format, condense};

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
