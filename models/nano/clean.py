"""An approximation of how the program condenses a document: what the tokenizer was learnt from.

Images, badges, HTML tags, link targets and table bodies go; code keeps its first lines; then title, first
paragraphs, headings, list items and first sentences are kept in order, up to a budget of tokens.
"""

import html
import re

CODE_LINES = 2
ITEM_CHARS = 160

COMMENT = re.compile(r"<!--.*?-->", re.S)
SCRIPT = re.compile(r"<(script|style|svg)\b.*?</\1>", re.S | re.I)
IMAGE = re.compile(r"!\[[^\]]*\](\([^)]*\)|\[[^\]]*\])")
EMPTY_LINK = re.compile(r"\[\s*\](\([^)]*\)|\[[^\]]*\])")
LINK = re.compile(r"\[([^\[\]]+)\](\([^)]*\)|\[[^\]]*\])")
DEFINITION = re.compile(r"^\s{0,3}\[[^\]]+\]:\s*\S+.*$", re.M)
TAG = re.compile(r"</?[A-Za-z!][^<>]*>")
URL = re.compile(r"https?://\S+")
FENCE = re.compile(r"^\s*(```+|~~~+)")
TABLE = re.compile(r"^\s*\|.*\|\s*$|^\s*\|?[\s:|-]*-{3,}[\s:|-]*\|[\s:|-]*$")
ITEM = re.compile(r"^\s*([-*+]|\d+[.)])\s+")
HEADING = re.compile(r"^\s{0,3}#{1,6}\s")
SENTENCE = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])")


def _code_shortened(lines):
    """Each fenced block loses all but its first lines."""
    out, fence, kept = [], None, 0
    for line in lines:
        mark = FENCE.match(line)
        if fence is None and mark:
            fence, kept = mark.group(1)[:3], 0
        elif fence is not None and line.strip().startswith(fence):
            fence = None
        elif fence is None:
            out.append(line)
        elif kept < CODE_LINES and line.strip():
            out.append(line)
            kept += 1
    return out


def _tables_cut(lines):
    """A table keeps its head row."""
    out, inside = [], False
    for line in lines:
        if TABLE.match(line):
            if not inside:
                out.append(line.replace("|", " ").strip())
            inside = True
        else:
            inside = False
            out.append(line)
    return out


def strip(text):
    """Markdown, HTML and link targets removed; line structure kept."""
    text = SCRIPT.sub(" ", COMMENT.sub(" ", text))
    text = DEFINITION.sub("", text)
    for _ in range(2):
        text = IMAGE.sub(" ", text)
        text = EMPTY_LINK.sub(" ", text)
        text = LINK.sub(r"\1", text)
    lines = _tables_cut(_code_shortened(text.splitlines()))
    text = "\n".join(lines)
    text = html.unescape(TAG.sub(" ", text))
    text = URL.sub(" ", text)
    lines = [re.sub(r"[ \t\u00a0]+", " ", line).rstrip() for line in text.split("\n")]
    lines = [line for line in lines if not line.strip() or re.search(r"\w", line)]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def condense(text, full_paragraphs=4, sentences=2):
    """strip(), then only the first sentences of every paragraph after the first few."""
    out, paragraphs = [], 0
    for block in strip(text).split("\n\n"):
        lines = [line for line in block.split("\n") if line.strip()]
        if not lines:
            continue
        kept, prose = [], []
        for line in lines:
            if HEADING.match(line) or ITEM.match(line):
                if prose:
                    kept.append(" ".join(prose))
                    prose = []
                kept.append(line.strip()[:ITEM_CHARS])
            else:
                prose.append(line.strip())
        if prose:
            text = " ".join(prose)
            if paragraphs >= full_paragraphs:
                text = " ".join(SENTENCE.split(text)[:sentences])
            paragraphs += 1
            kept.append(text)
        out.append("\n".join(kept))
    return "\n\n".join(out)


def fit(ids, budget):
    """The first `budget` tokens."""
    return ids[:budget]
