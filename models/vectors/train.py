"""Training: python train.py WORK CORPUS OUT [STEPS].

WORK has debian.pkl, the translations and the teacher's vectors, CORPUS our documents as the program condenses them.
"""

import json
import os
import random
import sys
import time
from collections import Counter

import numpy as np
import torch
from torch.nn.functional import binary_cross_entropy_with_logits as bce

from lists import Mixture
from lists import sources as read_sources
from scorer import Bags, Scorer, arrays
from translate import Dictionary

CONFIG = {
    "width": 128,
    "steps": 2400,
    "seeds": [19, 20, 21, 22, 23, 24],
    "shares": {"debian": 0.24, "corpus": 0.19, "wordnet": 0.09, "topics": 0.03, "written": 0.45},
    "rate": 2e-3,
    "rate_rows": 2e-3,
    "rate_small": 2e-2,
    "farthest": 0.8,
    "background": 48,
}


def starting_vectors(work):
    """(words, vectors of 384, dictionary): English from MiniLM, others as their translations."""
    with open(os.path.join(work, "vocabulary.json"), encoding="utf-8") as f:
        vocab = json.load(f)
    words, english = vocab["english"] + vocab["other"], len(vocab["english"])
    start = np.zeros((len(words), 384), np.float32)
    start[:english] = np.load(os.path.join(work, "minilm.npy"))
    start[:english] -= start[:english].mean(0)
    start[:english] /= np.linalg.norm(start[:english], axis=1, keepdims=True)
    dictionary = Dictionary(work, words, english)
    dictionary.apply(start)
    return words, start / np.linalg.norm(start, axis=1, keepdims=True).clip(1e-6), dictionary


def frequencies(debian, corpus, known):
    """In what part of documents a word is: of English ones with ours, or of the language that has it most."""
    counts, totals = {}, Counter()

    def see(language, bag, times=1):
        ids = np.unique(bag)
        counts.setdefault(language, np.zeros(known))[ids[ids < known]] += times
        totals[language] += times

    for doc in debian.docs:
        for language, (short, body) in doc["ids"].items():
            see(language, np.concatenate([short, body]))
    for title, body, _ in corpus.docs:
        see("en", np.concatenate([title, body]), 10)
    return np.max([count / (totals[language] + 1) for language, count in counts.items()], axis=0)


def loss_of(logits, gold):
    """Each tag on its own, and the fitting ones against all others and none."""
    known = (gold >= 0).float()
    fits = (gold > 0).float()
    each = (bce(logits, fits, reduction="none") * known).sum(1)
    others = torch.where(gold == 0, logits, torch.tensor(-30.0))
    rest = torch.logsumexp(torch.cat([others, torch.zeros(len(logits), 1)], 1), 1, keepdim=True)
    against = (torch.nn.functional.softplus(rest - logits) * fits).sum(1) / fits.sum(1).clamp(min=1)
    none = torch.nn.functional.softplus(torch.logsumexp(others, 1)) * (fits.sum(1) == 0)
    return (0.5 * each + against + none).mean()


def background(sources, rng, size):
    """Bags of documents of every source: what a tag scores on them is taken off."""
    bags = []
    while len(bags) < size:
        batch = rng.choice(sources).batch(rng)[0]
        bags.extend((a[:0], np.concatenate([a, b])) for a, b in rng.sample(batch, 6))
    return bags[:size]


def trained(config, seed, sources, ids, start, weights):
    """(vectors, other numbers) after all steps, with everything drawn by this seed."""
    torch.manual_seed(seed)
    known, steps = len(start), config["steps"]
    model = Scorer(torch.from_numpy(start), torch.from_numpy(weights), config["width"])
    bags_of = Bags(ids)
    small = [p for p in model.parameters() if p.numel() < 16]
    rest = [model.turn, model.weight]
    optimizers = [
        torch.optim.SparseAdam([model.delta.weight], lr=config["rate_rows"]),
        torch.optim.Adam(
            [{"params": rest, "lr": config["rate"]}, {"params": small, "lr": config["rate_small"]}], betas=(0.9, 0.98)
        ),
    ]
    groups = [g for o in optimizers for g in o.param_groups]
    rates = [g["lr"] for g in groups]
    shares = config["shares"]
    mixture = Mixture([sources[k] for k in shares], list(shares.values()), seed)
    rng, log, began = random.Random(seed), [], time.time()
    for step in range(steps):
        bags, tags, gold = mixture.batch()
        extra = background(mixture.sources, rng, 12) if step % 8 == 0 else extra  # noqa: F821
        documents, names = arrays(bags_of, list(bags) + extra, tags)
        features = model(documents, names, len(tags))
        raw = model.raw(features)
        raw = raw[: len(bags)] - raw[len(bags) :].mean(0)
        loss = loss_of(model.logits(raw), torch.from_numpy(gold))
        for group, rate in zip(groups, rates):
            group["lr"] = rate * min(1, (step + 1) / 100) * max(0.02, 1 - step / steps)
        for optimizer in optimizers:
            optimizer.zero_grad()
        loss.backward()
        for optimizer in optimizers:
            optimizer.step()
        with torch.no_grad():  # no word goes farther from its start than this
            used = torch.cat([documents[0].flatten(), names[0], names[3]]).unique()
            used = used[(used >= 0) & (used < known)]
            moved = model.delta.weight[used]
            model.delta.weight[used] = moved * (config["farthest"] / moved.norm(dim=1, keepdim=True)).clamp(max=1)
        log.append(loss.item())
        if step % 100 == 99:
            values = [round(x, 2) for x in model.mix.tolist() + model.head.tolist()]
            others = [round(x.item(), 2) for x in (model.facet, model.in_title, model.described)]
            print(step + 1, round(np.mean(log[-100:]), 3), values, others, f"{time.time() - began:.0f} s", flush=True)
    with torch.no_grad():
        vectors = (model.start @ model.turn + model.delta.weight).numpy()
    return vectors, {k: v.detach().numpy() for k, v in model.named_parameters() if k not in ("turn", "delta.weight")}


def main():
    work, corpus_path, out = sys.argv[1:4]
    config = dict(CONFIG, **json.loads(os.environ.get("VECTORS", "{}")))
    if len(sys.argv) > 4:
        config["steps"] = int(sys.argv[4])
    torch.set_num_threads(1)
    words, start, dictionary = starting_vectors(work)
    began = time.time()
    ids, sources = read_sources(work, corpus_path, words)
    debian, corpus = sources["debian"], sources["corpus"]
    print(f"{len(words)} words, {len(debian.docs)} packages, {time.time() - began:.0f} s", flush=True)
    frequency = frequencies(debian, corpus, len(words))
    weights = np.log(1e-2 / (1e-2 + frequency)).astype(np.float32)
    bags = background(list(sources.values()), random.Random(7), config["background"])
    bags = [(a[a < ids.known], b[b < ids.known]) for a, b in bags]
    runs = []
    for seed in config["seeds"]:  # from one start, so that the mean of several is a model, too
        runs.append(trained(config, seed, sources, ids, start, weights))
        vectors = np.mean([vectors for vectors, _ in runs], axis=0)
        state = {k: np.mean([state[k] for _, state in runs], axis=0) for k in runs[0][1]}
        config["runs"], config["index"] = len(runs), debian.hash
        saved = {"words": words, "vectors": vectors, "state": state, "bags": bags, "config": config}
        torch.save(saved | {"dictionary": dictionary}, out)


if __name__ == "__main__":
    main()
