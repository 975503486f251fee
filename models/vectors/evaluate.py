"""How good the vectors alone are: python evaluate.py [CONDENSED SHARED [GGUF]].

Without arguments: on the documents that were written for this. CONDENSED has readmes.jsonl, crates.jsonl and
debtags.jsonl, condensed by `minitag document --budget 300`; SHARED the lists. Micro-F1 of at most three tags above 0, of the first half, of the second half, of all, and with a fixed number.
"""

import json
import os
import sys

import numpy as np

from reference import Vectors, chosen

HERE = os.path.dirname(os.path.abspath(__file__))


def read(path):
    with open(path, encoding="utf-8") as f:
        return [json.loads(line) for line in f] if path.endswith("l") else json.load(f)


def f1(pairs):
    """Micro-F1 of [(answers, gold, tolerated)]; tolerated tags count neither way."""
    right = sum(len(set(a) & set(g)) for a, g in pairs)
    given = sum(len(set(a)) for a, g in pairs)
    wanted = sum(len(g) for _, g in pairs)
    return 2 * right / max(1, given + wanted)


def written():
    """The documents of everyday life that were written for this."""
    return {"household": (read(os.path.join(HERE, "household.jsonl")), read(os.path.join(HERE, "household-tags.json")))}


def datasets(condensed, shared):
    """{name: (documents, tags)}."""
    lists = os.path.join(shared, "lists")
    ours = read(os.path.join(shared, "case-7462", "tags.json"))
    aliases = {k.strip(): v["names"][0] for k, v in read(os.path.join(HERE, "..", "nano", "aliases.json")).items()}
    other = [dict(t, name=aliases.get(t["name"].strip(), t["name"])) for t in ours]
    docs = {k: read(os.path.join(condensed, f"{k}.jsonl")) for k in ("readmes", "crates", "debtags")}
    bare = lambda tags: [{"id": t["id"], "name": t["name"]} for t in tags]
    words, slugs = (read(os.path.join(lists, "crates", f"{k}.json")) for k in ("tags-words", "tags"))
    return {
        "readmes": (docs["readmes"], ours),
        "replaced": (docs["readmes"], other),
        "crates": (docs["crates"], bare(words)),
        "crates slugs": (docs["crates"], bare(slugs)),
        "debtags": (docs["debtags"], read(os.path.join(lists, "debtags", "tags.json"))),
        "debtags described": (docs["debtags"], read(os.path.join(lists, "debtags", "tags-descriptions.json"))),
    } | written()


def scores(scorer, docs, tags):
    """[documents, tags]."""
    encoded = scorer.tags([(t["name"], t.get("description", "")) for t in tags])
    return np.array([scorer.score(d["text"], encoded) for d in docs])


def nothing_fits(scorer):
    """The scores of documents that fit no tag of their list."""
    lists, out = read(os.path.join(HERE, "nothing_fits_lists.json")), []
    for name, tags in lists.items():
        encoded = scorer.tags([(t, "") for t in tags])
        docs = [d for d in read(os.path.join(HERE, "nothing_fits.jsonl")) if d["list"] == name]
        out.extend(scorer.score(d["text"], encoded) for d in docs)
    return out


def report(scorer, sets):
    print("| set | first half | second half | all | tags a document | k=1 | k=2 | k=3 |")
    print("|---|---|---|---|---|---|---|---|")
    for name, (docs, tags) in sets.items():
        at = {t["id"]: n for n, t in enumerate(tags)}
        gold = [[at[t] for t in d["tags"] if t in at] for d in docs]
        table = scores(scorer, docs, tags)
        pairs = list(zip([chosen(row) for row in table], gold))
        half = len(pairs) // 2
        fixed = [f1([(np.argsort(-row)[:k].tolist(), g) for row, g in zip(table, gold)]) for k in (1, 2, 3)]
        mean = np.mean([len(a) for a, _ in pairs])
        cells = [f1(pairs[:half]), f1(pairs[half:]), f1(pairs), mean, *fixed]
        print(f"| {name} | " + " | ".join(f"{c:.3f}" for c in cells) + " |", flush=True)
    none = nothing_fits(scorer)
    print(f"none fits: {np.mean([row.max() <= 0 for row in none]):.3f} of {len(none)} get none")


if __name__ == "__main__":
    path = sys.argv[3] if len(sys.argv) > 3 else os.path.join(HERE, "minitag-vectors.gguf")
    report(Vectors(path), datasets(*sys.argv[1:3]) if len(sys.argv) > 2 else written())
