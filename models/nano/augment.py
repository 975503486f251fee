"""Training documents made out of the corpus: recombined, cut, shuffled, thinned and wrapped in README boilerplate."""

import random
import re
from collections import defaultdict

import data

SENTENCE = re.compile(r"(?<=[.!?。！？])\s+")
LANGUAGES = ["Go", "Rust", "Python", "TypeScript", "JavaScript", "Java", "C++", "C", "C#", "PHP", "Ruby", "Kotlin", "Swift",
             "Elixir", "Zig", "Scala", "Haskell"]
BOILERPLATE = [
    "## Installation\n\n{pm} {name}", "## Install\n\nDownload the latest release from the releases page.",
    "## License\n\n{licence}", "## Licence\n\nReleased under the {licence} licence. See LICENSE for details.",
    "## Contributing\n\nPull requests are welcome. For major changes, please open an issue first.",
    "## Contributors\n\nThanks goes to these wonderful people!", "## Getting Started\n\n1. Clone the repository\n2. {pm} {name}",
    "## Table of Contents\n\n- Installation\n- Usage\n- Contributing\n- License", "## Sponsors\n\nSupport this project by becoming a sponsor.",
    "## Documentation\n\nFull documentation is available on the website.", "## Requirements\n\n- {lang} {n}.{m} or later\n- Git",
    "## Community\n\nJoin us on Discord, Slack or Twitter.", "## Changelog\n\nSee CHANGELOG.md for what changed.",
    "## FAQ\n\nPlease read the FAQ before opening an issue.", "## Roadmap\n\n- [x] First release\n- [ ] More tests\n- [ ] Better docs",
    "## Quick start\n\ngit clone https://example.org/{name}.git\ncd {name}\nmake", "## Features\n", "## Usage\n",
    "[![build](https://img.example.org/{name}.svg)](https://ci.example.org/{name}) [![licence](https://img.example.org/l.svg)](LICENSE)",
    "<p align=\"center\"><img src=\"docs/logo.png\" width=\"200\" alt=\"{name}\"></p>", "English | 简体中文 | 日本語",
    "## Acknowledgements\n\nInspired by many great open source projects.", "## Star History\n", "## Support\n\nIf you like it, leave a star.",
    "## 安装\n\n{pm} {name}", "## 许可证\n\n{licence}", "## Lizenz\n\n{licence}", "## ライセンス\n\n{licence}", "## Лицензия\n\n{licence}",
    "### Building from source\n\nYou need {lang} and make.\n\nmake && make install", "### Docker\n\ndocker run --rm -it {name}/{name}",
    "> **Note**\n> This project is under active development.", "## Code of Conduct\n\nBe kind. See CODE_OF_CONDUCT.md.",
]
SENTENCES = [
    "{w} for {w2}.", "A {w} built with {lang}.", "{name} is a {w} for {w2}, written in {lang}.", "Supports {w}, {w2} and {w3}.",
    "Simple {w} with {w2} support.", "It makes {w} easy.", "Works with {w} and {w2}.", "An open source {w}.", "{w} · {w2} · {w3}",
    "- {w}\n- {w2}\n- {w3}", "Features {w} and {w2} out of the box.", "Collection of {w} about {w2}.", "{name}: {w}",
]
NAMES = "aurora beacon cobalt dune ember falcon grove harbor iris jade kestrel lumen maple nova onyx pixel quartz raven sierra tundra".split()


def fill(template, words, rng):
    """The template with random names, languages and the given words in its holes."""
    pick = lambda: rng.choice(words) if words else "things"
    return template.format(
        name=rng.choice(NAMES) + rng.choice(["", "", "js", "-rs", "kit", "hub", "py", "-go"]), lang=rng.choice(LANGUAGES), w=pick(), w2=pick(), w3=pick(),
        pm=rng.choice(["npm install", "pip install", "cargo install", "brew install", "go get", "yarn add"]),
        licence=rng.choice(["MIT", "Apache 2.0", "GPLv3", "BSD-3-Clause"]), n=rng.randint(1, 20), m=rng.randint(0, 12))


class Augmenter:
    """draw() -> (text, {tag id: weight}, key of the main document); `more` are documents that a model has tagged."""

    def __init__(self, docs, seed=0, more=(), share=0.4):
        self.docs, self.rng, self.more, self.share = docs, random.Random(seed), more, share if more else 0
        self.table, self.names = data.aliases(), data.names_by_id()
        self.by_tag = defaultdict(list)
        for i, d in enumerate(docs):
            for t in d["tags"]:
                self.by_tag[t].append(i)
        weight = {t: len(v) ** -0.35 for t, v in self.by_tag.items()}    # rare tags are drawn somewhat more often
        self.weights = [sum(weight[t] for t in d["tags"]) / len(d["tags"]) for d in docs]
        self.queue = []

    def document(self):
        if not self.queue:
            self.queue = self.rng.choices(range(len(self.docs)), self.weights, k=len(self.docs))
        return self.docs[self.queue.pop()]

    def draw(self):
        """(text, {tag: weight}, key of the main document or None)."""
        rng = self.rng
        if rng.random() < 0.06:
            return self.from_words()
        if rng.random() < self.share:
            doc = rng.choice(self.more)
            text = self.shaken(doc["text"]) if rng.random() < 0.4 else doc["text"]
            return (self.wrapped(text) if rng.random() < 0.5 else text), dict(doc["weights"]), doc["key"]
        doc = self.document()
        raw = rng.random() < 0.15
        text = clean_light(doc["text"]) if raw else doc["clean"]
        weights = {t: 1.0 for t in doc["tags"]}
        if rng.random() < 0.25:
            text, weights = self.mixed(doc, text)
        if rng.random() < 0.6:
            text = self.shaken(text)
        if rng.random() < 0.12:
            text = text + "\n\n" + " ".join(self.some_words(weights))
        rate = rng.choice([0, 0, 0, 0.1, 0.2, 0.35, 0.5])
        if rate:
            text = thinned(text, rate, rng)
        if rng.random() < 0.5:
            text = self.wrapped(text)
        if rng.random() < 0.04:
            text = text.lower()
        return text, weights, doc["key"]

    def mixed(self, doc, text):
        """Halves of two documents that share a tag; a tag weighs what its documents weigh."""
        other = self.docs[self.rng.choice(self.by_tag[self.rng.choice(doc["tags"])])]
        if other is doc:
            return text, {t: 1.0 for t in doc["tags"]}
        first, second = units(text), units(other["clean"])
        part = self.rng.uniform(0.3, 0.7)
        kept = [u for u in first if self.rng.random() < 1 - part * 0.5] + [u for u in second if self.rng.random() < part]
        weights = defaultdict(float)
        for t in doc["tags"]:
            weights[t] += 1 - part * 0.5
        for t in other["tags"]:
            weights[t] += part
        best = sorted(weights, key=lambda t: -weights[t])[:3]
        return "\n\n".join(kept) or text, {t: weights[t] for t in best}

    def shaken(self, text):
        """Sentences dropped, paragraphs reordered, a start cut off."""
        parts = units(text)
        if len(parts) > 3:
            if self.rng.random() < 0.4:
                head, rest = parts[:1], parts[1:]
                self.rng.shuffle(rest)
                parts = head + rest if self.rng.random() < 0.7 else rest + head
            if self.rng.random() < 0.5:
                parts = [p for p in parts if self.rng.random() > 0.3] or parts[:1]
            if self.rng.random() < 0.1:
                parts = parts[1:]
        return "\n\n".join(parts)

    def wrapped(self, text):
        """Boilerplate before, between and after."""
        parts = text.split("\n\n")
        for _ in range(self.rng.randint(1, 5)):
            at = self.rng.choice([0, len(parts), len(parts), self.rng.randint(0, len(parts))])
            parts.insert(at, fill(self.rng.choice(BOILERPLATE), [], self.rng))
        return "\n\n".join(parts)

    def lengthened(self, text):
        """The document among so much boilerplate that it may reach a thousand tokens."""
        for _ in range(self.rng.randint(2, 8)):
            text = self.wrapped(text)
        return text

    def some_words(self, tags):
        words = []
        for t in tags:
            entry = self.table[self.names[t]]
            words += self.rng.sample(entry["words"], min(2, len(entry["words"])))
        return words

    def from_words(self):
        """A made-up document that says little more than the words of its tags."""
        rng = self.rng
        tags = self.docs[rng.randrange(len(self.docs))]["tags"] if rng.random() < 0.6 else [rng.choice(list(self.names))]
        lines = []
        for t in tags:
            entry = self.table[self.names[t]]
            words = entry["words"] + entry["names"] + [self.names[t].strip().replace("-", " ")]
            lines += [fill(rng.choice(SENTENCES), words, rng) for _ in range(rng.randint(1, 3))]
        rng.shuffle(lines)
        text = "\n".join(lines)
        text = f"# {rng.choice(NAMES).title()}\n\n{text}" if rng.random() < 0.6 else text
        return (self.wrapped(text) if rng.random() < 0.4 else text), {t: 1.0 for t in tags}, None


def clean_light(text):
    """The document as it stands, in part of the training."""
    return re.sub(r"\n{3,}", "\n\n", text)


def units(text):
    """Paragraphs, long ones cut into sentences."""
    out = []
    for block in text.split("\n\n"):
        if len(block) > 200 and "\n" not in block:
            out += [s for s in SENTENCE.split(block) if s]
        elif block.strip():
            out.append(block)
    return out


def thinned(text, rate, rng):
    """Each word dropped with probability `rate`."""
    return re.sub(r" ?[^\s]+", lambda m: "" if rng.random() < rate else m.group(0), text)
