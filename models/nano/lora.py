"""Trains a LoRA adapter for the built-in model: python lora.py MODEL.gguf TRAIN.jsonl OUT.gguf [--rank 16] [--epochs 4]

TRAIN.jsonl is what `minitag export-sft --sft-format tokens` writes: what is learnt is exactly what classification feeds and
compares. Only the answers' tokens count. Method: LoRA (Hu et al. 2021, arXiv:2106.09685). Tensor names are llama.cpp's.

Only matrices that llama.cpp's MiniCPM3 passes through its LoRA code are trained: o, gate, up, down of each layer, and the
output. Adapters on the four latent projections (q_a, q_b, kv_a, kv_b) are loaded there, and have no effect.
"""

import argparse
import json
import math
import os
import random
import time

import gguf
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

import export

TARGETS = ["o", "gate", "up", "down", "head"]


class Lora(nn.Module):
    """A matrix that stays as it is, and beside it `scale * B A` of low rank."""

    def __init__(self, base, rank, alpha):
        super().__init__()
        self.base, self.scale = base.requires_grad_(False), alpha / rank
        self.a = nn.Parameter(torch.randn(rank, base.in_features) / math.sqrt(base.in_features))
        self.b = nn.Parameter(torch.zeros(base.out_features, rank))

    def forward(self, x):
        return self.base(x) + self.scale * F.linear(F.linear(x, self.a), self.b)


def adapt(model, targets, rank, alpha):
    """Puts adapters around the target matrices: {parameter of model.py: adapter}."""
    for p in model.parameters():
        p.requires_grad_(False)
    found = {}
    for name, module in list(model.named_modules()):
        if isinstance(module, nn.Linear) and name.split(".")[-1] in targets:
            parent = model.get_submodule(name.rpartition(".")[0])
            found[name + ".weight"] = Lora(module, rank, alpha)
            setattr(parent, name.split(".")[-1], found[name + ".weight"])
    return found


def batches(samples, size, rng):
    """Samples of like length together: padded ids, the positions before each learnt token, the tokens."""
    order = sorted(rng.sample(samples, len(samples)), key=lambda s: len(s["input_ids"]) // 24)
    groups = [order[i:i + size] for i in range(0, len(order), size)]
    rng.shuffle(groups)
    for group in groups:
        learnt = [[i - 1 for i, label in enumerate(s["labels"]) if label != -100] for s in group]
        width, count = max(len(s["input_ids"]) for s in group), max(map(len, learnt))
        ids, at = torch.zeros(len(group), width, dtype=torch.long), torch.zeros(len(group), count, dtype=torch.long)
        goal = torch.full((len(group), count), -100)
        for row, (s, places) in enumerate(zip(group, learnt)):
            ids[row, :len(s["input_ids"])] = torch.tensor(s["input_ids"])
            at[row, :len(places)] = torch.tensor(places)
            goal[row, :len(places)] = torch.tensor([s["labels"][i + 1] for i in places])
        yield ids, at, goal


def write(adapters, names, alpha, path):
    """The adapters as a GGUF file, in 16-bit floats."""
    w = gguf.GGUFWriter(path, "minicpm3")
    w.add_type(gguf.GGUFType.ADAPTER)
    w.add_name(os.path.basename(path).removesuffix(".gguf"))
    w.add_string(gguf.Keys.Adapter.TYPE, "lora")
    w.add_float32(gguf.Keys.Adapter.LORA_ALPHA, float(alpha))
    for mine, lora in adapters.items():
        for part, values in (("lora_a", lora.a), ("lora_b", lora.b)):
            w.add_tensor(f"{names[mine]}.{part}", np.ascontiguousarray(values.detach().numpy().astype(np.float16)))
    w.write_header_to_file(), w.write_kv_data_to_file(), w.write_tensors_to_file(), w.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("train")
    parser.add_argument("out")
    parser.add_argument("--rank", type=int, default=16)
    parser.add_argument("--alpha", type=float, default=32)
    parser.add_argument("--epochs", type=float, default=4)
    parser.add_argument("--size", type=int, default=16)
    parser.add_argument("--lr", type=float, default=2e-3)
    parser.add_argument("--targets", nargs="+", default=TARGETS, choices=TARGETS)
    parser.add_argument("--seed", type=int, default=0)
    a = parser.parse_args()
    torch.manual_seed(a.seed)
    rng = random.Random(a.seed)
    with open(a.train, encoding="utf-8") as f:
        samples = [json.loads(line) for line in f]
    model = export.read(a.model)
    adapters = adapt(model, a.targets, a.rank, a.alpha)
    learnt = [p for lora in adapters.values() for p in (lora.a, lora.b)]
    print(f"{len(samples)} samples, {sum(p.numel() for p in learnt)} parameters in {len(adapters)} matrices", flush=True)
    best = torch.optim.AdamW(learnt, lr=a.lr, betas=(0.9, 0.98), weight_decay=0.01)
    steps = math.ceil(len(samples) / a.size * a.epochs)
    began, step, recent = time.time(), 0, []
    while step < steps:
        for ids, at, goal in batches(samples, a.size, rng):
            rate = min(1, (step + 1) / 30) * 0.5 * (1 + math.cos(math.pi * step / steps))
            for group in best.param_groups:
                group["lr"] = a.lr * max(0.02, rate)
            hidden, _, _ = model(ids, at=at)
            loss = F.cross_entropy(model.logits(hidden).flatten(0, 1), goal.flatten(), ignore_index=-100)
            best.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(learnt, 1.0)
            best.step()
            step += 1
            recent.append(loss.item())
            if step % 50 == 0 or step == steps:
                print(f"{step}/{steps} loss {np.mean(recent):.3f} {time.time() - began:.0f} s", flush=True)
                recent = []
            if step == steps:
                break
    write(adapters, export.names(model.c), a.alpha, a.out)
    print(f"{a.out}: {os.path.getsize(a.out) / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
