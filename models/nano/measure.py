#!/usr/bin/env python3
"""How good the built-in model is, through the program itself.

    python models/nano/measure.py GOLD.jsonl TAGS.json [--program target/release/minitag] [-- OPTIONS]

GOLD.jsonl has a record a line: {"id", "text", "tags": [ids], "ok": [ids that are also defensible]}. The documents
are tagged by the program four times: as they are; with the list shuffled and its ids drawn again; with the list cut
to 30 tags that contain the gold ones; and by the keyword baseline, which takes the tags whose names occur most often.
With --reading, they are tagged once for each way of reading them instead, with the mean of the tokens that the model
was shown. What stands after `--` is given to the program. Needs Python alone.
"""

import argparse
import json
import pathlib
import random
import re
import subprocess
import sys
import tempfile


WINDOWS = ["--long", "windows", "--budget", "1024", "--combine"]
READINGS = {
    "head of 300": ["--long", "head", "--budget", "300"],
    "head of 1,024": ["--long", "head", "--budget", "1024"],
    "condensed to 128": ["--budget", "128"],
    "condensed to 300": ["--budget", "300"],
    "condensed to 512": ["--budget", "512"],
    "condensed to 1,024": ["--budget", "1024"],
    "condensed to 2,048": ["--budget", "2048"],
    "full": ["--budget", "full"],
    "windows, mean": [*WINDOWS, "mean"],
    "windows, max": [*WINDOWS, "max"],
    "windows, noisy-or": [*WINDOWS, "noisy-or"],
}


def run(program, folder, records, tags, options):
    """The program's answers."""
    listed = folder / "tags.json"
    listed.write_text(json.dumps(tags))
    files = [folder / f"{i}.md" for i in range(len(records))]
    command = [program, "classify", "-q", "--tags", str(listed), *options, *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode not in (0, 1):
        sys.exit(done.stderr)
    # A document that failed, for instance for being longer than the context, has no line and no tags.
    found = {answer["id"]: answer for answer in map(json.loads, done.stdout.splitlines())}
    nothing = {"tags": [], "details": {"tokens": {"used": 0}}}
    return [found.get(str(file), nothing) for file in files]


def answers(*run_with):
    """The program's tags for each record."""
    return [answer["tags"] for answer in run(*run_with)]


def scores(records, found):
    """Micro-averaged (precision, recall, F1) and the precision on `tags` and `ok` together."""
    hits = sum(len(set(r["tags"]) & set(f)) for r, f in zip(records, found))
    fine = sum(len(set(r["tags"] + r.get("ok", [])) & set(f)) for r, f in zip(records, found))
    given, gold = sum(map(len, found)), sum(len(r["tags"]) for r in records)
    precision, recall = hits / max(given, 1), hits / gold
    return precision, recall, 2 * hits / (given + gold), fine / max(given, 1)


def keywords(records, tags, most=3):
    """The baseline: tags by how often their names occur as words."""
    def count(text, name):
        return len(re.findall(r"(?<!\w)" + re.escape(name.strip().lower()) + r"(?!\w)", text))

    found = []
    for record in records:
        text = record["text"].lower()
        counts = [(count(text, tag["name"]), tag["id"]) for tag in tags]
        best = sorted((c for c in counts if c[0]), key=lambda c: -c[0])
        found.append([tag for _, tag in best[:most]])
    return found


def redrawn(program, folder, records, tags, options, rng):
    """Answers with the list shuffled and other ids, as the ids of before."""
    shuffled = rng.sample(tags, len(tags))
    fresh = rng.sample(range(100, 1000), len(tags))
    before = {new: tag["id"] for new, tag in zip(fresh, shuffled)}
    renamed = [{**tag, "id": new} for new, tag in zip(fresh, shuffled)]
    return [[before[i] for i in found] for found in answers(program, folder, records, renamed, options)]


def cut(program, folder, records, tags, options, rng, size=30):
    """Answers with the list cut to `size` tags that contain the record's gold ones: a run a record."""
    found = []
    for i, record in enumerate(records):
        gold = [tag for tag in tags if tag["id"] in record["tags"]]
        others = [tag for tag in tags if tag["id"] not in record["tags"]]
        keep = {tag["id"] for tag in gold + rng.sample(others, size - len(gold))}
        (folder / "0.md").write_text(record["text"])
        found += answers(program, folder, [record], [tag for tag in tags if tag["id"] in keep], options)
    (folder / "0.md").write_text(records[0]["text"])
    return found


def report(records, tags, ways):
    """A row for each way of finding tags, printed as soon as it is there."""
    print(f"{len(records)} documents, {len(tags)} tags")
    print(f"{'':24}{'precision':>10}{'recall':>8}{'F1':>8}{'precision with ok':>20}{'tokens':>8}", flush=True)
    for name, way in ways.items():
        found = way()
        tokens = ""
        if found and isinstance(found[0], dict):
            tokens = round(sum(answer["details"]["tokens"]["used"] for answer in found) / len(found))
            found = [answer["tags"] for answer in found]
        precision, recall, f1, fine = scores(records, found)
        print(f"{name:24}{precision:10.3f}{recall:8.3f}{f1:8.3f}{fine:20.3f}{tokens:>8}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gold", type=pathlib.Path)
    parser.add_argument("tags", type=pathlib.Path)
    parser.add_argument("--program", default="target/release/minitag")
    parser.add_argument("--reading", action="store_true", help="compare ways of reading a document")
    parser.add_argument("options", nargs="*", help="given to the program")
    args = parser.parse_args()
    records = [json.loads(line) for line in args.gold.read_text().splitlines()]
    tags = json.loads(args.tags.read_text())
    rng = random.Random(1)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for i, record in enumerate(records):
            (folder / f"{i}.md").write_text(record["text"])
        with_ = args.program, folder, records, tags
        if args.reading:
            ways = {name: lambda way=way: run(*with_, [*args.options, "--details", *way]) for name, way in READINGS.items()}
        else:
            ways = {
                "keywords": lambda: keywords(records, tags),
                "as it is": lambda: answers(*with_, args.options),
                "shuffled, ids redrawn": lambda: redrawn(*with_, args.options, rng),
                "cut to 30 tags": lambda: cut(*with_, args.options, rng),
            }
        report(records, tags, ways)
    return 0


if __name__ == "__main__":
    sys.exit(main())
