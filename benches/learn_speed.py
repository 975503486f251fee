"""How fast learning is, and tagging without a model: python benches/learn_speed.py MINITAG

10,000 documents with 500 tags, made of those of models/nano/corpus and random words of them. Prints processor seconds
and peak memory of `learn`, and of a batch of 1,000 of these with the 90 names of the corpus, without a model and with
the built-in one, in turn.
"""

import glob
import json
import pathlib
import random
import resource
import subprocess
import sys
import tempfile

CORPUS = pathlib.Path(__file__).parent.parent / "models" / "nano" / "corpus"


def timed(*command):
    """Processor seconds of a command."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([*map(str, command), "-q"], check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main():
    minitag, draw = sys.argv[1], random.Random(1)
    parts = sorted(glob.glob(str(CORPUS / "part*.jsonl")))
    texts = [json.loads(line)["text"] for part in parts for line in open(part, encoding="utf-8")]
    words = sorted({word.lower() for text in texts for word in text.split() if word.isalpha() and len(word) > 4})
    names = {name: tag for tag, name in enumerate(draw.sample(words, 500))}
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "tags.json").write_text(json.dumps([{"id": tag, "name": name} for name, tag in names.items()]))
        with open(folder / "gold.jsonl", "w") as gold, open(folder / "texts.jsonl", "w") as some:
            for document in range(10_000):
                text = draw.choice(texts) + "\n" + " ".join(draw.sample(words, 30))
                tags = [names[word] for word in dict.fromkeys(text.lower().split()) if word in names][:3]
                record = {"id": str(document), "text": text}
                gold.write(json.dumps(record | {"tags": tags or [draw.randrange(500)]}) + "\n")
                if document < 1000:
                    some.write(json.dumps(record) + "\n")
        learned = timed(minitag, "learn", folder / "gold.jsonl", "--tags", folder / "tags.json", "-o", folder / "l.safetensors")
        memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        print(f"learn: {learned:.1f} s, {memory // 1024} MiB", flush=True)
        for model in "none", "nano":
            batch = ["batch", folder / "texts.jsonl", "--tags", CORPUS / "tags.json", "-o", folder / f"{model}.jsonl"]
            seconds = timed(minitag, *batch, "-m", model)
            print(f"batch -m {model}: {seconds:.1f} s, {1000 / seconds:.0f} documents a second", flush=True)


if __name__ == "__main__":
    main()
