#!/usr/bin/env bash
# lm-format-enforcer: `oneOf` is read as a choice between objects. A list of labels written as
# {"oneOf": [{"const": "web"}, ...]} forbids every label without a word: in an array only [] and objects
# that begin with { are left. The same list as `anyOf` or `enum` works; with "type": "string" beside
# `oneOf`, the labels are forgotten instead and any string is allowed.
# Exits with another status than 0 if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check lm-format-enforcer==0.11.3
"$folder/venv/bin/python" - <<'PYTHON'
import sys
from importlib.metadata import version

from lmformatenforcer import JsonSchemaParser


def allowed(items, text):
    parser = JsonSchemaParser({"type": "array", "items": items, "maxItems": 3})
    for letter in text:
        if letter not in parser.get_allowed_characters():
            return False
        parser = parser.add_character(letter)
    return parser.can_end()


labels = [{"const": "web"}, {"const": "game"}]
texts = ['[]', '["web"]', '["web","game"]', '["other"]', '[{}]']
print("lm-format-enforcer", version("lm-format-enforcer"))
print(f"{'':42}", *texts)
found = {}
for name, items in [
    ("enum", {"enum": ["web", "game"]}),
    ("anyOf", {"anyOf": labels}),
    ("oneOf", {"oneOf": labels}),
    ("string and oneOf", {"type": "string", "oneOf": labels}),
]:
    found[name] = [allowed(items, text) for text in texts]
    print(f"{name:42}", *(f"{answer!s:{len(text)}}" for text, answer in zip(texts, found[name])))

right = [True, True, True, False, False]
expected = {"enum": right, "anyOf": right, "oneOf": [True, False, False, False, True],
            "string and oneOf": [True, True, True, True, False]}
print("as found" if found == expected else "CHANGED")
sys.exit(found != expected)
PYTHON
