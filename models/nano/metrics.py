"""Micro-averaged figures of tag lists against the gold."""


def micro(predicted, gold, allowed=None):
    """(F1, precision, recall, precision where `allowed` also counts as right)."""
    hit = sum(len(set(p) & set(g)) for p, g in zip(predicted, gold))
    said, wanted = sum(map(len, predicted)), sum(map(len, gold))
    near = sum(len(set(p) & (set(g) | set(a))) for p, g, a in zip(predicted, gold, allowed or gold))
    precision, recall = hit / max(1, said), hit / max(1, wanted)
    f1 = 2 * hit / max(1, said + wanted)
    return {"f1": f1, "precision": precision, "recall": recall, "precision_ok": near / max(1, said)}
