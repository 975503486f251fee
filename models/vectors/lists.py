"""Documents with lists of tags to learn from. Every batch has another list.

A batch is (bags, tags, gold): a bag holds (word ids of the title, word ids of the body), a tag (name, description
or ""), gold is a matrix of 1 (fits), 0 (does not) and -1 (unknown).
"""

import json
import os
import pickle
import random
import re

import numpy as np

from names import GROUPS, SECTIONS
from words import words

HERE = os.path.dirname(os.path.abspath(__file__))
BATCH = 32
FACETS_LEFT_OUT = ("role", "special", "implemented-in", "made-of", "suite", "x11", "scope", "biology")


class Ids:
    """Numbers for words: those of the vocabulary first, any other word behind them."""

    def __init__(self, vocabulary):
        self.of = {w: i for i, w in enumerate(vocabulary)}
        self.known = len(vocabulary)

    def __call__(self, text):
        of = self.of
        return np.array([of.setdefault(w, len(of)) for w in words(text)], np.int32)


# Words that say nothing in a name.
EMPTY = (
    "software", "tools", "programs", "applications", "utilities", "development", "programming", "systems",
    "technology", "services", "support", "processing", "general", "topics", "engineering", "stuff", "related",
    "miscellaneous",
)


def spelled(name, rng):
    """A name in words, or as a slug, or with capitals, at times with an empty word."""
    draw = rng.random()
    if rng.random() < 0.15:
        name = f"{name} {rng.choice(EMPTY)}" if rng.random() < 0.8 else f"{rng.choice(EMPTY)}: {name}"
    if draw < 0.25:
        return re.sub(r"[\s]+", "-", name.replace(": ", "::").lower())
    if draw < 0.4:
        return name[:1].upper() + name[1:]
    return name


class Debian:
    """Debian's packages: debtags, sections, and phrases of short descriptions."""

    def __init__(self, work, ids):
        with open(os.path.join(work, "debian.pkl"), "rb") as f:
            data = pickle.load(f)
        self.hash = data["hash"]
        self.docs = [d for d in data["docs"] if not d["name"].startswith("librust-")]  # their texts are crates' own
        self.described = {t: d for t, d in data["tags"].items() if t.split("::")[0] not in FACETS_LEFT_OUT}
        self.by_tag, self.by_section, self.by_phrase = {}, {}, {}
        for n, doc in enumerate(self.docs):
            texts = doc.pop("text")
            kept = ["en"] + random.Random(n).sample(sorted(set(texts) - {"en"}), min(2, len(texts) - 1))
            doc["ids"] = {k: (ids(texts[k][0]), ids(texts[k][1][:1600])) for k in kept}
            doc["tags"] = [t for t in doc["tags"] if t in self.described]
            for tag in doc["tags"]:
                self.by_tag.setdefault(tag, []).append(n)
            section = doc["section"].split("/")[-1]
            doc["section"] = section if section in SECTIONS else ""
            if doc["section"]:
                self.by_section.setdefault(section, []).append(n)
            for phrase in doc["phrases"]:
                self.by_phrase.setdefault(phrase, []).append(n)
        self.phrases = sorted(self.by_phrase)
        self.phrase_ids = {p: ids(p) for p in self.by_phrase}
        self.tags = sorted(t for t, d in self.by_tag.items() if len(d) >= 10)

    def bag(self, doc, rng, drop=()):
        """A document in one of its languages (mostly English), at times without its title, or some words of it."""
        texts = doc["ids"]
        language = "en" if rng.random() < 0.75 else rng.choice(sorted(texts))
        short, body = texts[language]
        if len(drop):
            short = short[~np.isin(short, drop)]
            if rng.random() < 0.5:
                body = body[~np.isin(body, drop)]
        elif len(body) > 12 and rng.random() < 0.15:
            short = short[:0]
        return short, body[:220]

    def batch(self, rng):
        kinds = (self.tag_list, self.phrase_list, self.section_list)
        return rng.choices(kinds, (0.5, 0.38, 0.12))[0](rng)

    def tag_list(self, rng):
        size = min(len(self.tags), int(2 ** rng.uniform(2.6, 7.8)))
        tags = rng.sample(self.tags, size)
        form, describe = rng.random(), rng.random() < 0.4
        named = []
        for tag in tags:
            facet, value = tag.split("::", 1)
            facet, value = facet.replace("-", " "), re.sub(r":", ": ", value.replace("-", " "))
            name = f"{facet}: {value}" if form < 0.6 else value if form < 0.85 else self.described[tag]
            named.append((spelled(name, rng), self.described[tag] if describe and form < 0.85 else ""))
        bags, gold = [], []
        for _ in range(BATCH):
            if rng.random() < 0.85:
                doc = self.docs[rng.choice(self.by_tag[rng.choice(tags)])]
            else:
                doc = self.docs[rng.choice(self.by_tag[rng.choice(self.tags)])]
            bags.append(self.bag(doc, rng))
            gold.append([1 if t in doc["tags"] else 0 for t in tags])
        return bags, named, np.array(gold)

    def phrase_list(self, rng):
        by, pool = self.by_phrase, self.phrases
        phrases = rng.sample(pool, int(2 ** rng.uniform(3, 7.3)))
        bags, gold = [], []
        for _ in range(BATCH):
            phrase = rng.choice(phrases if rng.random() < 0.85 else pool)
            doc = self.docs[rng.choice(by[phrase])]
            hide = rng.random() < 0.5
            bags.append(self.bag(doc, rng, self.phrase_ids[phrase] if hide else ()))
            text = set(doc["ids"]["en"][1].tolist())
            row = []
            for p in phrases:
                within = set(self.phrase_ids[p].tolist()) <= text
                row.append(1 if p in doc["phrases"] else -1 if within else 0)
            gold.append(row)
        return bags, [(spelled(p, rng), "") for p in phrases], np.array(gold)

    def section_list(self, rng):
        sections = rng.sample(sorted(self.by_section), rng.randint(5, len(self.by_section)))
        bags, gold = [], []
        for _ in range(BATCH):
            section = rng.choice(sections if rng.random() < 0.85 else sorted(self.by_section))
            doc = self.docs[rng.choice(self.by_section[section])]
            bags.append(self.bag(doc, rng))
            gold.append([1 if s == doc["section"] else 0 for s in sections])
        return bags, [(spelled(rng.choice(SECTIONS[s]), rng), "") for s in sections], np.array(gold)


class Corpus:
    """Our own documents with 90 tags, under their names or other words for the same (never the first alias)."""

    def __init__(self, path, ids):
        with open(os.path.join(HERE, "..", "nano", "corpus", "tags.json"), encoding="utf-8") as f:
            self.names = {t["id"]: t["name"].strip() for t in json.load(f)}
        with open(os.path.join(HERE, "..", "nano", "aliases.json"), encoding="utf-8") as f:
            self.aliases = {k.strip(): v for k, v in json.load(f).items()}
        self.docs = []
        with open(path, encoding="utf-8") as f:
            for line in f:
                doc = json.loads(line)
                title, _, body = doc["text"].partition("\n")
                tags = {t for t in doc["tags"] if t in self.names}
                if tags:
                    self.docs.append((ids(title), ids(body), tags))

    def group_list(self, rng):
        """Wider names; a document of none of a group's tags does not fit it."""
        groups = rng.sample(GROUPS, rng.randint(6, len(GROUPS)))
        bags, gold = [], []
        for title, body, own in rng.sample(self.docs, BATCH):
            names = {self.names[t] for t in own}
            bags.append((title, body[:260]))
            gold.append([int(bool(names & set(members))) for members, _ in groups])
        return bags, [(spelled(rng.choice(names), rng), "") for _, names in groups], np.array(gold)

    def batch(self, rng):
        if rng.random() < 0.2:
            return self.group_list(rng)
        tags = rng.sample(sorted(self.names), 90 if rng.random() < 0.4 else rng.randint(6, 90))
        known, describe, named = rng.choice((0.0, 0.5, 1.0)), rng.random() < 0.2, []
        for t in tags:
            name = self.names[t]
            other = self.aliases.get(name, {"names": [], "words": []})
            pool = other["names"][1:]
            if pool and rng.random() >= known:
                name = rng.choice(pool)
            text = ", ".join(rng.sample(other["words"], min(4, len(other["words"])))) if describe else ""
            named.append((spelled(name.replace("-", " "), rng), text))
        bags, gold = [], []
        for title, body, own in rng.sample(self.docs, BATCH):
            bags.append((title, body[:260]))
            gold.append([1 if t in own else 0 for t in tags])
        return bags, named, np.array(gold)


class WordNet:
    """Fields and kinds of things: a document is made of the meanings of some of their members."""

    def __init__(self, work, ids):
        with open(os.path.join(work, "debian.pkl"), "rb") as f:
            self.nodes = pickle.load(f)["wordnet"]
        below, fields = {}, {}
        for key, node in self.nodes.items():
            node["ids"] = (ids(" ".join(node["names"])), ids(node["gloss"]))
            for above in node["above"]:
                below.setdefault(above, []).append(key)
            for field in node["fields"]:
                fields.setdefault(field, []).append(key)
        self.below = below
        self.fields = {k: v for k, v in fields.items() if len(v) >= 5}
        self.kinds = {k: v for k, v in below.items() if 4 <= len(v) <= 60 and k in self.nodes and k[0] == "n"}

    def above(self, key, depth=4):
        """What a meaning is a kind of, up to four steps."""
        out, level = set(), [key]
        for _ in range(depth):
            level = [a for k in level for a in self.nodes.get(k, {"above": []})["above"]]
            out.update(level)
        return out

    def batch(self, rng):
        pool = self.fields if rng.random() < 0.6 else self.kinds
        tags = rng.sample(sorted(pool), min(len(pool), int(2 ** rng.uniform(3, 7))))
        describe = rng.random() < 0.3
        named = []
        for key in tags:
            node = self.nodes[key]
            named.append((spelled(rng.choice(node["names"]), rng), node["gloss"].split(";")[0] if describe else ""))
        bags, gold = [], []
        for _ in range(BATCH):
            tag = rng.choice(tags if rng.random() < 0.8 else sorted(pool))
            members = rng.sample(pool[tag], min(len(pool[tag]), rng.randint(1, 5)))
            parts = [p for m in members for p in self.nodes[m]["ids"]]
            related = {tag} | self.above(tag) | {a for m in members for a in self.above(m)}
            related |= {f for m in members for f in self.nodes[m]["fields"]}
            bags.append((parts[0][:0], np.concatenate(parts)[:220]))
            row = [1 if t == tag else -1 if t in related or tag in self.above(t) else 0 for t in tags]
            gold.append(row)
        return bags, named, np.array(gold)


class Topics:
    """Everyday topics: a document is made of sentences of one or two of them (topics.json, written for this)."""

    def __init__(self, ids):
        with open(os.path.join(HERE, "topics.json"), encoding="utf-8") as f:
            self.topics = json.load(f)
        for topic in self.topics:
            topic["ids"] = [ids(s) for s in topic["sentences"]]

    def batch(self, rng):
        topics = rng.sample(self.topics, rng.randint(6, len(self.topics)))
        bags, gold = [], []
        for _ in range(BATCH):
            own = rng.sample(topics if rng.random() < 0.8 else self.topics, 2 if rng.random() < 0.25 else 1)
            parts = [p for t in own for p in rng.sample(t["ids"], rng.randint(1, min(4, len(t["ids"]))))]
            rng.shuffle(parts)
            bags.append((parts[0] if rng.random() < 0.5 else parts[0][:0], np.concatenate(parts)))
            gold.append([int(t in own) for t in topics])
        return bags, [(spelled(rng.choice(t["names"]), rng), "") for t in topics], np.array(gold)


class Written:
    """Documents written for this with the topics of long lists (written/), of software and of everything else."""

    SETS = ("software", "packages", "everyday")

    def __init__(self, ids):
        self.sets = []
        for name in self.SETS:
            path = os.path.join(HERE, "written", name)
            with open(f"{path}.json", encoding="utf-8") as f:
                names = {t["id"]: t["names"] for t in json.load(f)}
            with open(f"{path}.jsonl", encoding="utf-8") as f:
                docs = [self.document(ids, json.loads(line)) for line in f]
            self.sets.append((names, docs))

    @staticmethod
    def document(ids, doc):
        title, _, body = doc["text"].partition("\n")
        return ids(title), ids(body), set(doc["tags"])

    def batch(self, rng):
        place = rng.choices(range(len(self.sets)), [len(docs) for _, docs in self.sets])[0]
        names, docs = self.sets[place]
        tags = rng.sample(sorted(names), min(len(names), int(2 ** rng.uniform(3, 7.5))))
        fitting = [doc for doc in docs if doc[2] & set(tags)] or docs
        others = self.sets[place - 1 - rng.randrange(len(self.sets) - 1)]
        bags, gold = [], []
        for _ in range(BATCH):
            is_other = rng.random() < 0.08
            title, body, own = rng.choice(others[1] if is_other else fitting if rng.random() < 0.85 else docs)
            if len(title) > 12 and rng.random() < 0.5:
                title, body = title[:0], np.concatenate([title, body])
            bags.append((title, body[:260]))
            if is_other:  # what its topics have a word in common with may fit it
                said = {w for t in own for n in others[0][t] for w in words(n)}
                gold.append([-1 if said & {w for n in names[t] for w in words(n)} else 0 for t in tags])
            else:
                gold.append([int(t in own) for t in tags])
        return bags, [(spelled(rng.choice(names[t]), rng), "") for t in tags], np.array(gold)


def sources(work, corpus, vocabulary):
    """(ids, {"debian", "corpus", "wordnet"}); kept in WORK, since reading takes minutes."""
    path = os.path.join(work, "sources.pkl")
    if os.path.exists(path):
        with open(path, "rb") as f:
            ids, out = pickle.load(f)
        if list(ids.of)[: ids.known] == vocabulary:
            return ids, out | {"topics": Topics(ids), "written": Written(ids)}
    ids = Ids(vocabulary)
    out = {"debian": Debian(work, ids), "corpus": Corpus(corpus, ids), "wordnet": WordNet(work, ids)}
    with open(path, "wb") as f:
        pickle.dump((ids, out), f)
    return ids, out | {"topics": Topics(ids), "written": Written(ids)}


class Mixture:
    """All sources, drawn by their shares."""

    def __init__(self, sources, shares, seed):
        self.sources, self.shares, self.rng = sources, shares, random.Random(seed)

    def batch(self):
        return self.rng.choices(self.sources, self.shares)[0].batch(self.rng)
