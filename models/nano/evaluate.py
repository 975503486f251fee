"""Figures of an exported model: python evaluate.py MODEL.gguf DEV.jsonl [--first N] [--budgets 200,300,400]

Greedy over exact joint probabilities with stop, at most three tags: the list as it is, shuffled, and cut to 30 tags
that contain the gold; condensed and raw text.
"""

import argparse
import random

import clean
import data
import export
import tokenizer
from decode import Tagger
from metrics import micro

CHOICES = 20        # the first documents of the dev set were used for choices


def run(model, pieces, dev, names, text, budget, max_tags=3):
    """Lists of tag ids; `names` is a list or a function of the document."""
    place, taggers, out = {n: t for t, n in data.names_by_id().items()}, None, []
    for d in dev:
        if callable(names) or taggers is None:
            taggers = Tagger(model, pieces, names(d) if callable(names) else names, max_tags)
        out.append([place[n] for n, _ in taggers.tags(text(d["text"]), budget)])
    return out


def renamed(model, pieces, dev, listed, share, budget):
    """The list with other names for the same tags (the first of the alias table, k8s as kubernetes)."""
    rng, table, place = random.Random(1), data.aliases(), {n: t for t, n in data.names_by_id().items()}
    shown, used = {}, set()
    for name in listed:
        new = next((n for n in table[name]["names"] if n not in used and n not in place), name) if rng.random() < share else name
        used.add(new)
        shown[new] = place[name]
    tagger = Tagger(model, pieces, list(shown))
    return [[shown[n] for n, _ in tagger.tags(clean.condense(d["text"]), budget)] for d in dev]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("dev")
    parser.add_argument("--first", type=int)
    parser.add_argument("--shuffles", type=int, default=3)
    parser.add_argument("--skip", type=int, default=0)
    parser.add_argument("--budgets", default="400")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--tokenizer", default=tokenizer.PATH)
    a = parser.parse_args()
    dev = [{"ok": [], **d} for d in data.read_jsonl(a.dev)][a.skip:a.first]
    condensed = {d["text"]: clean.condense(d["text"]) for d in dev}
    model, pieces = export.read(a.model), tokenizer.Pieces(a.tokenizer)
    known = data.names_by_id()
    listed = list(known.values())

    def report(label, said):
        figures(label, said, dev)
        if len(dev) > CHOICES and label.startswith(("condensed", "raw")):
            figures("  without those of choices", said[CHOICES:], dev[CHOICES:])

    def figures(label, said, dev):
        m = micro(said, [d["tags"] for d in dev], [d["ok"] for d in dev])
        print(f"{label:28s} F1 {m['f1']:.3f}  P {m['precision']:.3f}  R {m['recall']:.3f}  P(tags or ok) {m['precision_ok']:.3f}"
              f"  tags a document {sum(map(len, said)) / len(said):.2f}", flush=True)

    for budget in map(int, a.budgets.split(",")):
        report(f"condensed, {budget} tokens", run(model, pieces, dev, listed, condensed.get, budget))
    if a.quick:
        return
    for seed in range(a.shuffles):
        shuffled = random.Random(seed).sample(listed, len(listed))
        report(f"list shuffled ({seed})", run(model, pieces, dev, shuffled, condensed.get, budget))
    rng = random.Random(0)

    def cut(d):
        gold = [known[t] for t in d["tags"]]
        chosen = gold + rng.sample([n for n in listed if n not in gold], 30 - len(gold))
        return rng.sample(chosen, len(chosen))
    report("list cut to 30", run(model, pieces, dev, cut, condensed.get, budget))
    report(f"raw, {budget} tokens", run(model, pieces, dev, listed, lambda t: t, budget))
    report("at most 2", run(model, pieces, dev, listed, condensed.get, budget, 2))
    report("half the names replaced", renamed(model, pieces, dev, listed, 0.5, budget))
    report("all names replaced", renamed(model, pieces, dev, listed, 1.0, budget))


if __name__ == "__main__":
    main()
