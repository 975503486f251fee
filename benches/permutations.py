"""What further permutations of the tag list cost, and how often they turn the tags.

    python benches/permutations.py target/release/minitag CATALOGUE TAGS [--rounds N] [OPTION …]

CATALOGUE is an input of `minitag batch`; what follows is passed on to it, such as `-m MODEL`. One
permutation, four, and `auto` take turns on one core. Times are those of the documents alone, without
loading the model and without reading the tag list.
"""

import argparse
import json
import statistics
import subprocess

WAYS = ["1", "4", "auto"]


def tagged(arguments, way):
    command = [arguments.program, "batch", arguments.catalogue, "--tags", arguments.tags]
    command += ["-o", "-", "--details", "--scores", "--workers", "1", "--permutations", way]
    done = subprocess.run(command + arguments.options, stdout=subprocess.PIPE, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def share(pairs):
    pairs = list(pairs)
    return sum(a == b for a, b in pairs) / len(pairs)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program")
    parser.add_argument("catalogue")
    parser.add_argument("tags")
    parser.add_argument("--rounds", type=int, default=3)
    arguments, arguments.options = parser.parse_known_args()
    seconds = {way: [] for way in WAYS}
    answers = {}
    for _ in range(arguments.rounds):
        for way in WAYS:
            answers[way] = tagged(arguments, way)
            seconds[way].append(sum(answer["details"]["seconds"] for answer in answers[way]))
    tags = {way: [answer["tags"] for answer in answers[way]] for way in WAYS}
    one = statistics.median(seconds["1"])
    orders = [answer["details"]["stability"]["orders"] for answer in answers["auto"]]
    print(f"{len(orders)} documents, {orders.count(4)} of them shown in four permutations by `auto`")
    print("| permutations | times as long as one | the same tags as four |\n|---|---|---|")
    for way in WAYS:
        times = statistics.median(seconds[way]) / one
        print(f"| {way} | {times:.2f} | {share(zip(tags[way], tags['4'])):.3f} |")


if __name__ == "__main__":
    main()
