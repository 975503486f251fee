"""Trains the model: python train.py DEV.jsonl --steps 2200 --run NAME [--all] [--resume]

DEV.jsonl, as condense.py condenses it, is looked at for its first 20 documents only, and never trained on. Without
--all, 8 % of the corpus is held out and judged as well. Learning rate: warm-up, a plateau, then a fall to zero.
Checkpoints and the log lie in work/NAME/.
"""

import argparse
import math
import os
import shutil
import time

import numpy as np
import torch
import torch.nn.functional as F

import augment
import bag
import batches
import data
import softlabels
import tokenizer
from decode import Tagger
from metrics import micro
from model import SCALE_EMB, Config, Model


def start_from_bag(model, found, pieces, ids, gain):
    """Semantic part of the embeddings from the bag, the rest random by word form; every layer begins as a uniform pool."""
    c, s = model.c, bag.SEMANTIC
    generator = torch.Generator().manual_seed(1)
    noise = lambda *shape: torch.randn(*shape, generator=generator)
    rows = found.rows.weight.detach()
    used = rows.norm(dim=1)
    rows = rows / used[used > used.median()].pow(2).mean().sqrt() * math.sqrt(s)
    identity = noise(len(rows), c.dim - s)[found.form] + 0.3 * noise(c.vocab, c.dim - s)
    with torch.no_grad():
        model.embed.weight.copy_(torch.cat([rows[found.form], identity], 1) / SCALE_EMB)
        model.head.weight.copy_(torch.cat([0.1 * noise(c.vocab, s), 0.3 * identity], 1) * 0.1)
        out = found.out.weight.detach()
        out = out / out.pow(2).mean().sqrt()
        sc, names = batches.Scaffold(pieces), data.names_by_id()
        for i, t in enumerate(ids):
            model.head.weight[sc.name(names[t])[0], :s] = 0.3 * out[i]
        for layer in model.layers:
            layer.q_b.weight.mul_(0.1)
            layer.kv_a.weight[:s] = 0
            layer.kv_a.weight[:s, :s] = torch.eye(s)
            layer.kv_a.weight[s:c.kv_rank, :s] = 0
            wide = layer.kv_b.weight.view(c.heads, c.nope + c.value, c.kv_rank)
            o = layer.o.weight.view(c.dim, c.heads, c.value)
            for j in range(s):
                h, v = divmod(j, c.value)
                wide[h, c.nope + v] = 0
                wide[h, c.nope + v, j] = 1
                o[:, h, v] *= 0.1
                o[j, h, v] = gain
            layer.down.weight.mul_(0.5)


def loss_of(model, aux, batch, drop, aux_weight):
    """(loss, decision loss, aux loss) of one batch."""
    _, cache, _ = model(torch.tensor([batch["prefix"]]))
    hidden, _, middle = model(torch.from_numpy(batch["ids"]), cache, torch.from_numpy(batch["at"]), drop)
    logp = torch.log_softmax(model.logits(hidden[torch.from_numpy(batch["valid"])]).float(), -1)
    size = len(batch["length"])
    picked = logp[torch.from_numpy(batch["position"]), torch.from_numpy(batch["token"])]
    decisions = -(picked * torch.from_numpy(batch["weight"])).sum() / size
    length = torch.from_numpy(batch["length"])
    inside = (torch.arange(middle.shape[1])[None] < length[:, None]).to(middle.dtype)
    pooled = (F.rms_norm(middle, middle.shape[-1:]) * inside.unsqueeze(-1)).sum(1) / length[:, None]
    side = -(torch.from_numpy(batch["whole"]) * torch.log_softmax(aux(pooled.float()) , -1)).sum(-1).mean()
    return decisions + aux_weight * side, decisions.item(), side.item()


def judge(model, pieces, sets, names, budget, stop_bias=0.0):
    """Micro figures of each set of (texts, gold)."""
    tagger = Tagger(model, pieces, list(names.values()), stop_bias=stop_bias)
    place = {n: t for t, n in names.items()}
    out = []
    for texts, gold in sets:
        said = [[place[n] for n, _ in tagger.tags(t, budget)] for t in texts]
        m = micro(said, gold)
        out.append(f"F1 {m['f1']:.3f} P {m['precision']:.3f} R {m['recall']:.3f} n {sum(map(len, said)) / len(said):.2f}")
    return " | ".join(out)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("dev")
    parser.add_argument("--steps", type=int, default=2200)
    parser.add_argument("--run", default="try")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--start", help="a final.pt whose weights to begin with")
    parser.add_argument("--more", help="documents with the answers of `minitag batch --scores=all`: data.tagged")
    parser.add_argument("--custom", type=float, default=0.18, help="share of lists with names of the user's own")
    parser.add_argument("--full", type=float, default=0.45, help="share of lists with all known names")
    parser.add_argument("--size", type=int, default=24)
    parser.add_argument("--layers", type=int, default=3)
    parser.add_argument("--ffn", type=int, default=512)
    parser.add_argument("--lr", type=float, default=2e-3)
    parser.add_argument("--embed-lr", type=float, default=0.5)
    parser.add_argument("--gain", type=float, default=2.0)
    parser.add_argument("--drop", type=float, default=0.1)
    parser.add_argument("--aux", type=float, default=0.5)
    parser.add_argument("--stop", type=float, default=0.1)
    parser.add_argument("--bag-steps", type=int, default=500)
    parser.add_argument("--every", type=int, default=500, help="steps between two checkpoints")
    parser.add_argument("--random-start", action="store_true")
    parser.add_argument("--float32", action="store_true")
    parser.add_argument("--seed", type=int, default=0)
    a = parser.parse_args()
    began = time.time()
    torch.manual_seed(a.seed)
    torch.set_num_threads(2)
    folder = os.path.join(data.HERE, "work", a.run)
    os.makedirs(folder, exist_ok=True)

    def say(*words):
        line = f"{(time.time() - began) / 60:6.2f} min " + " ".join(map(str, words))
        print(line, flush=True)
        with open(os.path.join(folder, "log.txt"), "a", encoding="utf-8") as log:
            log.write(line + "\n")

    docs = data.corpus()
    train_docs, held = (docs, []) if a.all else data.split(docs)
    dev = data.read_jsonl(a.dev)[:20]
    sets = [([d.get("clean", d["text"]) for d in s], [d["tags"] for d in s]) for s in (held[:100], dev) if s]
    names, ids = data.names_by_id(), sorted(data.names_by_id())
    pieces = tokenizer.Pieces()
    soft, more = softlabels.load(), data.tagged(a.more) if a.more else ([], {})
    soft.update(more[1])
    maker = augment.Augmenter(train_docs, a.seed, more[0])
    say(len(soft), "documents with an opinion of the teacher")
    batcher = batches.Batcher(pieces, maker, soft, a.seed, a.stop, custom=a.custom, full=a.full)
    model = Model(Config(vocab=pieces.size, layers=a.layers, ffn=a.ffn))
    aux = torch.nn.Linear(model.c.dim, len(ids))
    if a.start:
        model.load_state_dict(torch.load(a.start, weights_only=False)["average"], strict=False)
    elif not a.random_start and not a.resume:
        found = bag.train(pieces, maker.draw, bag.targets(ids, soft), len(ids), steps=a.bag_steps)
        start_from_bag(model, found, pieces, ids, a.gain)
    say(vars(a), len(train_docs), "documents", sum(p.numel() for p in model.parameters()), "parameters", model.c)
    embeds, matrices, vectors = [model.embed.weight, model.head.weight], [], []
    for n, p in list(model.named_parameters()) + list(aux.named_parameters()):
        if not any(p is e for e in embeds):
            (matrices if p.dim() == 2 else vectors).append(p)
    groups = [{"params": embeds, "weight_decay": 0.0, "scale": a.embed_lr}, {"params": matrices, "weight_decay": 0.05, "scale": 1.0},
              {"params": vectors, "weight_decay": 0.0, "scale": 1.0}]
    best = torch.optim.AdamW(groups, lr=a.lr, betas=(0.9, 0.98), eps=1e-9, fused=True)
    average = {n: p.detach().clone() for n, p in model.state_dict().items()}
    step, seen = 0, 0
    path = os.path.join(folder, "state.pt")
    if a.resume and os.path.exists(path):
        state = torch.load(path, weights_only=False)
        model.load_state_dict(state["model"]), aux.load_state_dict(state["aux"]), best.load_state_dict(state["best"])
        average, step, seen = state["average"], state["step"], state["tokens"]
        batcher.rng.seed(a.seed + step), maker.rng.seed(a.seed + step)
    shutil.copy(tokenizer.PATH, folder)
    recent, tokens, shown = [], 0, time.time()
    while step < a.steps:
        done = step / a.steps
        rate = min(1, (step + 1) / 60) * (1 if done < 0.5 else max(0.02, (1 - done) / 0.5))
        for g in best.param_groups:
            g["lr"] = a.lr * rate * g["scale"]
        model.train()
        batch = batcher.batch(a.size)
        with torch.autocast("cpu", torch.bfloat16, enabled=not a.float32):
            loss, decisions, side = loss_of(model, aux, batch, a.drop, a.aux)
        best.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        best.step()
        step += 1
        decay = min(0.995, (step + 1) / (step + 20))
        with torch.no_grad():
            for n, p in model.state_dict().items():
                average[n].lerp_(p, 1 - decay)
        recent.append((decisions, side))
        seen += batch["ids"].size
        tokens += batch["ids"].size + len(batch["prefix"])
        if step % 50 == 0:
            say(step, "loss {:.3f} aux {:.3f}".format(*np.mean(recent, 0)), f"{tokens / (time.time() - shown):.0f} tokens/s", f"lr {rate:.2f}")
            recent, tokens, shown = [], 0, time.time()
        if step % a.every == 0:
            judged = Model(model.c)
            judged.load_state_dict(average, strict=False)
            say("judged", step, judge(judged, pieces, sets, names, 300))
            torch.save({"tokens": seen, "model": model.state_dict(), "aux": aux.state_dict(), "best": best.state_dict(), "average": average,
                        "step": step, "config": model.c.dict()}, path)
            shown, tokens = time.time(), 0
    model.load_state_dict(average, strict=False)
    torch.save({"average": average, "config": model.c.dict(), "step": step, "seed": a.seed, "corpus": data.digest()},
               os.path.join(folder, "final.pt"))
    for bias in (0.0, -1.0, -2.0, 1.0):
        say("final", step, "stop", bias, judge(model, pieces, sets, names, 300, bias))


if __name__ == "__main__":
    main()
