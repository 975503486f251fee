"""Corpus, tag names, alias table and the prompt: everything that is read from disk."""

import glob
import hashlib
import json
import math
import os
import random

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
CONDENSED = os.path.join(HERE, "work", "corpus.jsonl")  # of ../vectors/condense.py
PROMPT = os.path.join(HERE, "..", "..", "src", "prompt", "name.txt")


def names_by_id():
    """{tag id: name} in the order of the list the user gave (names keep their trailing blanks)."""
    with open(os.path.join(HERE, "corpus", "tags.json"), encoding="utf-8") as f:
        return {t["id"]: t["name"] for t in json.load(f)}


def aliases():
    """{name: {"names": other names for the same tag, "words": words that speak for it}}."""
    with open(os.path.join(HERE, "aliases.json"), encoding="utf-8") as f:
        return json.load(f)


def read_jsonl(path):
    """All complete lines of a JSON Lines file; a file still being written may end in half a line."""
    docs = []
    with open(path, encoding="utf-8") as f:
        for line in f:
            try:
                docs.append(json.loads(line))
            except json.JSONDecodeError:
                continue
    return docs


def corpus():
    """Every corpus document that has a text and known tags, in file order, with its text as the program condenses it."""
    known = names_by_id()
    condensed = iter(read_jsonl(CONDENSED))
    docs = []
    for path in sorted(glob.glob(os.path.join(HERE, "corpus", "part*.jsonl"))):
        for i, doc in enumerate(read_jsonl(path)):
            doc["clean"] = next(condensed)["text"]
            doc["tags"] = [t for t in doc.get("tags", []) if t in known]
            if doc.get("text", "").strip() and doc["tags"]:
                doc["key"] = f"{os.path.basename(path)}:{i}"
                docs.append(doc)
    return docs


def digest():
    """SHA-256 of the corpus as it is condensed."""
    with open(CONDENSED, "rb") as f:
        return hashlib.file_digest(f, "sha256").hexdigest()


def tagged(path):
    """([documents], {key: what the model thinks of every tag}) of answers with `text`, `tags`, `scores` and `ranking`."""
    place = {t: i for i, t in enumerate(sorted(names_by_id()))}
    docs, opinions = [], {}
    for doc in read_jsonl(path):
        if doc["tags"]:
            doc["key"], doc["weights"] = "more:" + doc["id"], dict(zip(doc["tags"], doc["scores"]))
            opinion = np.zeros(len(place), dtype=np.float32)
            for rank in doc["ranking"]:
                if "id" in rank:
                    opinion[place[rank["id"]]] = math.exp(rank["logprob"])
            opinions[doc["key"]] = opinion
            docs.append(doc)
    return docs, opinions


def split(docs, share=0.08, seed=7):
    """(training, held-out): the held-out share is drawn by a hash of the key, so growing files keep it stable."""
    def held(doc):
        return random.Random(f"{seed}/{doc['key']}").random() < share
    return [d for d in docs if not held(d)], [d for d in docs if held(d)]


def prompt_parts():
    """The wording, cut at its three holes: (before tags, tags to document, document to max_tags, after)."""
    with open(PROMPT, encoding="utf-8") as f:
        text = f.read().removesuffix("\n")
    before, rest = text.split("{{tags}}")
    middle, rest = rest.split("{{document}}")
    tail, after = rest.split("{{max_tags}}")
    return before, middle, tail, after
