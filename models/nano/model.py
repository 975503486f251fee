"""MiniCPM3 in plain PyTorch, as llama.cpp computes it: multi-head latent attention, gated FFN, scaled residuals.

Sources: MiniCPM (Hu et al. 2024, arXiv:2404.06395) for the three scales; DeepSeek-V2 (arXiv:2405.04434) for the latent
attention. Made for training on a CPU: many documents attend to the keys and values of one shared prefix, and the last
layer is computed only where an answer is asked for.
"""

import math
from dataclasses import asdict, dataclass

import torch
import torch.nn as nn
import torch.nn.functional as F

SCALE_EMB, BASE, SCALE_DEPTH = 12.0, 256, 1.4


@dataclass
class Config:
    vocab: int = 8192
    dim: int = 256
    layers: int = 3
    heads: int = 4
    nope: int = 32
    rope: int = 32
    value: int = 64
    q_rank: int = 128
    kv_rank: int = 128
    ffn: int = 512
    eps: float = 1e-5
    theta: float = 10000.0

    dict = asdict


class Norm(nn.Module):
    def __init__(self, dim, eps):
        super().__init__()
        self.weight, self.eps = nn.Parameter(torch.ones(dim)), eps

    def forward(self, x):
        return F.rms_norm(x, (x.shape[-1],), self.weight, self.eps)


def rotate(x, cos, sin):
    """RoPE in the split-halves order (GPT-NeoX, arXiv:2104.09864); x is (..., tokens, rope)."""
    half = x.shape[-1] // 2
    a, b = x[..., :half], x[..., half:]
    return torch.cat([a * cos - b * sin, b * cos + a * sin], -1)


class Layer(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.c = c
        self.attn_norm, self.ffn_norm = Norm(c.dim, c.eps), Norm(c.dim, c.eps)
        self.q_a, self.q_a_norm = nn.Linear(c.dim, c.q_rank, bias=False), Norm(c.q_rank, c.eps)
        self.q_b = nn.Linear(c.q_rank, c.heads * (c.nope + c.rope), bias=False)
        self.kv_a, self.kv_a_norm = nn.Linear(c.dim, c.kv_rank + c.rope, bias=False), Norm(c.kv_rank, c.eps)
        self.kv_b = nn.Linear(c.kv_rank, c.heads * (c.nope + c.value), bias=False)
        self.o = nn.Linear(c.heads * c.value, c.dim, bias=False)
        self.gate, self.up = nn.Linear(c.dim, c.ffn, bias=False), nn.Linear(c.dim, c.ffn, bias=False)
        self.down = nn.Linear(c.ffn, c.dim, bias=False)
        self.scale = SCALE_DEPTH / math.sqrt(c.layers)

    def keys_values(self, normed, cos, sin):
        c, (b, t, _) = self.c, normed.shape
        latent, k_pe = self.kv_a(normed).split([c.kv_rank, c.rope], -1)
        kv = self.kv_b(self.kv_a_norm(latent)).view(b, t, c.heads, c.nope + c.value).transpose(1, 2)
        k, v = kv.split([c.nope, c.value], -1)
        k_pe = rotate(k_pe, cos, sin).unsqueeze(1).expand(b, c.heads, t, c.rope)
        return torch.cat([k, k_pe.to(k.dtype)], -1), v

    def forward(self, x, cos, sin, past, mask, at=None):
        """x (b, t, dim) -> (out, keys, values); with `at` (b, n) only those positions are computed."""
        c = self.c
        normed = self.attn_norm(x)
        k, v = self.keys_values(normed, cos, sin)
        new = (k, v)
        if past is not None:
            k = torch.cat([past[0].expand(x.shape[0], -1, -1, -1).to(k.dtype), k], 2)
            v = torch.cat([past[1].expand(x.shape[0], -1, -1, -1).to(v.dtype), v], 2)
        if at is not None:
            pick = at.unsqueeze(-1).expand(-1, -1, c.dim)
            x, normed = x.gather(1, pick), normed.gather(1, pick)
            cos, sin, mask = cos[at].unsqueeze(1), sin[at].unsqueeze(1), mask[at].unsqueeze(1)
        b, t, _ = x.shape
        q = self.q_b(self.q_a_norm(self.q_a(normed))).view(b, t, c.heads, c.nope + c.rope).transpose(1, 2)
        q = torch.cat([q[..., :c.nope], rotate(q[..., c.nope:], cos, sin).to(q.dtype)], -1)
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask).transpose(1, 2).reshape(b, t, -1)
        x = x + self.scale * self.o(y)
        h = self.ffn_norm(x)
        return x + self.scale * self.down(F.silu(self.gate(h)) * self.up(h)), new


class Model(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.c = c
        self.embed = nn.Embedding(c.vocab, c.dim)
        self.layers = nn.ModuleList(Layer(c) for _ in range(c.layers))
        self.norm = Norm(c.dim, c.eps)
        self.head = nn.Linear(c.dim, c.vocab, bias=False)
        freq = c.theta ** (-torch.arange(0, c.rope, 2).float() / c.rope)
        angles = torch.arange(4096).float()[:, None] * freq[None]
        self.register_buffer("cos", angles.cos(), persistent=False)
        self.register_buffer("sin", angles.sin(), persistent=False)
        for name, p in self.named_parameters():
            if p.dim() == 2:
                nn.init.normal_(p, std=1 / SCALE_EMB if "embed" in name else 0.7 / math.sqrt(p.shape[1]))

    def forward(self, ids, past=None, at=None, drop=0.0):
        """ids (b, t) after `past`, one (keys, values) a layer -> (hidden states, new keys and values, middle states).

        Padding stands on the right, so the causal mask keeps it out. `at` (b, n): positions wanted from the last layer.
        """
        start = past[0][0].shape[2] if past is not None else 0
        t = ids.shape[1]
        cos, sin = self.cos[start:start + t], self.sin[start:start + t]
        mask = torch.ones(t, start + t, dtype=torch.bool).tril(start)
        x = F.dropout(self.embed(ids) * SCALE_EMB, drop, self.training)
        cache, middle = [], None
        for i, layer in enumerate(self.layers):
            last = i == len(self.layers) - 1
            if last:
                middle = x
            x, kv = layer(x, cos, sin, past[i] if past is not None else None, mask, at if last else None)
            cache.append(kv)
        return self.norm(x), cache, middle

    def logits(self, hidden):
        return self.head(hidden * (BASE / self.c.dim))


def shared(cache, width=1):
    """The cache of one sequence, cut to its batch row 0, for use as `past` of a batch."""
    return [(k[:width], v[:width]) for k, v in cache]
