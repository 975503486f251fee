"""Texts as the program shows them to a model: python condense.py MINITAG OUT FILE... (JSON lines with a "text")."""

import json
import subprocess
import sys


def condensed(program, text):
    """What `minitag document` keeps of a text within 300 tokens."""
    command = [program, "document", "--json", "--budget", "300", "-q", "-"]
    run = subprocess.run(command, input=text, capture_output=True, text=True, check=True)
    return "\n".join(p["text"] for p in json.loads(run.stdout)["pieces"] if p["kept"])


def main():
    program, out, *paths = sys.argv[1:]
    with open(out, "w", encoding="utf-8") as to:
        for path in paths:
            with open(path, encoding="utf-8") as f:
                for line in f:
                    doc = json.loads(line)
                    doc["text"] = condensed(program, doc["text"])
                    to.write(json.dumps(doc, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
