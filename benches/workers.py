"""What more cores are worth with a small model: python benches/workers.py MINITAG [WORKERS] [DOCUMENTS]

A batch of documents of models/nano/corpus with the built-in model, by one worker and by so many (2) in turn, five
times. Prints the seconds of each, the ratio of their medians, and whether the answers are the same bytes.
"""

import glob
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

CORPUS = pathlib.Path(__file__).parent.parent / "models" / "nano" / "corpus"


def main():
    minitag, workers = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 2
    documents = int(sys.argv[3]) if len(sys.argv) > 3 else 340
    parts = sorted(glob.glob(str(CORPUS / "part*.jsonl")))
    lines = [line for part in parts for line in open(part, encoding="utf-8")]
    records = [{"id": str(n), "text": json.loads(line)["text"]} for n, line in enumerate(lines[:documents])]
    seconds = {1: [], workers: []}
    answers = set()
    with tempfile.TemporaryDirectory() as folder:
        texts, out = pathlib.Path(folder, "texts.jsonl"), pathlib.Path(folder, "out.jsonl")
        texts.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
        for _ in range(5):
            for count, times in seconds.items():
                command = [minitag, "batch", texts, "--tags", CORPUS / "tags.json", "-o", out, "-m", "nano", "-q"]
                began = time.monotonic()
                subprocess.run([*map(str, command), "--workers", str(count), "--redo"], check=True)
                times.append(time.monotonic() - began)
                answers.add(out.read_bytes())
    for count, times in seconds.items():
        print(f"{count} workers: " + ", ".join(f"{time:.1f}" for time in times) + " s")
    one, more = (statistics.median(times) for times in seconds.values())
    print(f"{one / more:.2f} times as fast ({'the same bytes' if len(answers) == 1 else 'OTHER BYTES'})")


if __name__ == "__main__":
    main()
