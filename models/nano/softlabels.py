"""Out-of-fold probabilities of the linear teacher for every corpus document, kept in work/soft.npz (not delivered)."""

import os

import numpy as np

import data
import teacher

PATH = os.path.join(data.HERE, "work", "soft.npz")
FOLDS = 5


def compute(docs):
    ids = sorted(data.names_by_id())
    extra_texts, extra_tags = teacher.tag_texts(ids)
    texts = [d["clean"][:teacher.CHARS] for d in docs]
    out = np.zeros((len(docs), len(ids)), dtype=np.float32)
    for fold in range(FOLDS):
        inside = [i for i in range(len(docs)) if i % FOLDS != fold]
        outside = [i for i in range(len(docs)) if i % FOLDS == fold]
        model = teacher.Teacher(ids, chars=False).fit([texts[i] for i in inside] + extra_texts,
                                                      [docs[i]["tags"] for i in inside] + extra_tags)
        out[outside] = model.probabilities([texts[i] for i in outside])
    top = [[ids[j] for j in np.argsort(-row)[:3]] for row in out]
    print("out-of-fold teacher", teacher.micro(top, [d["tags"] for d in docs]))
    os.makedirs(os.path.dirname(PATH), exist_ok=True)
    np.savez(PATH, keys=np.array([d["key"] for d in docs]), soft=out, ids=np.array(ids))


def load():
    """{key: squared probabilities over sorted tag ids}: squared, since the sum of many small ones would flatten the target."""
    if not os.path.exists(PATH):
        return {}
    z = np.load(PATH)
    return dict(zip(z["keys"].tolist(), z["soft"] ** 2))


if __name__ == "__main__":
    compute(data.corpus())
