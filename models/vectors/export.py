"""Rows to int8, n-grams fitted to the words, everything into one file: python export.py CHECKPOINT [OUT]."""

import json
import os
import sys

import numpy as np
import torch
from gguf import GGUFWriter
from torch.nn.functional import embedding_bag

from reference import ARCHITECTURE
from scorer import LONGEST
from words import NGRAMS, ngrams

HERE = os.path.dirname(os.path.abspath(__file__))
BUCKETS = 8192
STEPS = 400


def packed(rows, bits):
    """(integers, a scale a row): int8, or two numbers of four bits in a byte, the first one in its lower half, plus 8."""
    if bits == 8:
        scale = np.abs(rows).max(1).clip(1e-8) / 127
        return np.round(rows / scale[:, None]).astype(np.int8), scale.astype(np.float32)
    best, best_scale, least = None, None, np.full(len(rows), np.inf)
    for share in (0.6, 0.7, 0.8, 0.9, 1.0):  # clipping the largest numbers a little loses less
        scale = np.abs(rows).max(1).clip(1e-8) * share / 7
        whole = np.clip(np.round(rows / scale[:, None]), -8, 7)
        loss = np.square(whole * scale[:, None] - rows).sum(1)
        better = loss < least
        best = whole if best is None else np.where(better[:, None], whole, best)
        best_scale = scale if best_scale is None else np.where(better, scale, best_scale)
        least = np.minimum(loss, least)
    halves = (best + 8).astype(np.uint8)
    return (halves[:, 0::2] | halves[:, 1::2] << 4).view(np.int8), best_scale.astype(np.float32)


def fit_ngrams(words, vectors, buckets, seed=1):
    """Rows for n-grams whose mean comes near the vector of a word."""
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    usable = [i for i, w in enumerate(words) if len(w) > 2]
    grams = [torch.tensor(ngrams(words[i], buckets)) for i in usable]
    target = torch.from_numpy(vectors[usable])
    table = torch.zeros(buckets, vectors.shape[1], requires_grad=True)
    optimizer = torch.optim.Adam([table], lr=0.02)
    for step in range(STEPS):
        picked = torch.randint(len(usable), (2048,))
        flat = torch.cat([grams[i] for i in picked])
        lengths = torch.tensor([0] + [len(grams[i]) for i in picked[:-1]]).cumsum(0)
        got = embedding_bag(flat, table, lengths, mode="mean")
        loss = (got - target[picked]).square().sum(1).mean()
        for group in optimizer.param_groups:
            group["lr"] = 0.02 * (1 - step / STEPS)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(f"n-grams leave {loss.item() / target.square().sum(1).mean().item():.2f} of the words' squared length")
    return table.detach().numpy()


def narrowed(vectors, width):
    """The rows in the `width` directions that hold most of their squared length."""
    if width >= vectors.shape[1]:
        return vectors
    _, turn = np.linalg.eigh(vectors.T @ vectors)
    return vectors @ turn[:, ::-1][:, :width]


def main():
    out = sys.argv[2] if len(sys.argv) > 2 else os.path.join(HERE, "minitag-vectors.gguf")
    saved = torch.load(sys.argv[1], weights_only=False)
    words, vectors, state, config = saved["words"], saved["vectors"], saved["state"], saved["config"]
    weights = np.exp(state["weight"])
    for values in (vectors, weights):
        saved["dictionary"].apply(values)
    vectors = narrowed(vectors.astype(np.float32), int(os.environ.get("WIDTH", "128")))
    keep = sorted((w for w in words), key=lambda w: w.encode())
    at = {w: i for i, w in enumerate(words)}
    order = [at[w] for w in keep]
    row_of = {at[w]: i for i, w in enumerate(keep)}
    weight = weights[order].astype(np.float32)
    bits = int(os.environ.get("BITS", "4"))
    rows, scale = packed(vectors[order].astype(np.float32), bits)
    buckets = int(os.environ.get("BUCKETS", BUCKETS))
    grams, gram_scale = packed(fit_ngrams(keep, vectors[order].astype(np.float32), buckets), bits)
    bags = [[row_of[i] for i in np.concatenate(b) if i in row_of] for b in saved["bags"]]
    writer = GGUFWriter(out, ARCHITECTURE)
    writer.add_name("minitag vectors")
    writer.add_license("Apache-2.0 OR MIT")
    put = lambda key, add, value: getattr(writer, f"add_{add}")(f"{ARCHITECTURE}.{key}", value)
    put("width", "uint32", vectors.shape[1])
    put("bits", "uint32", bits)
    put("buckets", "uint32", buckets)
    put("ngrams", "array", list(NGRAMS))
    put("longest", "uint32", LONGEST)
    put("best", "uint32", 3)
    put("unknown_weight", "float32", float(os.environ.get("UNKNOWN", "0.4")))
    for key in ("facet", "in_title", "described"):
        put(key, "float32", float(np.exp(state[key])))
    head = [float(x) for x in state["head"]]
    head[2] += float(os.environ.get("BIAS", "0.75"))
    put("config", "string", json.dumps(config, sort_keys=True))
    put("figures", "string", os.environ.get("FIGURES", ""))
    put("commit", "string", os.environ.get("COMMIT", ""))
    put("index_sha256", "string", config["index"])
    text = "".join(f"{word}\n" for word in keep)
    for key, data in (
        ("words.text", np.frombuffer(text.encode(), np.int8)),
        ("mix", np.array([float(x) for x in state["mix"]], np.float32)),
        ("head", np.array(head, np.float32)),
        ("words", rows),
        ("words.scale", scale),
        ("words.weight", weight),
        ("ngrams", grams),
        ("ngrams.scale", gram_scale),
        ("background", np.array([i for b in bags for i in b], np.int32)),
        ("background.start", np.cumsum([0] + [len(b) for b in bags]).astype(np.int32)),
    ):
        writer.add_tensor(key, np.ascontiguousarray(data))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    print(f"{out}: {len(keep)} words, {os.path.getsize(out) / 1e6:.2f} MB, head {head}")


if __name__ == "__main__":
    main()
