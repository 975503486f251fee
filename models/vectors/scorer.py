"""The model in PyTorch: a bag of word vectors for the document, one for the tag, and a small head."""

import numpy as np
import torch
from torch import nn
from torch.nn.functional import normalize

from words import name_parts, stem

FEATURES = ("cosine", "matches", "names", "title", "whole")
LONGEST = 160  # different words of a document


class Bags:
    """Turns bags and names into arrays; knows the stem of every word."""

    def __init__(self, ids):
        self.ids, self.stems, self.stem_of = ids, [], {}

    def _fill(self):
        if len(self.stems) < len(self.ids.of):
            for word in list(self.ids.of)[len(self.stems) :]:
                self.stems.append(self.stem_of.setdefault(stem(word), len(self.stem_of)))
            self.table = np.array(self.stems, np.int32)

    def documents(self, bags):
        """(ids [B, L], counts [B, L], in title [B, L]), padded with -1."""
        rows = []
        for title, body in bags:
            unique, first, count = np.unique(np.concatenate([title, body]), return_index=True, return_counts=True)
            order = np.argsort(first)[:LONGEST]
            rows.append((unique[order], count[order], first[order] < len(title)))
        longest = max([1] + [len(r[0]) for r in rows])
        out = np.full((len(rows), longest), -1, np.int64)
        count, title = np.ones(out.shape, np.float32), np.zeros(out.shape, np.float32)
        for i, (a, b, c) in enumerate(rows):
            out[i, : len(a)], count[i, : len(a)], title[i, : len(a)] = a, b, c
        return out, count, title

    def names(self, tags):
        """(word ids [M], tag of each [M], in the facet [M]) of names, and (ids, tags) of descriptions."""
        words, owner, facet, text, text_owner = [], [], [], [], []
        for n, (name, description) in enumerate(tags):
            before, after = name_parts(name)
            for part, flag in ((before, 1), (after, 0)):
                for i in self.ids(" ".join(part)):
                    words.append(i), owner.append(n), facet.append(flag)
            for i in self.ids(description):
                text.append(i), text_owner.append(n)
        as_int = [np.array(a, np.int64) for a in (words, owner, text, text_owner)]
        return as_int[0], as_int[1], np.array(facet, np.float32), as_int[2], as_int[3]

    def hits(self, documents, title, words):
        """Whether a stem of the name is in the document, and in its title: [B, M] each."""
        self._fill()
        wanted = self.table[words]
        found, at_head = np.zeros((2, len(documents), len(words)), np.float32)
        for i, row in enumerate(documents):
            row_stems = self.table[row[row >= 0]]
            found[i] = np.isin(wanted, row_stems)
            at_head[i] = np.isin(wanted, row_stems[title[i][row >= 0] > 0])
        return found, at_head


class Scorer(nn.Module):
    def __init__(self, start, weights, width):
        super().__init__()
        self.known = len(start)
        self.register_buffer("start", start)
        _, _, v = torch.linalg.svd(start[:: max(1, len(start) // 12000)], full_matrices=False)
        self.turn = nn.Parameter(v[:width].T.contiguous())
        self.delta = nn.Embedding(self.known, width, sparse=True)
        nn.init.zeros_(self.delta.weight)
        self.weight = nn.Parameter(weights)
        self.facet = nn.Parameter(torch.tensor(-0.7))
        self.in_title = nn.Parameter(torch.tensor(0.7))
        self.described = nn.Parameter(torch.tensor(-1.0))
        self.mix = nn.Parameter(torch.tensor([8.0, 4.0, 1.0, 1.0, 0.5]))
        self.head = nn.Parameter(torch.tensor([1.0, 0.3, 0.0]))
        self.best = 3

    def vectors(self, ids):
        """Vectors of words and their weights; words without a row have none."""
        known = (ids >= 0) & (ids < self.known)
        rows = torch.where(known, ids, 0)
        unique, back = torch.unique(rows, return_inverse=True)
        vector = (self.start[unique] @ self.turn + self.delta(unique))[back] * known[..., None]
        return vector, torch.where(known, self.weight[rows], torch.tensor(0.0)).exp()

    def tags(self, words, owner, facet, text, text_owner, count):
        vector, weight = self.vectors(words)
        weight = weight * (facet * self.facet).exp()
        total = torch.zeros(count).index_add(0, owner, weight)
        share = weight / total[owner].clamp(min=1e-6)
        whole = torch.zeros(count, vector.shape[1]).index_add(0, owner, vector * weight[:, None])
        whole = normalize(whole, dim=1)
        if len(text):
            v, w = self.vectors(text)
            extra = torch.zeros(count, v.shape[1]).index_add(0, text_owner, v * w[:, None])
            whole = normalize(whole + normalize(extra, dim=1) * self.described.exp(), dim=1)
        return vector, share, whole

    def features(self, documents, count, title, names, found, at_head, tags):
        """[B, C, features] before the background is taken off."""
        words, owner, _, _, _ = names
        vector, share, whole = tags
        of_words, weight = self.vectors(documents)
        weight = weight * (documents >= 0) * (1 + count.log()) * (title * self.in_title).exp()
        bag = normalize((of_words * weight[..., None]).sum(1), dim=1)
        near = torch.einsum("bld,md->blm", normalize(of_words, dim=-1), normalize(vector, dim=1))
        near = torch.where((documents >= 0)[..., None], near, torch.tensor(-1.0))
        near = torch.maximum(near, (documents[..., None] == words).float())
        best = near.topk(min(self.best, near.shape[1]), dim=1).values.mean(1)
        by_tag = lambda m: torch.zeros(len(documents), len(whole)).index_add(1, owner, m * share)
        names_found = by_tag(found)
        return torch.stack(
            [bag @ whole.T, by_tag(best), names_found, by_tag(at_head), (names_found > 0.99).float()], dim=2
        )

    def raw(self, features):
        return features @ self.mix

    def logits(self, raw):
        """Raw scores less the background, against the list as a whole."""
        scale, rival, bias = self.head
        return scale * raw - rival * torch.logsumexp(raw, 1, keepdim=True) + bias

    def forward(self, documents, names, count):
        ids, counts, title, found, at_head = documents
        tags = self.tags(*names, count)
        return self.features(ids, counts, title, names, found, at_head, tags)


def arrays(bags_of, bags, tags):
    """Everything that the model wants of a batch, as tensors."""
    ids, count, title = bags_of.documents(bags)
    names = bags_of.names(tags)
    found, at_head = bags_of.hits(ids, title, names[0])
    to = torch.from_numpy
    return (to(ids), to(count), to(title), to(found), to(at_head)), tuple(map(to, names))
