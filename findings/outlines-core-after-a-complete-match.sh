#!/usr/bin/env bash
# outlines-core: behind a complete match, a token is offered only if it ends at another complete match.
# So what a pattern with an optional end can match depends on how the vocabulary cuts it: `game(,web)?`
# reaches "game,web" with a piece ",web", and not with "," and "web", both of which are in the vocabulary.
# A decimal number `[0-9]+(\.[0-9]+)?` cannot have a fraction at all with single digits.
# Exits with another status than 0 if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check outlines-core==0.2.14
"$folder/venv/bin/python" - <<'PYTHON'
import re
import sys
from importlib.metadata import version

from outlines_core import Guide, Index, Vocabulary

END = 0


def reached(pattern, pieces):
    """Feed the pieces in turn: is each allowed, and may the text end after the last?"""
    words = sorted({piece for piece in pieces} | set("0123456789.,"))
    ids = {word: place + 1 for place, word in enumerate(words)}
    guide = Guide(Index(pattern, Vocabulary(END, {word: [place] for word, place in ids.items()})))
    for piece in pieces:
        if not guide.accepts_tokens([ids[piece]]):
            return False
        guide.advance(ids[piece])
    return guide.is_finished()


print("outlines-core", version("outlines-core"))
unlike_python = []
for pattern, pieces in [
    (r"game(,web)?", ["game"]),
    (r"game(,web)?", ["game", ",web"]),
    (r"game(,web)?", ["game", ",", "web"]),
    (r"game(,web)?\n", ["game", ",", "web", "\n"]),
    (r"[0-9]+(\.[0-9]+)?", ["1", "2"]),
    (r"[0-9]+(\.[0-9]+)?", ["1", ".", "2"]),
    (r"[0-9]+(\.[0-9]+)?", ["1", ".2"]),
]:
    matches = re.fullmatch(pattern, "".join(pieces)) is not None
    found = reached(pattern, pieces)
    print(f"{pattern!r:28} {pieces!r:32} re.fullmatch {matches!s:5} outlines-core {found}")
    if matches != found:
        unlike_python.append((pattern, tuple(pieces)))

expected = [(r"game(,web)?", ("game", ",", "web")), (r"[0-9]+(\.[0-9]+)?", ("1", ".", "2"))]
print("as found" if unlike_python == expected else "CHANGED")
sys.exit(unlike_python != expected)
PYTHON
