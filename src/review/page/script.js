"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const { key, max_tags: most, tags, documents } = JSON.parse($("data").textContent);

  // What was reviewed: a document's place, and the places of its tags.
  let answers = new Map();
  // The document that is shown, and its tags that have a number.
  let at = 0;
  let numbered = [];
  // Whether there is something that neither the browser nor a file has kept.
  let unkept = false;

  // A file that is opened from a disk may have no storage.
  const load = () => {
    try {
      const known = JSON.parse(localStorage.getItem(key)) ?? [];
      answers = new Map(known.filter(([place]) => place in documents));
    } catch {
      answers = new Map();
    }
  };
  const keep = () => {
    try {
      localStorage.setItem(key, JSON.stringify([...answers]));
      unkept = false;
    } catch {
      unkept = answers.size > 0;
    }
  };

  const make = (name, properties, ...children) => {
    const element = Object.assign(document.createElement(name), properties);
    element.append(...children);
    return element;
  };

  const current = () => answers.get(at) ?? documents[at].given;

  const say = (problem) => { $("problem").textContent = problem; };

  const set = (given) => {
    if (given) answers.set(at, given); else answers.delete(at);
    keep();
    drawProgress();
  };

  // Gives a tag or takes it away; false if there are too many.
  const toggle = (tag) => {
    const given = current();
    const without = given.filter((other) => other !== tag);
    if (without.length === given.length && given.length >= most) {
      say(`A document has at most ${most} tags: take one away first.`);
      return false;
    }
    say("");
    set(without.length < given.length ? without : [...given, tag]);
    return true;
  };

  const HEADING = /^#+ /;
  const percent = (p) => (p >= 0.995 ? ">99 %" : p < 0.005 ? "<1 %" : `${Math.round(p * 100)} %`);

  // A tag with its box; with its probability and its number if it has them.
  const row = (tag, p, number) => {
    const box = make("input", { type: "checkbox", checked: current().includes(tag) });
    box.dataset.tag = tag;
    box.addEventListener("change", () => {
      if (!toggle(tag)) box.checked = false;
      draw();
    });
    const { label, about } = tags[tag];
    const line = make("label", { className: "tag", title: about ?? "" }, box);
    if (number) line.append(make("kbd", { textContent: number }));
    line.append(make("span", { className: "label", textContent: label }));
    if (p !== undefined) {
      line.append(make("span", { className: "p", textContent: percent(p) }));
      line.style.setProperty("--p", p);
    }
    return line;
  };

  // Those that were given, those that are likely, and those that were added, in this order.
  const drawTags = () => {
    const { given, scores, others } = documents[at];
    const known = new Map([...given.map((tag, i) => [tag, scores[i]]), ...others]);
    for (const tag of current()) if (!known.has(tag)) known.set(tag, undefined);
    numbered = [...known.keys()];
    const rows = [...known].map(([tag, p], i) => row(tag, p, i < 9 ? `${i + 1}` : undefined));
    if (!rows.length) rows.push(make("p", { className: "soft", textContent: "No tag was given. All tags are below." }));
    $("tags").replaceChildren(...rows);
  };

  // The tags that have the words of the filter.
  const matches = () => {
    const words = $("find").value.toLowerCase().split(/\s+/).filter(Boolean);
    const has = ({ label, about }) => {
      const text = `${label} ${about ?? ""}`.toLowerCase();
      return words.every((word) => text.includes(word));
    };
    return [...tags.keys()].filter((tag) => has(tags[tag]));
  };

  const drawFound = () => {
    const found = $("all").open ? matches() : [];
    const rows = found.map((tag) => row(tag));
    if ($("all").open && !rows.length) rows.push(make("p", { className: "soft", textContent: "No tag has these words." }));
    $("found").replaceChildren(...rows);
  };

  const drawList = () => {
    if (!$("overview").open) return;
    const list = $("list");
    if (!list.children.length) {
      list.append(...documents.map(({ name }, place) => {
        const button = make("button", { type: "button", textContent: name });
        button.addEventListener("click", () => go(place));
        return make("li", {}, button);
      }));
    }
    [...list.children].forEach((item, place) => {
      item.className = answers.has(place) ? "done" : "";
      item.firstChild.setAttribute("aria-current", place === at);
    });
  };

  const drawProgress = () => {
    const n = answers.size;
    $("progress").textContent = `${n} of ${documents.length} reviewed`;
    $("done").value = n;
    $("save").disabled = n === 0;
    $("save").textContent = n ? `Save ${n} reviewed` : "Save";
    $("reviewed").checked = answers.has(at);
    drawList();
  };

  // What changes with a tag; the box that has the focus keeps it.
  const draw = () => {
    const box = document.activeElement;
    const list = box?.closest("#tags, #found");
    const { scrollTop } = $("found");
    drawTags();
    drawFound();
    drawProgress();
    $("found").scrollTop = scrollTop;
    list?.querySelector(`input[data-tag="${box.dataset.tag}"]`)?.focus({ preventScroll: true });
  };

  const go = (place) => {
    if (!(place in documents)) return;
    at = place;
    const { name, text, alike } = documents[at];
    say("");
    $("position").textContent = `Document ${at + 1} of ${documents.length}`;
    $("name").textContent = name;
    $("text").replaceChildren(...text.split("\n").filter(Boolean).map((line) => make("p", HEADING.test(line)
      ? { textContent: line.replace(HEADING, ""), className: "heading" }
      : { textContent: line })));
    $("alike").hidden = !alike;
    $("alike").textContent = alike === 1 ? "One more document reads like this one." : `${alike} more documents read like this one.`;
    $("find").value = "";
    $("all").open = false;
    $("previous").disabled = at === 0;
    $("document").hidden = false;
    draw();
    $("name").focus({ preventScroll: true });
    scrollTo(0, 0);
  };

  const right = () => {
    set([...current()]);
    const rest = [...documents.keys()].filter((place) => !answers.has(place));
    if (rest.length) go(rest.find((place) => place > at) ?? rest[0]);
    else { draw(); say("All documents are reviewed: save them."); }
  };

  const lines = () => [...answers].sort(([a], [b]) => a - b).map(([place, given]) => {
    const ids = given.map((tag) => tags[tag].id).join(",");
    return `{"id":${documents[place].id},"tags":[${ids}],"reviewed":true}\n`;
  });

  const save = () => {
    if (!answers.size) return;
    const url = URL.createObjectURL(new Blob(lines(), { type: "application/jsonl" }));
    const link = make("a", { href: url, download: "reviewed.jsonl" });
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 60000);
    unkept = false;
  };

  const findAll = () => {
    $("all").open = true;
    drawFound();
    $("find").focus();
  };

  const KEYS = {
    Enter: right,
    ArrowRight: () => go(at + 1), n: () => go(at + 1),
    ArrowLeft: () => go(at - 1), p: () => go(at - 1),
    u: () => { set(undefined); say(""); draw(); },
    "/": findAll,
    s: save,
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !documents.length) return;
    if (event.target === $("find")) {
      if (event.key === "Escape") { $("all").open = false; $("name").focus(); }
      if (event.key === "Enter") {
        const [first] = matches();
        if (first !== undefined) { toggle(first); $("find").value = ""; draw(); $("find").focus(); }
      }
      return;
    }
    const own = event.target.closest("button, summary");
    if (own && event.key === "Enter") return;
    const tag = /^[1-9]$/.test(event.key) ? numbered[event.key - 1] : undefined;
    const act = KEYS[event.key] ?? KEYS[event.key.toLowerCase()];
    if (tag !== undefined) { toggle(tag); draw(); }
    else if (act) act();
    else return;
    event.preventDefault();
  });

  addEventListener("beforeunload", (event) => { if (unkept) event.preventDefault(); });
  $("save").addEventListener("click", save);
  $("right").addEventListener("click", right);
  $("previous").addEventListener("click", () => go(at - 1));
  $("reviewed").addEventListener("change", ({ target }) => { set(target.checked ? [...current()] : undefined); draw(); });
  $("find").addEventListener("input", drawFound);
  $("all").addEventListener("toggle", drawFound);
  $("overview").addEventListener("toggle", drawList);

  load();
  drawProgress();
  const first = [...documents.keys()].find((place) => !answers.has(place));
  go(first ?? 0);
})();
