"""Whether promises are kept: python benches/promise.py MINITAG GOLD.jsonl TAGS --precision 0.9 --labelled 150 --users 200

Each user labels other documents at random, learns from them and calibrates with a promise; the rest of the documents
checks it: of the tags of answers that are not marked for review, how many are right? Without a model. With --drift the
labelled ones are of the shorter half of the documents, and those that check it are the longer half.
"""

import argparse
import json
import pathlib
import random
import subprocess
import tempfile


def user(args, lines, seed):
    """(right, given, share left alone) on the rest, or None where nothing is promised."""
    lines = random.Random(seed).sample(lines, len(lines))
    if args.drift:
        lines.sort(key=lambda line: len(json.loads(line)["text"]))
        half = len(lines) // 2
        lines = random.Random(seed).sample(lines[:half], args.labelled) + lines[half:]
    with tempfile.TemporaryDirectory() as folder:
        path = lambda name: str(pathlib.Path(folder, name))
        for name, part in ("known.jsonl", lines[: args.labelled]), ("rest.jsonl", lines[args.labelled :]):
            pathlib.Path(path(name)).write_text("\n".join(part) + "\n", encoding="utf-8")

        def run(*command):
            done = subprocess.run([args.minitag, *command, "--tags", args.tags, "-q"], capture_output=True)
            if done.returncode > 1:  # 1: what is asked for cannot be promised
                done.check_returncode()
            return done.stdout

        learned = ["--learned", path("learned.safetensors")]
        run("learn", path("known.jsonl"), "-o", learned[1])
        calibration = ["-o", path("c.json"), "--fit", "--target-precision", args.precision, "--format", "json"]
        report = json.loads(run("calibrate", path("known.jsonl"), *calibration, *learned))
        if "score" not in report["promise"]:
            return None
        run("batch", path("rest.jsonl"), *learned, "--calibration", path("c.json"), "-o", path("out.jsonl"))
        gold = {record["id"]: record["tags"] for record in map(json.loads, lines)}
        answers = [json.loads(line) for line in pathlib.Path(path("out.jsonl")).read_text(encoding="utf-8").splitlines()]
        alone = [answer for answer in answers if answer["tags"] and not answer.get("review")]
        right = sum(tag in gold[answer["id"]] for answer in alone for tag in answer["tags"])
        return right, sum(len(answer["tags"]) for answer in alone), len(alone) / len(answers)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("minitag")
    parser.add_argument("gold")
    parser.add_argument("tags")
    parser.add_argument("--precision", default="0.9")
    parser.add_argument("--labelled", type=int, default=150)
    parser.add_argument("--users", type=int, default=200)
    parser.add_argument("--drift", action="store_true")
    args = parser.parse_args()
    lines = pathlib.Path(args.gold).read_text(encoding="utf-8").splitlines()
    promised = [found for found in (user(args, lines, seed) for seed in range(args.users)) if found and found[1]]
    # The rest is a sample, too: a precision below what was promised by no more than its own noise is no broken promise.
    target = float(args.precision)
    noise = lambda given: 1.645 * (target * (1 - target) / given) ** 0.5
    kept = sum(right / given >= target for right, given, _ in promised)
    near = sum(right / given >= target - noise(given) for right, given, _ in promised)
    count = max(1, len(promised))
    print(
        f"{len(promised)} of {args.users} users were promised {target}; {kept} got it on the rest, {near} within the noise "
        f"of the rest; together {sum(r for r, _, _ in promised)} of {sum(g for _, g, _ in promised)} tags are right; "
        f"{100 * sum(s for _, _, s in promised) / count:.0f} % of the documents are left alone"
    )


if __name__ == "__main__":
    main()
