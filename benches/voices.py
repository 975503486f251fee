"""What fitting the weights of the voices to labelled documents is worth, on the rest, for a few draws.

python benches/voices.py MINITAG GOLD.jsonl TAGS.json --labelled 100 --draws 3 [--model nano]

Without `--model` the word vectors are alone: a weight and an offset against `stop` are fitted, and answers have
up to 3 tags. With it, both voices have a weight; answers have one tag, since what the model says at later slots
depends on the tags before. The fit minimises the log loss of the labelled documents, and is drawn towards the
defaults as if by five documents. `offset` is the offset alone with the highest micro-F1 on the labelled documents.
Prints a row of a Markdown table for each draw: log loss and micro-F1 on the rest.
"""

import argparse
import json
import math
import pathlib
import random
import subprocess
import tempfile

PULL = 5


def odds(args, *more):
    """For each document the natural-log odds of each tag against `stop` at the first slot, by id."""
    with tempfile.TemporaryDirectory() as folder:
        output = pathlib.Path(folder, "out.jsonl")
        command = [args.minitag, "batch", args.gold, "-o", output, "--tags", args.tags, "--scores=all", "-q", *more]
        subprocess.run(command, check=True)
        lines = [json.loads(line) for line in output.read_text(encoding="utf-8").splitlines()]
    found = {}
    for line in lines:
        stop = next(one["logprob"] for one in line["ranking"] if one.get("stop"))
        tags = (one for one in line["ranking"] if "id" in one)
        found[str(line["id"])] = {json.dumps(one["id"]): one["logprob"] - stop for one in tags}
    return found


def documents(args):
    """(what each voice says of each tag, the right tags) of each document."""
    voices = [odds(args, "-m", "none")]
    if args.model:
        voices.insert(0, odds(args, "-m", args.model, "--evidence", "none"))
    tags = json.loads(pathlib.Path(args.tags).read_text(encoding="utf-8"))
    ids = {str(tag["name"]).strip(): json.dumps(tag["id"]) for tag in tags}
    for line in pathlib.Path(args.gold).read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        gold = {ids.get(tag, json.dumps(tag)) for tag in record["tags"]}
        said = [voice[str(record["id"])] for voice in voices]
        yield {tag: [voice[tag] for voice in said] for tag in said[0]}, gold


def mixed(said, weights):
    *of_voices, offset = weights
    return {tag: sum(w * x for w, x in zip(of_voices, each)) + offset for tag, each in said.items()}


def log_loss(some, weights, most):
    """Of the right tags, one after the other, the likeliest first, and of stopping behind them."""
    loss = 0
    for said, gold in some:
        left = mixed(said, weights)
        right = sorted((left[tag] for tag in gold), reverse=True)
        for at in range(min(most, len(right) + 1)):
            others = math.log(1 + sum(map(math.exp, left.values())))
            loss += others - (math.log(sum(map(math.exp, right[at:]))) if at < len(right) else 0)
            if at < len(right):
                left.pop(max((tag for tag in gold if tag in left), key=left.get))
    return loss / len(some)


def micro_f1(some, weights, most):
    hits = given = wanted = 0
    for said, gold in some:
        found = [tag for tag, x in sorted(mixed(said, weights).items(), key=lambda one: -one[1]) if x > 0][:most]
        hits, given, wanted = hits + len(gold.intersection(found)), given + len(found), wanted + len(gold)
    return 2 * hits / max(1, given + wanted)


def fit(some, start, most):
    """The weights and the offset with the lowest log loss, by steps that get smaller."""

    def cost(weights):
        pull = sum(math.log(w / s) ** 2 for w, s in zip(weights[:-1], start[:-1])) + weights[-1] ** 2
        return log_loss(some, weights, most) * len(some) + PULL / 2 * pull

    best, step = list(start), 0.4
    lowest = cost(best)
    while step > 0.02:
        tries = []
        for place in range(len(best)):
            for way in (step, -step):
                other = list(best)
                other[place] = other[place] + 2 * way if place == len(best) - 1 else other[place] * math.exp(way)
                tries.append((cost(other), other))
        if min(tries)[0] < lowest:
            lowest, best = min(tries)
        else:
            step /= 2
    return best


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("minitag")
    parser.add_argument("gold")
    parser.add_argument("tags")
    parser.add_argument("--labelled", type=int, default=100)
    parser.add_argument("--draws", type=int, default=3)
    parser.add_argument("--model")
    args = parser.parse_args()
    everything = list(documents(args))
    # What the vectors weigh beside the built-in model, on names that it knows.
    start, most = ([1, 0.5, 0], 1) if args.model else ([1, 0], 3)
    print("| weights and offset | log loss: default | fitted | micro-F1: default | fitted | offset |")
    print("|---|---|---|---|---|---|")
    for seed in range(args.draws):
        some = random.Random(seed).sample(everything, len(everything))
        known, rest = some[: args.labelled], some[args.labelled :]
        fitted = fit(known, start, most)
        offsets = [[*start[:-1], tenths / 5] for tenths in range(-15, 16)]
        moved = max(offsets, key=lambda weights: (micro_f1(known, weights, most), -abs(weights[-1])))
        figures = [f"{log_loss(rest, weights, most):.2f}" for weights in (start, fitted)]
        figures += [f"{micro_f1(rest, weights, most):.3f}" for weights in (start, fitted, moved)]
        print("|", ", ".join(f"{x:.2f}" for x in fitted), "|", " | ".join(figures), "|", flush=True)


if __name__ == "__main__":
    main()
