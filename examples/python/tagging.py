#!/usr/bin/env python3
"""Tags the texts of a pandas table: each becomes a line of JSON for one `minitag batch`, and so does its answer.

    python3 examples/python/tagging.py --tags examples/tags.json --names
"""

import json
import subprocess
import sys

import pandas


def tag(texts, *options):
    """A row with `tags` for each text, under its index; with `error`, if it could not be tagged."""
    records = [{"id": str(row), "text": text} for row, text in enumerate(texts.fillna(""))]
    lines = "".join(json.dumps(record) + "\n" for record in records)
    command = ["minitag", "batch", "-", "-o", "-", "--quiet", *options]
    done = subprocess.run(command, input=lines, stdout=subprocess.PIPE, encoding="utf-8")
    if done.returncode not in (0, 1):  # 1 says that there are errors among the answers
        raise RuntimeError(f"minitag ended with {done.returncode}; its message is on stderr")
    answers = [json.loads(line) for line in done.stdout.split("\n")[:-1]]
    return pandas.DataFrame(answers, index=texts.index).drop(columns="id", errors="ignore")


if __name__ == "__main__":
    notes = pandas.DataFrame({"text": ["An embedded key-value database.", None, "A puzzle game."]})
    print(notes.join(tag(notes["text"], *sys.argv[1:])).to_string())
