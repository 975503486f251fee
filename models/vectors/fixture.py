"""Texts and lists of our own with their scores, for the test of the program: python fixture.py [GGUF]."""

import json
import os
import sys

from reference import FILE, HERE, Vectors, chosen

LISTS = {
    "plain": [
        {"name": n}
        for n in (
            "recipes", "travel", "insurance", "database", "web server", "games", "machine-learning", "garden", "health",
            "command line", "school", "music", "zymurgy", "filesystem",
        )
    ],
    "facets": [
        {"name": "use: editing", "description": "Changing texts or images"},
        {"name": "use: searching", "description": "Finding things again"},
        {"name": "works with: audio", "description": "Sound and music"},
        {"name": "works-with::images"},
        {"name": "field/medicine", "description": "Doctors, patients and drugs"},
        {"name": "interface: command-line", "description": "Used by typing"},
        {"name": "os::macos-apis"},
        {"name": "Localization (L10n)", "description": "Translating programs"},
    ],
    "languages": [
        {"name": n} for n in ("Rezepte", "assurance", "база данных", "数据库", "ゲーム", "viaggio", "HTTPServer", "!?")
    ],
}
TEXTS = [
    "Plum cake\n\nButter, sugar, eggs and flour. Bake the cake for forty minutes at 180 degrees.",
    "# embDB\n\nAn embedded key-value database for Rust with transactions, written in safe code.\n\n- No server",
    "# HTTPServer in one file\nServes files over HTTP/2 from the command line. Run `serveHere --port 8080`.",
    "Your trip to Lisbon\n\nFlight TP 571 on 3 May, four nights at the hotel, breakfast included.",
    "Versicherungsschein\n\nIhre Hausratversicherung deckt Schäden durch Feuer und Leitungswasser.",
    "# 数据库工具\n\n一个小型数据库，支持全文搜索和备份。",
    "ゲームの説明\n\nパズルを解いて次の部屋へ進むゲームです。",
    "glyphsmithery\n\nZymurgical wrdsmthng for qwxyz and İstanbul; ΣΊΣΥΦΟΣ rolls stones.",
    "Editing sound\n\nAn editor for audio: cut, mix and convert recordings, remove noise, write MP3 and FLAC.",
    "Votre assurance voyage\n\nLe contrat couvre l'annulation du voyage et les frais médicaux.",
    "База данных\n\nПрограмма хранит таблицы и ищет по ним.",
    "",
]


def main():
    scorer = Vectors(sys.argv[1] if len(sys.argv) > 1 else FILE)
    out = {"lists": LISTS, "texts": TEXTS, "scores": {}}
    for name, tags in LISTS.items():
        encoded = scorer.tags([(t["name"], t.get("description", "")) for t in tags])
        rows = [scorer.score(text, encoded) for text in TEXTS]
        out["scores"][name] = [[round(float(x), 4) for x in row] for row in rows]
        for text, row in zip(TEXTS, rows):
            print(name, repr(text[:24]), [(tags[i]["name"], round(float(row[i]), 1)) for i in chosen(row)])
    with open(os.path.join(HERE, "fixture.json"), "w", encoding="utf-8") as f:
        f.write(json.dumps(out, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    main()
