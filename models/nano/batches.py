"""Training batches: one list of names for many documents, and the wanted distribution at every decision."""

import random
import re
from collections import Counter

import numpy as np

import data
from decode import Scaffold

WORD = re.compile(r"[A-Za-z\u0400-\u04ff]{4,16}")
OTHER_NAMES = """cooking photography travel music health sports education weather maps gardening fashion news podcast
recipe astronomy biology chemistry physics mathematics history law politics government religion art design marketing
advertising email calendar notes bookmarks family pets cars bikes trains aviation maritime energy climate agriculture
construction real-estate insurance tax payroll hr recruiting logistics shipping printing typography fonts icons
animation audio speech translation accessibility internationalization geospatial genomics medicine dentistry fitness
nutrition meditation dating social-network forum wiki documentation spreadsheet presentation pdf ocr barcode scraping
crawler automation telephony sms push-notifications payments subscriptions analytics-platform recommendation vision
simulation quantum fpga hardware electronics radio satellite 3d-printing laser drone-racing chess poker puzzles""".split()


class Batcher:
    """batch(size) -> one prefix, padded documents with their answers, and sparse targets."""

    def __init__(self, pieces, maker, soft, seed=0, stop_share=0.1, teacher_share=0.4, budget=(96, 350), custom=0.18, full=0.45):
        self.pieces, self.maker, self.soft = pieces, maker, soft
        self.rng, self.stop_share, self.teacher_share = random.Random(seed), stop_share, teacher_share
        self.budget, self.custom, self.full = budget, custom, full
        self.names, self.table = data.names_by_id(), data.aliases()
        self.ids = sorted(self.names)
        self.place = {t: i for i, t in enumerate(self.ids)}
        self.scaffold, self.pool = Scaffold(pieces), []
        counts = Counter(w for d in maker.docs for w in set(w.lower() for w in WORD.findall(d["clean"])))
        self.rare = {w for w, n in counts.items() if n <= 0.02 * len(maker.docs)}

    def draw_list(self, docs):
        """(mode, {tag id: shown name}, [more names]) for a batch of (text, weights, key)."""
        rng, every = self.rng, list(self.names)
        mode = rng.random()
        if mode < self.full:
            return {t: self.names[t] for t in every}, []
        size = int(np.exp(rng.uniform(np.log(8), np.log(60))))
        wanted = [t for _, w, _ in docs for t in w]
        keep = set(rng.sample(every, size // 2)) | {rng.choice(wanted) for _ in range(size - size // 2)}
        if mode > 1 - self.custom:
            shown, more = {}, set(rng.sample(OTHER_NAMES, rng.randint(2, 12)))
            for t in keep:
                shown[t] = rng.choice(self.table[self.names[t]]["names"]) if rng.random() < 0.6 else self.names[t]
            for text, _, _ in docs:
                if rng.random() < 0.6:
                    found = Counter(w for w in map(str.lower, WORD.findall(text[:800])) if w in self.rare)
                    if found:
                        more.add(rng.choice([w for w in found if found[w] == max(found.values())]))
            used = {n.strip() for n in shown.values()}
            return shown, [m for m in sorted(more) if m not in used]
        return {t: self.names[t] for t in keep}, []

    def batch(self, size):
        rng = self.rng
        long = rng.random() < 0.03
        size = max(1, size // 3) if long else size
        if len(self.pool) < size:                # batches of documents of like length: less padding
            self.pool = sorted((self.maker.draw() for _ in range(6 * size)), key=lambda d: len(d[0]))
        at = rng.randint(0, len(self.pool) - size)
        docs, self.pool = self.pool[at:at + size], self.pool[:at] + self.pool[at + size:]
        docs = [(self.maker.lengthened(t), w, k) for t, w, k in docs] if long else docs
        shown, more = self.draw_list(rng.sample(docs, max(1, size // 3)))
        shown = {t: n for t, n in shown.items() if self.scaffold.name(n)}
        more = [n for n in more if self.scaffold.name(n)]
        for i, doc in enumerate(docs):          # most documents should have a tag in the list
            for _ in range(6):
                if any(t in shown for t in docs[i][1]) or rng.random() < 0.06:
                    break
                docs[i] = self.maker.draw()
        listed = list(shown.values()) + more
        rng.shuffle(listed)
        if len(shown) == len(self.names) and rng.random() < 0.2:
            listed = list(self.names.values())
        longest = 1000 if long else int(np.exp(rng.uniform(np.log(self.budget[0]), np.log(self.budget[1]))))
        rows = [self.row(doc, shown, more, longest) for doc in docs]
        width = max(len(r["ids"]) for r in rows)
        count = max(len(r["at"]) for r in rows)
        out = {"prefix": self.scaffold.prefix(listed), "ids": np.zeros((size, width), dtype=np.int64),
               "at": np.zeros((size, count), dtype=np.int64), "valid": np.zeros((size, count), dtype=bool),
               "length": np.array([r["length"] for r in rows]), "whole": np.stack([r["whole"] for r in rows])}
        position, token, weight, number = [], [], [], 0
        for b, r in enumerate(rows):
            out["ids"][b, :len(r["ids"])] = r["ids"]
            out["at"][b, :len(r["at"])] = r["at"]
            out["valid"][b, :len(r["at"])] = True
            for goals in r["goals"]:
                for tok, w in goals:
                    position.append(number), token.append(tok), weight.append(w)
                number += 1
        out.update(position=np.array(position), token=np.array(token), weight=np.array(weight, dtype=np.float32))
        return out

    def row(self, doc, shown, more, longest):
        """Tokens of one document with an answer, the positions that decide, and [(token, weight)] for each of them."""
        rng, sc, (text, weights, key) = self.rng, self.scaffold, doc
        ids = self.pieces.encode(text)[:longest] or self.scaffold.newline
        length, opinion = len(ids), self.soft.get(key)
        low = text.lower()
        gold = {shown[t]: w for t, w in weights.items() if t in shown}
        for word in more:
            if re.search(r"\b" + re.escape(word.replace("-", " ")) + r"\b", low):
                gold[word] = 0.7
        max_tags = rng.choice([3, 3, 3, 3, 1, 2, 4, 5])
        ids = ids + sc.suffix(max_tags)
        others = {shown[t]: float(opinion[self.place[t]]) for t in shown} if opinion is not None else {}
        at, goals, chosen = [len(ids) - 1], [], []
        small = 0.3

        def say(tokens, targets):
            for tok, goal in zip(tokens, targets):
                ids.append(tok), goals.append(goal), at.append(len(ids) - 1)

        while True:
            left = {n: w for n, w in gold.items() if n not in chosen}
            stop, lead = (sc.close, sc.separator) if chosen else (sc.none, sc.quote)
            if not left or len(chosen) == max_tags:
                share = 1.0 if len(chosen) == max_tags or not chosen else self.stop_share
                lead = [(stop[0], share)] + ([(sc.separator, 1 - share)] if share < 1 else [])
                say(stop, [lead] + [[(tok, small)] for tok in stop[1:]])
                goals.append([(self.pieces.end, small)])
                break
            name = rng.choices(list(left), list(left.values()))[0]
            path = sc.name(name)
            goal, total = Counter(), sum(left.values())
            rest = {n: p for n, p in others.items() if n not in chosen}
            teacher = self.teacher_share if sum(rest.values()) > 0.01 else 0.0
            for n, w in left.items():
                goal[sc.name(n)[0]] += (1 - teacher) * w / total
            for n, p in sorted(rest.items(), key=lambda x: -x[1])[:12] if teacher else []:
                goal[sc.name(n)[0]] += teacher * p / sum(rest.values())
            say([lead, *path], [[(lead, 1.0)], list(goal.items())] + [[(tok, 1.0)] for tok in path[1:]])
            chosen.append(name)
        whole = np.zeros(len(self.ids), dtype=np.float32)
        for t, w in weights.items():
            whole[self.place[t]] = w / sum(weights.values())
        if opinion is not None:
            whole = (1 - self.teacher_share) * whole + self.teacher_share * opinion / opinion.sum()
        return {"ids": ids, "at": at, "goals": goals, "length": length, "whole": whole}
