"""What learning from labelled documents is worth: micro-F1 on the rest, for a few draws.

python benches/learn.py MINITAG GOLD.jsonl TAGS --labelled 50,100,200 --draws 5 [--model nano]

Every draw labels other documents at random. `zero` is the same command on the same rest without what was learned.
Prints a row of a Markdown table for each number of labelled documents: the means, and the lowest and the highest gain.
"""

import argparse
import json
import pathlib
import random
import subprocess
import tempfile


def micro_f1(minitag, gold, tags, *more):
    command = [minitag, "eval", gold, "--tags", tags, "--format", "json", "-q", *more]
    report = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return report["systems"][0]["metrics"]["micro_f1"]["value"]


def gain(args, lines, labelled, seed):
    """(zero-shot, learned) of one draw."""
    lines = random.Random(seed).sample(lines, len(lines))
    model = ["-m", args.model]
    with tempfile.TemporaryDirectory() as folder:
        known, rest = (pathlib.Path(folder, name) for name in ("known.jsonl", "rest.jsonl"))
        learned = str(pathlib.Path(folder, "learned.safetensors"))
        known.write_text("\n".join(lines[:labelled]) + "\n", encoding="utf-8")
        rest.write_text("\n".join(lines[labelled:]) + "\n", encoding="utf-8")
        command = [args.minitag, "learn", known, "--tags", args.tags, "-o", learned, "-q", *model]
        subprocess.run(command, check=True)
        zero = micro_f1(args.minitag, rest, args.tags, *model)
        return zero, micro_f1(args.minitag, rest, args.tags, *model, "--learned", learned)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("minitag")
    parser.add_argument("gold")
    parser.add_argument("tags")
    parser.add_argument("--labelled", default="50,100,200")
    parser.add_argument("--draws", type=int, default=5)
    parser.add_argument("--model", default="none")
    args = parser.parse_args()
    lines = pathlib.Path(args.gold).read_text(encoding="utf-8").splitlines()
    print("| labelled | zero-shot | learned | gain | lowest | highest |")
    print("|---|---|---|---|---|---|")
    for labelled in map(int, args.labelled.split(",")):
        pairs = [gain(args, lines, labelled, seed) for seed in range(args.draws)]
        zero, learned = (sum(column) / len(pairs) for column in zip(*pairs))
        gains = [after - before for before, after in pairs]
        print(
            f"| {labelled} | {zero:.3f} | {learned:.3f} | {learned - zero:+.3f} | {min(gains):+.3f} | {max(gains):+.3f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
