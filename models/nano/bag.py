"""A bag of pieces trained to give the tags: the start values of the embeddings (fastText, arXiv:1607.01759).

Pieces that differ in case or in the blank before them share one row while the bag is trained.
"""

import numpy as np
import torch
import torch.nn.functional as F

import tokenizer

SEMANTIC = 96


def forms(pieces):
    """For each token the index of its lower-case form without the blank, and how many forms there are."""
    index, out = {}, []
    for i in range(pieces.size):
        p = pieces.piece(i)
        key = p.replace(tokenizer.BLANK, "").lower() or p
        out.append(index.setdefault(key, len(index)))
    return torch.tensor(out), len(index)


class Bag(torch.nn.Module):
    def __init__(self, form, count, tags, dim=SEMANTIC):
        super().__init__()
        self.form = form
        self.rows = torch.nn.Embedding(count, dim)
        self.out = torch.nn.Linear(dim, tags)
        torch.nn.init.normal_(self.rows.weight, std=0.02)

    def forward(self, batch):
        """batch: lists of token ids."""
        flat = self.form[torch.tensor([i for ids in batch for i in ids])]
        offsets = torch.tensor(np.cumsum([0] + [len(ids) for ids in batch[:-1]]))
        return self.out(F.embedding_bag(flat, self.rows.weight, offsets, mode="mean"))


def train(pieces, draw, target, tags, steps=500, size=256, lr=0.03, seed=0):
    """draw() -> (text, weights, key); target(weights, key) -> distribution over tags. Returns the trained bag."""
    torch.manual_seed(seed)
    form, count = forms(pieces)
    bag = Bag(form, count, tags)
    best = torch.optim.AdamW(bag.parameters(), lr=lr, weight_decay=0.01, betas=(0.9, 0.98))
    for step in range(steps):
        for g in best.param_groups:
            g["lr"] = lr * min(1, step / 30) * (1 - step / steps)
        batch = [draw() for _ in range(size)]
        ids = [pieces.encode(t)[:400] or [0] for t, _, _ in batch]
        wanted = torch.tensor(np.stack([target(w, k) for _, w, k in batch]), dtype=torch.float32)
        loss = -(wanted * F.log_softmax(bag(ids), -1)).sum(-1).mean()
        best.zero_grad(), loss.backward(), best.step()
    return bag


def targets(ids, soft, share=0.4):
    """The wanted distribution: the weights of the gold tags, and a share of the teacher's opinion."""
    place = {t: i for i, t in enumerate(ids)}

    def target(weights, key):
        row = np.zeros(len(ids), dtype=np.float32)
        for t, w in weights.items():
            row[place[t]] = w
        row /= row.sum()
        if key in soft:
            opinion = soft[key]
            row = (1 - share) * row + share * opinion / opinion.sum()
        return row
    return target
