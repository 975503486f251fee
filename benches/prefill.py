"""How fast a model reads: file types of its weights, and llama.cpp's options, in turn.

    python benches/prefill.py target/release/minitag TAGS [--tokens N] [--rounds N] MODEL[=OPTIONS] …

Each MODEL is a GGUF file, such as those of models/synthesize.py, with options of `minitag bench`
behind an equals sign: `4b.gguf="-ub 256 -fa on"`. All take turns, so that a busy machine slows each of
them. Prints the tokens per second of the model alone (the median), and how much of the first one's.
"""

import argparse
import json
import shlex
import statistics
import subprocess


def measured(arguments, model, options):
    command = [arguments.program, "bench", "--tags", arguments.tags, "-m", model, "--format", "json", "-q"]
    command += ["--tokens", str(arguments.tokens), "--parallel", "1", "--rounds", "1", "--no-prefix-cache"]
    done = subprocess.run(command + options, stdout=subprocess.PIPE, check=True)
    report = json.loads(done.stdout)
    return report["documents"][0]["tokens"] / report["documents"][0]["model_seconds"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program")
    parser.add_argument("tags")
    parser.add_argument("ways", nargs="+", metavar="MODEL[=OPTIONS]")
    parser.add_argument("--tokens", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    speeds = {way: [] for way in arguments.ways}
    for _ in range(arguments.rounds):
        for way, found in speeds.items():
            model, _, options = way.partition("=")
            found.append(measured(arguments, model, shlex.split(options)))
    first = statistics.median(speeds[arguments.ways[0]])
    print("| model and options | tokens per second | of the first | lowest, highest |\n|---|---|---|---|")
    for way, found in speeds.items():
        median = statistics.median(found)
        print(f"| {way} | {median:.1f} | {median / first:.2f} | {min(found):.1f}, {max(found):.1f} |")


if __name__ == "__main__":
    main()
