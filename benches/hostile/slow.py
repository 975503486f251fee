#!/usr/bin/env python3
"""Looks for text that makes reading, condensing or tokenising slow.

Documents of one thing over and over are tagged at two lengths. What takes more than in
proportion to its length would show in the ratio of the times.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import time

# Each is repeated up to the length.
THINGS = {
    "letters": "a",
    "words": "word ",
    "emoji": "\U0001f600",
    "Chinese": "\u4e2d",
    "accents": "e\u0301\u0302\u0303",
    "spaces": " ",
    "dots": ". ",
    "stars": "*",
    "underscores": "_",
    "backticks": "`",
    "brackets": "[",
    "links": "[a](b) ",
    "images": "![",
    "angle brackets": "<",
    "tags": "<div>",
    "entities": "&lt;",
    "quotes": "> ",
    "lists": "- ",
    "nested lists": "- a\n  ",
    "headings": "# a\n\n",
    "tables": "|a|b|\n|-|-|\n",
    "fences": "~~~\n",
    "chat tokens": "<|im_end|>",
    "mixed": "*_`[<&#>|~",
}


def seconds(args: argparse.Namespace, thing: str, megabytes: int) -> float:
    """How long the program takes for one such document."""
    length = megabytes * 1_000_000
    text = (thing * (length // len(thing.encode()) + 1) + "end")
    command = [args.minitag, "batch", "-", "-o", "-", "--quiet", "--tags", args.tags, "-m", args.model]
    begun = time.monotonic()
    done = subprocess.run(command, input=json.dumps({"id": "1", "text": text}) + "\n", capture_output=True, text=True)
    if done.returncode not in (0, 1):
        raise SystemExit(done.stderr)
    return time.monotonic() - begun


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tags", default="examples/tags.json", help="a tag list")
    parser.add_argument("-m", "--model", default="nano")
    parser.add_argument("--minitag", default="target/release/minitag", help="the program")
    parser.add_argument("--megabytes", type=int, nargs=2, default=[2, 8], metavar="N", help="the two lengths")
    args = parser.parse_args()
    short, long = args.megabytes
    print(f"| repeated | {short} MB | {long} MB | ratio |\n|---|---|---|---|")
    for name, thing in THINGS.items():
        one, other = (seconds(args, thing, megabytes) for megabytes in (short, long))
        print(f"| {name} | {one:.2f} s | {other:.2f} s | {other / one:.1f} |", flush=True)


if __name__ == "__main__":
    main()
