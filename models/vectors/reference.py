"""How minitag-vectors.gguf scores the tags of a list for a document, in numpy. The program does the same.

    scorer = Vectors("minitag-vectors.gguf")
    tags = scorer.tags([("use: editing", ""), ("games", "things to play")])
    scorer.score("# Chess\\nA board game.", tags)     # ln-odds, one a tag; above 0 is chosen, at most three

A word's vector is its row, or for a word without one the mean of the rows of its character n-grams. Rows are whole
numbers times a scale of their own: int8, or (bits = 4) two in a byte, the first in its lower half, 8 too large. A word's weight is a number of its own (`unknown_weight` for a word without a row).
"""

import os
from itertools import pairwise

import numpy as np
from gguf import GGUFReader

from words import name_parts, ngrams, stem, words

HERE = os.path.dirname(os.path.abspath(__file__))
FILE = os.path.join(HERE, "minitag-vectors.gguf")
ARCHITECTURE = "minitag-vectors"


def unit(rows):
    """Rows of length 1; a row of zeros stays."""
    length = np.linalg.norm(rows, axis=-1, keepdims=True)
    return rows / np.where(length > 1e-12, length, 1)


def unpacked(data, bits):
    """[rows, width] whole numbers."""
    if bits == 8:
        return data
    data = data.view(np.uint8)
    return np.stack([data & 15, data >> 4], axis=2).reshape(len(data), -1).astype(np.int8) - 8


class Vectors:
    def __init__(self, path=FILE):
        reader = GGUFReader(path)

        def value(key):
            return reader.fields[f"{ARCHITECTURE}.{key}"].contents()

        tensors = {t.name: t.data for t in reader.tensors}
        names = bytes(tensors["words.text"]).decode().splitlines()
        self.row_of = {w: i for i, w in enumerate(names)}
        self.rows, self.scale, self.weight = (tensors[k] for k in ("words", "words.scale", "words.weight"))
        self.grams, self.gram_scale = tensors["ngrams"], tensors["ngrams.scale"]
        bits = value("bits")
        self.rows, self.grams = unpacked(self.rows, bits), unpacked(self.grams, bits)
        self.buckets, self.longest, self.best = value("buckets"), value("longest"), value("best")
        self.unknown_weight, self.facet = value("unknown_weight"), value("facet")
        self.in_title, self.described = value("in_title"), value("described")
        self.mix, self.head = tensors["mix"], tensors["head"]
        ids, starts = tensors["background"], tensors["background.start"]
        spans = pairwise(starts)
        self.background = [self.document([], [names[i] for i in ids[a:b]]) for a, b in spans]

    def vectors(self, ws):
        """(vectors, weights) of words."""
        out, weight = np.zeros((len(ws), self.rows.shape[1]), np.float32), np.zeros(len(ws), np.float32)
        for n, word in enumerate(ws):
            row = self.row_of.get(word)
            if row is not None:
                out[n], weight[n] = self.rows[row] * self.scale[row], self.weight[row]
            else:
                grams = ngrams(word, self.buckets)
                out[n] = (self.grams[grams] * self.gram_scale[grams, None]).mean(0) if grams else 0
                weight[n] = self.unknown_weight
        return out, weight

    def document(self, title, body):
        """A bag: every different word once, the first `longest` of them."""
        count, in_title = {}, set(title)
        for word in title + body:
            count[word] = count.get(word, 0) + 1
        ws = list(count)[: self.longest]
        vectors, weight = self.vectors(ws)
        weight = weight * (1 + np.log([count[w] for w in ws])) if ws else weight
        weight = weight * [self.in_title if w in in_title else 1 for w in ws]
        bag = unit((vectors * weight[:, None]).sum(0))
        return {
            "words": set(ws),
            "near": unit(vectors),
            "bag": bag,
            "stems": {stem(w) for w in ws},
            "title": {stem(w) for w in ws if w in in_title},
        }

    def tags(self, tags):
        """What is computed once a list: [(name, description or "")]. Arrays over all words of all names."""
        ws, owner, near, share, whole = [], [], [], [], []
        for n, (name, description) in enumerate(tags):
            facet, own = name_parts(name)
            vectors, weight = self.vectors(facet + own)
            weight = weight * ([self.facet] * len(facet) + [1] * len(own))
            bag, extra = unit((vectors * weight[:, None]).sum(0)), words(description)
            if extra:
                v, w = self.vectors(extra)
                bag = unit(bag + self.described * unit((v * w[:, None]).sum(0)))
            ws += facet + own
            owner += [n] * len(weight)
            near.append(unit(vectors))
            share.append(weight / max(weight.sum(), 1e-6))
            whole.append(bag)
        out = {"count": len(tags), "owner": np.array(owner, int), "stems": [stem(w) for w in ws], "expected": 0.0}
        out |= {"near": np.concatenate(near), "share": np.concatenate(share), "whole": np.array(whole)}
        out["expected"] = np.mean([self.raw(d, out) for d in self.background], axis=0)
        return out

    def raw(self, document, tags):
        """One number a tag, before the list is looked at; what documents score on average is taken off."""

        def by_tag(of_words):
            return np.bincount(tags["owner"], of_words * tags["share"], tags["count"])

        if document["words"]:
            near = document["near"] @ tags["near"].T
            best = by_tag(np.sort(near, axis=0)[-self.best :].mean(0))
        else:
            best = np.zeros(tags["count"])
        found = by_tag(np.array([s in document["stems"] for s in tags["stems"]], float))
        at_head = by_tag(np.array([s in document["title"] for s in tags["stems"]], float))
        features = [tags["whole"] @ document["bag"], best, found, at_head, found > 0.99]
        return self.mix @ np.array(features, np.float32) - tags["expected"]

    def score(self, text, tags):
        """ln-odds of every tag for a text; its first line is its title."""
        title, _, body = text.partition("\n")
        document = self.document(words(title), words(body))
        raw = self.raw(document, tags)
        scale, rival, bias = self.head
        top = raw.max()
        return scale * raw - rival * (top + np.log(np.exp(raw - top).sum())) + bias


def chosen(scores, most=3):
    """The tags above 0, best first."""
    return [int(i) for i in np.argsort(-scores, kind="stable")[:most] if scores[i] > 0]
