"""Debian's package index, read into documents: python data.py APT_LISTS VOCABULARY WORDNET WORK.

APT_LISTS is a folder that `apt-get update -o Dir::State::lists=APT_LISTS -o Acquire::Languages=en,de,...` filled,
VOCABULARY the file of that name in the package debtags, WORDNET the folder of the package wordnet-base, WORK where
debian.pkl goes. Nothing of these texts is kept in the repository. The packages in held_out.txt are left out, with all
others of their sources: the debtags set is measured with them.
"""

import glob
import hashlib
import os
import pickle
import subprocess
import sys
from collections import Counter, defaultdict

import regex

from words import words

STOP = frozenset((
    "a", "an", "and", "the", "of", "for", "to", "in", "on", "with", "by", "from", "at", "as", "is", "are", "be", "it",
    "its", "or", "this", "that", "using", "based", "your", "you", "via", "into", "other", "various", "another", "all",
    "any", "more", "not", "no", "than", "over", "between", "under", "out", "up", "common", "files", "file", "data",
    "development", "documentation", "package", "packages", "library", "libraries", "module", "modules", "dummy",
    "transitional", "support", "debug", "symbols", "headers", "header", "version", "s",
))
HERE = os.path.dirname(os.path.abspath(__file__))
DIGEST = hashlib.sha256()  # of all lines of the index that were read
LANGUAGES = ("it", "da", "fr", "de", "ja", "pt", "pl", "ru", "es", "zh")


def stanzas(path):
    """The stanzas of an index, as {field: text}; apt knows how its files are compressed."""
    with subprocess.Popen(["/usr/lib/apt/apt-helper", "cat-file", path], stdout=subprocess.PIPE) as cat:
        fields, last = {}, None
        for raw in cat.stdout:
            DIGEST.update(raw)
            line = raw.decode("utf-8", "replace").rstrip("\n")
            if not line:
                if fields:
                    yield fields
                fields, last = {}, None
            elif line[0] == " ":
                fields[last] += "\n" + line[1:]
            else:
                last, _, value = line.partition(":")
                fields[last] = value.strip()
        if fields:
            yield fields


def description(text):
    """(short, long) of a description field."""
    short, _, rest = text.partition("\n")
    paragraphs = "\n".join("" if line.strip() == "." else line.strip() for line in rest.split("\n"))
    return short.strip(), paragraphs.strip()


def debian(lists, held_names):
    """Packages as documents: name, source, section, tags, text by language. Held-out ones are left out."""
    packages, held_sources = {}, set()
    for path in sorted(glob.glob(f"{lists}/*binary*Packages*")):
        for f in stanzas(path):
            source = f.get("Source", f["Package"]).split(" ")[0]
            if f["Package"] in held_names:
                held_sources.add(source)
            tags = [t.strip() for t in f.get("Tag", "").replace("\n", " ").split(",") if t.strip()]
            packages.setdefault(
                f["Package"],
                {"name": f["Package"], "source": source, "section": f.get("Section", ""), "tags": tags, "text": {}},
            )
    for path in sorted(glob.glob(f"{lists}/*Translation-*")):
        for f in stanzas(path):
            package = packages.get(f["Package"])
            for key, value in f.items():
                if key.startswith("Description-") and key != "Description-md5" and package:
                    language = key[len("Description-") :].split("_")[0]
                    if language == "en" or language in LANGUAGES:
                        package["text"].setdefault(language, description(value))
    docs, seen = [], set()
    for package in packages.values():
        if package["name"] in held_names or package["source"] in held_sources or "en" not in package["text"]:
            continue
        short, body = package["text"]["en"]
        key = body or short
        if key in seen and not package["tags"]:
            continue
        seen.add(key)
        docs.append(package)
    return docs


def vocabulary(path):
    """{tag: short description} of debtags' vocabulary."""
    out, tag = {}, None
    with open(path, encoding="utf-8") as f:
        for line in f:
            if line.startswith(("Tag:", "Facet:")):
                tag = line.split(":", 1)[1].strip() if line.startswith("Tag:") else None
            elif line.startswith("Description:") and tag:
                out[tag] = line.split(":", 1)[1].strip()
    return out


def phrases(docs, least=10, most=1500):
    """The runs of one to three words that `least` to `most` English short descriptions have; docs get theirs."""
    candidates, count, sources = [], Counter(), defaultdict(set)
    for doc in docs:
        short = doc["text"]["en"][0]
        found = set()
        for part in regex.split(r"\s[-–—]+\s|[(),:;/]", short):
            ws = words(part)
            for n in (1, 2, 3):
                for i in range(len(ws) - n + 1):
                    run = ws[i : i + n]
                    if run[0] in STOP or run[-1] in STOP or any(len(w) < 2 or w.isdigit() for w in run[::2]):
                        continue
                    found.add(" ".join(run))
        candidates.append(found)
        for phrase in found:
            count[phrase] += 1
            sources[phrase].add(doc["source"])
    good = {p for p, c in count.items() if least <= c <= most and len(sources[p]) >= least // 2}
    for doc, found in zip(docs, candidates):
        doc["phrases"] = sorted(found & good)
    return good


def wordnet(folder):
    """Nouns and verbs with their meaning: {offset: {"names", "gloss", "above", "fields"}}."""
    out = {}
    for part in ("noun", "verb", "adj"):
        with open(f"{folder}/data.{part}", encoding="latin-1") as f:
            for line in f:
                if line.startswith("  "):
                    continue
                data, _, gloss = line.partition(" | ")
                f4 = data.split(" ")
                n = int(f4[3], 16)
                names = [f4[4 + 2 * i].replace("_", " ").split("(")[0] for i in range(n)]
                at = 4 + 2 * n
                pointers = [f4[at + 1 + 4 * i : at + 4 + 4 * i] for i in range(int(f4[at]))]
                out[part[0] + f4[0]] = {
                    "names": names,
                    "gloss": gloss.strip(),
                    "above": [p[2] + p[1] for p in pointers if p[0] in ("@", "@i")],
                    "fields": [p[2] + p[1] for p in pointers if p[0] == ";c"],
                    "kind": f4[1],
                }
    return out


def main():
    lists, vocab, wn, work = sys.argv[1:]
    with open(os.path.join(HERE, "held_out.txt"), encoding="utf-8") as f:
        held = set(f.read().split())
    docs = debian(lists, held)
    count = len(phrases(docs))
    out = {"docs": docs, "tags": vocabulary(vocab), "wordnet": wordnet(wn), "hash": DIGEST.hexdigest()}
    with open(os.path.join(work, "debian.pkl"), "wb") as f:
        pickle.dump(out, f)
    tagged = sum(bool(d["tags"]) for d in docs)
    print(f"{len(docs)} documents, {tagged} tagged, {len(held)} held out, {count} phrases, {out['hash'][:12]}")


if __name__ == "__main__":
    main()
