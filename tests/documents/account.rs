//! Nothing vanishes uncounted: all text of a document is in its pieces, kept or dropped.
//!
//! Text is what stands at each `@` here, and in the mixtures every word with a digit in it. Names
//! of elements, attributes, directives and languages are syntax, as are numbers of lists, and
//! values that only say how something looks.

use minitag::document::{Condensed, Fate, Format, condense};

use super::laws::ALPHABET;
use super::{ACCOUNTED, words};

/// All that there is in Markdown, one construct a line of the table.
const MARKDOWN: &[&str] = &[
    "# @ @\n",
    "## License\n\n@ @.\n\n## @\n",
    "@ *@* **@** ~~@~~ `@` $@$ @.\n",
    "[@](https://@.example/@ \"@ @\") and ![@ @ @ @](@.png '@').\n",
    "[@][r@] and [s@].\n\n[r@]: https://@.example '@'\n[t@]: @\n[t@]: @\n",
    "@[^n@].\n\n[^n@]: @ *@*.\n\n    @\n",
    "- @. @.\n- [ ] @\n  - @\n\n1. @\n2. @\n",
    "> @\n>\n> ## @\n",
    "```rust,@ @\n@\n@\n@\n@\n```\n",
    "```\n```\n\n    @\n    @\n    @\n",
    "| @ | @ |\n|---|---|\n| @ | @ | @ |\n| @ |\n| @ | [@](@) |\n",
    "<!-- @ -->\n\n@ <!-- @ --> @\n",
    "<select title='@'><option value='@'>@</option></select>\n\n@ <video src=@>@</video> @\n",
    "@ <select> @ <dialog> @ <script> @ <canvas> @ <object data='@'> @\n",
    "<script>\n@\n</script>\n\n<style>@</style>\n\n<textarea>@</textarea>\n\n@\n",
    "<dialog> @ @\n\n@\n",
    "<details><summary>@</summary>\n\n@\n\n</details>\n",
    "<p align=\"center\" title=\"@\"><img src=\"@.svg\" alt=\"@ @ @ @\"><a href='@'>@</a></p>\n",
    "<table><tr><th>@<td>@<tr><td>@<p>@ @ @ @.</p></table>\n",
    "<tt @ a=@ href=\"@>@\n",
    "<svg><title>@</title><g>\n\n@\n\n</g></svg>\n",
    "![build](https://img.shields.io/@.svg) ![@ status](@)\n",
    "https://@.example/@ and <https://@.example> @ :s@: www.@.example\n",
    "## @ {#a@ .b@}\n",
    "Header @\n===\n\n@\\\n@  \n@\n\n---\n",
    "\\<script> @ &amp; @&nbsp;@ \\* @\n",
    "@ <script> @ and </script> @, <select>, @ </select> @\n\n<style> @ @ </style> @\n",
    "> [!NOTE]\n> @\n",
];

/// What may only stand at the head.
const FRONT_MATTER: &[&str] = &[
    "---\n# @\ntitle: @ # @\nname: @\ndescription: >-\n  @\n  @\ntags:\n- @\n- b: @\nauthor:\n  name: @\n---\n",
    "---\ntitle: @: @\nlayout: @x\nkeywords: [@, @\n  @\n...\n",
    "+++\n# @\ntitle = '@'\ntags = ['@', '@']\n[author]\nname = '@'\n+++\n",
    "+++\ntitle = @\n[author]\nname = @\n+++\n",
    "---\n@ and @\n---\n",
    "",
];

const HTML: &[&str] = &[
    "<h1>@</h1><p title='@'>@ <b>@</b>.</p>",
    "<header><nav><a href=@>@</a></nav><h1>@</h1><div>@</div></header>",
    "<select><option label=@>@</select><p>@",
    "<!-- @ --><script src='@'>@</script><style>@</style><noscript>@</noscript>",
    "<aside>@</aside><footer>@</footer><form action=@><input value=@ placeholder='@ @'>@</form>",
    "<ul><li>@<li>@</ul><dl><dt>@<dd>@</dl><blockquote cite=@>@</blockquote>",
    "<table><tr><td>@ @ @ @.<td>@<tr><td>@<tr><td>@</table>",
    "<img src=@ alt='@ @ @ @'><img src=@ alt=@><video poster=@>@</video><svg><text>@</text></svg>",
    "<pre><code class=language-x>@\n@\n@\n@</code></pre>",
    "<meta name=keywords content='@'><meta name=description content='@ @'><meta name=author content=@>",
    "<iframe src=@ srcdoc='@'>@</iframe><object data=@>@</object><canvas>@</canvas><dialog>@</dialog>",
    "<template><p>@</p></template><math><mi>@</mi></math><textarea>@</textarea><audio src=@>@</audio>",
    "<p>@<select>@<p>@",
    "<table><tr><td>@ @ @<td>@<tr><td>@<td>@ @ @ @<tr><td><table><tr><td>@<tr><td>@ @ @</table>@</table>",
    "<form><h2>@</h2><p>@ @ @</p><label>@</label><button>@</button></form>",
    "<my-card heading=@>@</my-card><my-card>@</my-card>",
];

const RST: &[&str] = &[
    "@\n===\n\n@ *@* **@** ``@`` :doc:`@` `@ <https://@>`_ |@|.\n",
    "License\n-------\n\n@\n\n@\n-\n",
    ":Author: @\n:Keywords: @\n",
    ".. @ a comment\n   @\n\n..\n   @\n",
    ".. [1] @\n.. [c@] @\n.. _t@: https://@.example\n.. __: @\n",
    ".. image:: @.png\n   :alt: @ @ @\n   :target: @\n",
    ".. figure:: @.png\n   :alt: @\n\n   @\n",
    ".. code-block:: sh\n   :caption: @\n\n   @\n   @\n   @\n",
    ".. note:: @\n   :class: @\n\n   @\n",
    ".. raw:: html\n\n   <b>@</b>\n",
    ".. csv-table:: @\n   :header: @, @\n\n   @, @\n",
    ".. list-table:: @\n   :widths: @\n\n   * - @\n     - @\n       @\n   * - @\n     - @\n   * - @\n",
    ".. sidebar:: @\n   @\n   :class: @\n\n   @\n\n   - @\n\n   .. tab:: @\n\n      @\n",
    ".. figure:: @.png\n   :width: 1\n\n   @\n\n   @\n\n.. math::\n\n   @\n",
    ".. toctree::\n   @\n\n.. autoclass:: @\n   :members: @\n",
    ".. |s@| replace:: @ @\n.. |i@| image:: @.png\n   :alt: @\n",
    ".. meta::\n   :description: @\n   :author: @\n",
    "- @\n  @\n- @\n\n1. @\n",
    "@::\n\n   @\n   @\n   @\n",
    "+---+---+\n| @ | @ |\n+===+===+\n| @ | @ |\n+---+---+\n| @ | @ |\n+---+---+\n",
];

const ASCIIDOC: &[&str] = &[
    "= @\n@ @ <@@@.example>\nv@, @\n\n@ *@* _@_ `@`.\n",
    ":a@: @ @\n:description: @\n",
    "// @\n\n////\n@\n////\n\n++++\n@\n++++\n",
    "image::@.png[@ @ @, @]\n\nhttps://@.example[@] link:@[@] xref:@[@] image:@.png[@,@]\n",
    "[source,ruby,@]\n----\n@\n@\n@\n----\n\n[quote, @, @]\n@\n",
    "|===\n|@ |@\n\n|@\n@\n|@ |@\n|===\n",
    "* @\n** @\n. @\n\n@:: @\n\n.@\n@ {a b @} {n@} @(R)\n",
    "include::@.adoc[@]\nifdef::e@[]\n@\nendif::[]\n",
    "== License\n\n@\n\n== @\n",
];

const ORG: &[&str] = &[
    "#+TITLE: @\n#+AUTHOR: @\n#+DESCRIPTION: @\n#+@\n",
    "* TODO @ :t@:\n:PROPERTIES:\n:ID: @\n:END:\n@ /@/ =@= [[https://@][@]] [[@]]\n",
    "* @\n:DRAWER:\n@\n\n* @\n",
    "# @\n\n@\n",
    "#+BEGIN_SRC sh :var @\n@\n@\n@\n#+END_SRC\n",
    "#+BEGIN_COMMENT\n@\n#+END_COMMENT\n#+BEGIN_EXPORT html\n@\n#+END_EXPORT\n",
    "#+BEGIN_VERSE\n@\n#+END_VERSE\n#+BEGIN_QUOTE\n@\n#+END_QUOTE\n",
    "| @ | @ |\n|---+---|\n| @ | @ |\n| @ | @ |\n",
    "- [ ] @\n  @\n- @\n",
    "* License\n@\n* @\n",
];

const PLAIN: &[&str] = &[
    "@\n\n@ @. @.\n@ https://@.example\n",
    "License\n-------\n@\n",
    "HISTORY\n\n@\n\n- @\n- @\n  @\n",
    "1) @\n\n=====\n@\n=====\n",
];

const MDX: &[&str] = &[
    "# @\n\n@ `@` *@*.\n",
    "import @ from '@'\nexport const @ = {\n  a: '@'\n}\n\n",
    "<Tabs a={@} b=\"@\">@</Tabs>\n\n{/* @ */} {@} @\n",
];

const MAN: &[&str] = &[
    ".SH @\n@ \\fB@\\fR.\n'@ is\n...@ so\n",
    ".TP\n.B @\n@\n.IP @ 4\n@\n.BR @ (1), @\n",
    ".\\\" @\n.de XX\n@\n..\n.if n @\n.xx @\n'\\\" @\n",
    ".TS\nl l.\n@\t@\n@\t@\n@\t@\n.TE\n",
    ".nf\n@\n@\n@\n.fi\n.UR @\n@\n.UE @\n",
    ".It Fl @ Ar @\n@\n.Nd @\n",
];

/// Cells, behind each other.
const NOTEBOOK: &[&str] = &[
    "{\"cell_type\": \"markdown\", \"source\": [\"# @\\n\", \"@\"], \"metadata\": {\"a\": \"@\"}},",
    "{\"cell_type\": \"code\", \"source\": \"@\\n@\\n@\", \"outputs\": [{\"text\": [\"@\"]}]},",
    "{\"cell_type\": \"raw\", \"source\": \"@\", \"attachments\": {\"a\": \"@\"}},",
    "\n<<<<<<< a\n{\"cell_type\": \"markdown\", \"source\": \"@\n@\"}\n=======\n",
];

/// Parts, behind each other.
const MAIL: &[&str] = &[
    "--b\nContent-Type: text/plain\n\n@ @.\n> @\n",
    "--b\nX: @\n\n@\n-- \n@\n",
    "--b\n@\n\n@\n",
    "--b\nContent-Type: text/html; name=@\nContent-Disposition: inline\n\n<p>@ <b>@</b></p>\n",
    "--b\nContent-Type: text/calendar\n\nSUMMARY:@\nUID:@\n",
    "--b\nContent-Type: text/x-diff\n\n@\n@\n@\n",
    "--b\nContent-Type: text/plain\nContent-Disposition: attachment\n\n@\n",
    "--b\nContent-Type: application/json\n\n{\"@\": 1}\n",
    "--b\nContent-Type: message/rfc822\n\nSubject: @\nFrom: @\n\n@\n",
    "--b\nContent-Type: message/delivery-status\n\nA: @\n",
    "--b\nContent-Type: multipart/alternative; boundary=c\n\n@\n--c\n\n@\n--c\nContent-Type: text/html\n\n<p>@ @ @ @</p>\n--c--\n@\n",
    "--b\nContent-Type: multipart/mixed\n\n--d\nContent-Type: text/plain\n\n@\n--d--\n",
    "--b\nContent-Type: multipart/mixed\n\n@\n",
    "--b\nContent-Transfer-Encoding: quoted-printable\n\n@=20@=\n\n",
];

/// What stands around constructs, in front and, if it is whole, behind.
fn frame(format: Format) -> (&'static str, &'static str) {
    match format {
        Format::Man => (".TH @ 1 @\n", ""),
        Format::Notebook => ("{\"cells\": [", "{}], \"metadata\": {\"a\": \"@\"}}"),
        Format::Mail => (
            "From: @\nSubject: @\nX-Note: @\nContent-Type: multipart/mixed; boundary=b\n\n@\n",
            "--b--\n@\n",
        ),
        _ => ("", ""),
    }
}

/// A document of some constructs with a word of its own at each `@`; and the words.
fn document<'c>(
    format: Format,
    constructs: &[&'c str],
    random: &mut fastrand::Rng,
) -> (String, Vec<String>) {
    let (head, end) = frame(format);
    let mut chosen: Vec<&'c str> = vec![head];
    if matches!(format, Format::Markdown | Format::Mdx) {
        chosen.push(FRONT_MATTER[random.usize(0..FRONT_MATTER.len())]);
    }
    for _ in 0..random.usize(1..8) {
        chosen.push(constructs[random.usize(0..constructs.len())]);
    }
    if random.bool() {
        chosen.push(end);
    }
    let (mut text, mut placed) = (String::new(), Vec::new());
    for construct in chosen {
        for part in construct.split_inclusive('@') {
            match part.strip_suffix('@') {
                Some(before) => {
                    let word = format!("k{}z", 100 + placed.len());
                    text.push_str(before);
                    text.push_str(&word);
                    placed.push(word);
                }
                None => text.push_str(part),
            }
        }
        text.push_str(if format == Format::Mail { "" } else { "\n" });
    }
    (text, placed)
}

/// All that pieces say.
fn told(condensed: &Condensed) -> String {
    let pieces = condensed.pieces.iter().map(|piece| piece.text.as_str());
    pieces.collect::<Vec<_>>().join("\n")
}

#[test]
fn bytes_of_text_are_those_of_what_is_kept_and_what_is_dropped() {
    let mut random = fastrand::Rng::with_seed(17);
    for (format, constructs) in [
        (Format::Markdown, MARKDOWN),
        (Format::Html, HTML),
        (Format::Rst, RST),
        (Format::AsciiDoc, ASCIIDOC),
        (Format::Org, ORG),
        (Format::Plain, PLAIN),
        (Format::Mdx, MDX),
        (Format::Man, MAN),
        (Format::Notebook, NOTEBOOK),
        (Format::Mail, MAIL),
    ] {
        for round in 0..400 {
            let (text, placed) = document(format, constructs, &mut random);
            let budget = [None, Some(random.usize(5..60))][round % 2];
            let condensed = condense(&text, format, budget, &words);
            let told = told(&condensed);
            for word in &placed {
                let times = told.matches(word.as_str()).count();
                assert_eq!(
                    times, 1,
                    "{word} of {format:?} is in {times} pieces:\n{text}\n{:#?}",
                    condensed.pieces
                );
            }
        }
    }
}

/// Where references stand for text, or the same text stands for several, it is told more than
/// once; and of attributes nobody can tell which are meant to be read. But nothing is lost.
#[test]
fn no_word_is_lost_in_any_mixture_of_markup() {
    let mut random = fastrand::Rng::with_seed(18);
    let alphabet: Vec<&str> = ALPHABET.split('¦').collect();
    for round in 0..4000 {
        let mut text = String::new();
        let mut placed = Vec::new();
        for _ in 0..random.usize(0..80) {
            if random.u8(0..3) == 0 {
                let word = format!("k{}z", 100 + placed.len());
                text.push_str(&word);
                text.push_str(["", " ", "\n", "\n\n"][random.usize(0..4)]);
                placed.push(word);
            } else {
                text.push_str(alphabet[random.usize(0..alphabet.len())]);
            }
        }
        let format = ACCOUNTED[round % ACCOUNTED.len()];
        let condensed = condense(&text, format, None, &words);
        let all = told(&condensed);
        for word in &placed {
            assert!(
                all.contains(word.as_str()),
                "{word} of {format:?} is lost:\n{text:?}\n----\n{all}"
            );
        }
    }
}

#[test]
fn what_is_dropped_is_dropped_for_a_reason_that_fits() {
    for (text, format, word, reason) in [
        ("a <!-- b --> c", Format::Markdown, "b", "comment"),
        ("a[^1]\n\n[^1]: b", Format::Markdown, "b", "footnote"),
        ("a <select>b</select> c", Format::Markdown, "b", "hidden"),
        (
            "[a](https://b.example)",
            Format::Markdown,
            "https://b.example",
            "address",
        ),
        (
            "---\nlayout: b\n---\n\na",
            Format::Markdown,
            "layout: b",
            "metadata",
        ),
        (
            "a\n\n![Build status](b)",
            Format::Markdown,
            "Build status",
            "image",
        ),
        ("<nav>b</nav><p>a</p>", Format::Html, "b", "navigation"),
        ("a\n\n.. b\n", Format::Rst, "b", "comment"),
        ("a\n\n:Author: b\n", Format::Rst, ":Author: b", "metadata"),
        ("a\n\n////\nb\n////\n", Format::AsciiDoc, "b", "comment"),
        ("a\n#+AUTHOR: b\n", Format::Org, "AUTHOR: b", "metadata"),
    ] {
        let condensed = condense(text, format, None, &words);
        let found = condensed.pieces.iter().find(|piece| piece.text == word);
        let fate = found.map(|piece| piece.fate);
        let Some(Fate::Dropped(found)) = fate else {
            panic!("{word} in {:?}", condensed.pieces);
        };
        assert_eq!(found.name(), reason, "{text}");
    }
}
