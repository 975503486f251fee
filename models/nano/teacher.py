"""The linear teacher and two baselines: python teacher.py DEV.jsonl prints their figures on a condensed dev set.

Teacher: TF-IDF of words and of character 3- to 5-grams, one logistic regression a tag.
"""

import sys

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_union

import data
from metrics import micro

CHARS = 1500


def features(chars=True):
    word = TfidfVectorizer(sublinear_tf=True, min_df=2, token_pattern=r"(?u)[^\W_]+")
    if not chars:
        return word
    return make_union(word, TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True, min_df=3,
                                            max_features=60000))


class Teacher:
    """fit(texts, tags), then probabilities(texts) with one column a tag of `ids`."""

    def __init__(self, ids, chars=True):
        self.ids, self.features = list(ids), features(chars)
        self.model = OneVsRestClassifier(LogisticRegression(C=30, class_weight="balanced", max_iter=200,
                                                            solver="liblinear"))

    def fit(self, texts, tags):
        rows = self.features.fit_transform(texts)
        wanted = np.array([[t in tag for t in self.ids] for tag in tags], dtype=int)
        self.model.fit(rows, wanted)
        return self

    def probabilities(self, texts):
        return self.model.predict_proba(self.features.transform(texts))


def tag_texts(ids):
    """One short text a tag: its name, its aliases and its words, so that the words are known to the linear model."""
    table, names = data.aliases(), data.names_by_id()
    return [" ".join([names[i]] + table[names[i]]["names"] + table[names[i]]["words"]) for i in ids], [[i] for i in ids]


def keyword_tags(text, names, table, top=3):
    """Tags whose name, alias or word occurs in the text, the most occurrences first (names count three times)."""
    low = " " + text.lower() + " "
    scores = {}
    for i, name in names.items():
        entry = table[name]
        score = 3 * sum(low.count(n.lower().replace("-", " ")) + low.count(n.lower()) for n in [name.strip()])
        score += sum(low.count(w.lower()) > 0 for w in entry["words"] + entry["names"])
        if score:
            scores[i] = score
    return sorted(scores, key=lambda i: -scores[i])[:top]


def report(label, predicted, dev):
    m = micro(predicted, [d["tags"] for d in dev], [d["ok"] for d in dev])
    print(f"{label:32s} F1 {m['f1']:.3f}  P {m['precision']:.3f}  R {m['recall']:.3f}  P(tags or ok) {m['precision_ok']:.3f}",
          flush=True)


def main():
    dev = [{"ok": [], **d} for d in data.read_jsonl(sys.argv[1])]
    docs, names = data.corpus(), data.names_by_id()
    ids = sorted(names)
    extra = tag_texts(ids)
    texts, tags = [d["clean"][:CHARS] for d in docs], [d["tags"] for d in docs]
    asked = [d["text"][:CHARS] for d in dev]
    print(len(docs), "corpus documents")
    for label, chars, more in [("words", False, False), ("words + tag texts", False, True), ("words + chars + tag texts", True, True)]:
        model = Teacher(ids, chars).fit(texts + (extra[0] if more else []), tags + (extra[1] if more else []))
        probabilities = model.probabilities(asked)
        report("teacher, " + label, [[ids[j] for j in np.argsort(-row)[:3]] for row in probabilities], dev)
    report("keywords", [keyword_tags(t, names, data.aliases()) for t in asked], dev)


if __name__ == "__main__":
    main()
