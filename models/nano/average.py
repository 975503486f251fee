"""Averages the weights of two checkpoints of one training: python average.py FIRST SECOND SHARE OUT.

A fine-tuned model is better at what it was tuned for and worse at the rest; a mean of its weights and of those it
began with often keeps most of both (WiSE-FT, arXiv 2109.01903). SHARE is the second one's.
"""

import os
import shutil
import sys

import torch


def main():
    first, second, share, out = sys.argv[1], sys.argv[2], float(sys.argv[3]), sys.argv[4]
    mixed, tuned = (torch.load(path, weights_only=False) for path in (first, second))
    for name, values in mixed["average"].items():
        if values.is_floating_point():
            mixed["average"][name] = (1 - share) * values + share * tuned["average"][name]
    os.makedirs(os.path.dirname(out), exist_ok=True)
    torch.save(mixed, out)
    shutil.copy(os.path.join(os.path.dirname(first), "tokenizer.model"), os.path.dirname(out))


if __name__ == "__main__":
    main()
