"""Documents under thirteen shelves, whose names say nothing of what stands on them: python shelves.py GOLD.jsonl > SHELVED.jsonl

A tag list that no model can know beforehand, for trying out what fine-tuning does (docs/fine-tuning.md). GOLD.jsonl has a
`text` and `tags` of the built-in model's 90 a line; what none of the shelves is made for is left out. Several files are read
as one; `corpus` stands for the corpus of the built-in model.

shelves/tags.json is the list, shelves/heldout.jsonl has 65 documents that were written for this, five a shelf. No model and
no tokenizer of this project was made from them.
"""

import glob
import json
import os
import sys

import data

SHELVES = {
    "anchor": "aws cicd cloud-native containerization deploy-tool iac k8s serverless",
    "beacon": "benchmark logging monitoring observability",
    "cellar": "cache data database filesystem nosql orm search storage",
    "drum": "api chat graphql http http-client message-queue networking real-time web-server",
    "easel": "cms declarative-gui frontend gui low-code react ui ux",
    "forge": "bundler dev-exp-lib dev-tool editor ide linter node-version terminal testing",
    "grove": "best-practices blog learning-resource lms system-design",
    "harp": "3d emulator for-fun game game-engine video",
    "ingot": "bitcoin blockchain crm ecommerce finance",
    "key": "authentication secrets security",
    "loom": "algorithm compiler json language parser runtime webassembly yaml",
    "mast": "firmware iot os robot",
    "owl": "agent ai",
}
FOLDER = os.path.join(data.HERE, "shelves")


def places():
    """{id of one of the 90 tags: id of its shelf}."""
    with open(os.path.join(FOLDER, "tags.json"), encoding="utf-8") as f:
        ids = {tag["name"]: tag["id"] for tag in json.load(f)}
    shelf = {tag: ids[name] for name, tags in SHELVES.items() for tag in tags.split()}
    return {tag: shelf[name.strip()] for tag, name in data.names_by_id().items() if name.strip() in shelf}


def main():
    place, number = places(), 0
    corpus = sorted(glob.glob(os.path.join(data.HERE, "corpus", "part*.jsonl")))
    for path in [p for a in sys.argv[1:] for p in (corpus if a == "corpus" else [a])]:
        for doc in data.read_jsonl(path):
            number += 1
            tags = list(dict.fromkeys(place[t] for t in doc.get("tags", []) if t in place))
            if tags and doc.get("text", "").strip():
                print(json.dumps({"id": str(number), "text": doc["text"], "tags": tags}, ensure_ascii=False))


if __name__ == "__main__":
    main()
