"""Renames the things of a training document: `customer` becomes `client` in the schema, the questions and the statements alike,
so that the question still asks for the same rows."""
import json
import re
from dataclasses import replace

from layout import Table, words_of
from links import ROOT
from natural import apply_names
from schemas import ATTRIBUTES, ENTITIES, nonsense, plural

VOCABULARY = json.loads((ROOT / "server/src/prompt/linking/vocabulary.json").read_text())
THINGS = [w for w in ENTITIES if w.isalpha()]
TRAITS = sorted({p for words in ATTRIBUTES.values() for w in words for p in w.split("_") if p.isalpha() and len(p) > 3})
PIECE = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^A-Za-z\d]+")
SYNONYMS = [(set(said.split()), set(meant.split())) for said, meant in VOCABULARY["synonyms"]]
SAID = set().union(*(a | b for a, b in SYNONYMS))
# Words by which a question asks for more than a name: they stay.
FIXED = {w for k in ("generic", "filler", "stop") for w in VOCABULARY[k].split()} | set(
    "year month day average total max min maximum minimum sum first last new num per rate".split())


def singular(word):
    """A rough singular of a word in lower case."""
    if word in VOCABULARY["irregular"]:
        return VOCABULARY["irregular"][word]
    if len(word) > 3 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 3 and re.search(r"(?:s|x|z|ch|sh)es$", word) and not re.search(r"(?:aches|ases|oses|izes|uses)$", word):
        return word[:-2]
    return word[:-1] if len(word) > 3 and re.search(r"(?<![su])(?<!i)s$", word) else word


def like(word, new):
    """`new` in the number and case of `word`."""
    new = plural(new) if singular(word.lower()) != word.lower() else new
    return new.upper() if word.isupper() and len(word) > 1 else new.capitalize() if word[:1].isupper() else new


def is_meant(name, said):
    """Whether a question's words may mean a name's word without saying it."""
    return name in SAID or any(name[:4] == s[:4] for s in said if len(s) > 3)


def reword(rng, tables, rows, known, share=0.6):
    """(tables, rows) with other words, or as they were where that fails. known: words that many questions use."""
    said = {singular(w) for o in rows for w in re.findall(r"[a-z]+", (o["q"] + " " + o.get("ev", "")).lower())}
    of_tables = {singular(w) for t in tables for w in words_of(t.name)}
    words = {singular(w) for t in tables for n in (t.name, *(c.name for c in t.cols)) for w in words_of(n)}
    swap, used = {}, words | said
    for w in sorted(words):
        if len(w) < 3 or not w.isalpha() or w in FIXED or rng.random() > share:
            continue
        if w not in said and (w not in known or is_meant(w, said)):
            continue
        for _ in range(5):
            new = nonsense(rng) if rng.random() < 0.2 else rng.choice(THINGS if w in of_tables or rng.random() < 0.3 else TRAITS)
            new = singular(new.lower())
            if new.isalpha() and new not in used:
                used.add(new)
                swap[w] = new
                break
    if not swap:
        return tables, rows

    def name(n):
        return "".join(like(p, swap[singular(p.lower())]) if singular(p.lower()) in swap else p for p in PIECE.findall(n))

    names = {n: name(n) for t in tables for n in (t.name, *(c.name for c in t.cols))}
    out = []
    for t in tables:
        cols = [replace(c, name=names[c.name], ref=c.ref and tuple(names.get(n, n) for n in c.ref)) for c in t.cols]
        if len({c.name.lower() for c in cols}) < len(cols):
            return tables, rows
        out.append(Table(names[t.name], cols, t.words))
    if len({t.name.lower() for t in out}) < len(out) or len(set(names.values())) < len(names):
        return tables, rows

    def reworded(text, literals):
        """The text in other words, except where it says a literal of its statement."""
        masked = [m.span() for v in literals if v for m in re.finditer(re.escape(v), text, re.I)]

        def one(m):
            w = m.group()
            if any(a <= m.start() < b for a, b in masked):
                return w
            if w in names and re.search(r"[_A-Z\d]", w[1:]):
                return names[w]
            return like(w, swap[singular(w.lower())]) if singular(w.lower()) in swap else w

        return re.sub(r"[A-Za-z_]+", one, text)

    changed = []
    for o in rows:
        literals = [v.replace("''", "'") for v in re.findall(r"'((?:[^']|'')*)'", o["sql"])]
        new = dict(o, q=reworded(o["q"], literals), sql=apply_names(o["sql"], names))
        if o.get("ev"):
            new["ev"] = reworded(o["ev"], literals)
        changed.append(new)
    return out, changed
