"""What words of other languages mean in English, from translated descriptions: python translate.py WORK.

Debian's descriptions are translated paragraph by paragraph. IBM's first model (Brown et al. 1993) says which English
word each foreign word stands for: of every paragraph it shares each foreign word out among the English ones, as often
as they went together so far, and counts again. WORK gets translations.pkl: {word: [(English word, share)]}.
"""

import os
import pickle
import random
import sys
import time
from collections import Counter

import numpy as np

from data import LANGUAGES
from words import words

ENGLISH = 8000  # most frequent English words of the paragraphs
FOREIGN = 6000
PARAGRAPHS = 40000
LONGEST = 70  # different words of a paragraph
ROUNDS = 4
BEST = 6
SEEN = 10  # a word seen this often is half its translations, half what was learnt of it


def paragraphs(docs, language):
    """Pairs of paragraphs (English, other), as sets of words: different ones only."""
    seen = set()
    for doc in docs:
        if language not in doc["text"]:
            continue
        (short, body), (other_short, other_body) = doc["text"]["en"], doc["text"][language]
        pairs = zip([short, *body.split("\n\n")], [other_short, *other_body.split("\n\n")])
        for english, other in pairs:
            if english and other and english != other and english not in seen:
                seen.add(english)
                yield set(words(english)), set(words(other))


def translations(docs, language, rng):
    """{word: (how often, [(English word, share)])}."""
    pairs = [p for p in paragraphs(docs, language) if all(len(side) <= LONGEST for side in p)]
    pairs = rng.sample(pairs, min(PARAGRAPHS, len(pairs)))
    counts = [Counter(w for pair in pairs for w in pair[side]) for side in (0, 1)]
    english = {w: i for i, (w, n) in enumerate(counts[0].most_common(ENGLISH)) if n >= 3}
    other = {w: i for i, (w, n) in enumerate(counts[1].most_common(FOREIGN)) if n >= 3}
    places = []
    for here, there in pairs:
        rows = np.array(sorted(other[w] for w in there if w in other), np.int32)
        columns = np.array(sorted(english[w] for w in here if w in english), np.int32)
        if len(rows) and len(columns):
            places.append(rows[:, None] * len(english) + columns)
    likely = np.ones(len(other) * len(english), np.float32)
    for _ in range(ROUNDS):
        together = np.zeros_like(likely)
        for place in places:
            share = likely[place]
            together[place] += share / share.sum(1, keepdims=True)
        table = together.reshape(len(other), len(english))
        likely = (table / table.sum(0).clip(1e-6)).ravel()
    table /= table.sum(1, keepdims=True).clip(1e-6)
    names, out = list(english), {}
    for word, row in other.items():
        best = np.argsort(-table[row])[:BEST]
        out[word] = counts[1][word], [(names[i], float(table[row, i])) for i in best if table[row, i] > 0.03]
    return out


class Dictionary:
    """What rows of a vocabulary's foreign words are made of: shares of rows of English words."""

    def __init__(self, work, words, english):
        with open(os.path.join(work, "translations.pkl"), "rb") as f:
            languages = pickle.load(f)
        at = {w: i for i, w in enumerate(words)}
        self.parts = {}
        for row in range(english, len(words)):
            found = [t[words[row]] for t in languages.values() if words[row] in t]
            total, parts = sum(count for count, _ in found) + SEEN, Counter()
            for count, best in found:
                for name, share in best:
                    if at.get(name, english) < english:
                        parts[at[name]] += share * count / total
            if parts:
                self.parts[row] = list(parts), np.array(list(parts.values()), np.float32)

    def apply(self, values):
        """Gives foreign words the English ones' values by their shares; what is not shared out stays as it is."""
        for row, (rows, shares) in self.parts.items():
            values[row] = (1 - shares.sum()) * values[row] + np.tensordot(shares, values[rows], 1)


def main():
    work = sys.argv[1]
    with open(os.path.join(work, "debian.pkl"), "rb") as f:
        docs = pickle.load(f)["docs"]
    out, began = {}, time.time()
    for language in LANGUAGES:
        out[language] = translations(docs, language, random.Random(1))
        print(language, len(out[language]), f"{time.time() - began:.0f} s", flush=True)
    with open(os.path.join(work, "translations.pkl"), "wb") as f:
        pickle.dump(out, f)


if __name__ == "__main__":
    main()
