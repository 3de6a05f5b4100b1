"""Where the values of a question stand in the database, as the product appends it: `... (pets.kind = 'cat'; city.name = 'Rome')`."""
import re

from layout import quote, unquote

NAME = r"(?:\"[^\"]+\"|`[^`]+`|\[[^\]]+\]|[^\W\d]\w*)"
TEXT = re.compile(r"^(?:(?:var)?char|text|string|nvarchar|$)", re.I)


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


def linked(rng, tables, words, sql):
    """The question with the places of its values behind it: most of those its statement uses, now and then a wrong one."""
    said = words.lower()
    shown = [(t, c, v) for t, c, v in compared(tables, sql) if v.lower() in said and len(v) <= 60 and rng.random() < 0.92]
    if rng.random() < (0.2 if shown else 0.05):
        # A word of the question may be a value elsewhere too, or of nothing that is asked.
        value = shown[0][2] if shown else rng.choice([w for w in re.findall(r"\w+", words) if len(w) > 4] or [""])
        others = [(t, c) for t in tables for c in t.cols if TEXT.match(c.type) and not c.ref]
        if others and value:
            shown.append((*rng.choice(others), value))
    if not shown:
        return words
    rng.shuffle(shown)
    places = "; ".join(f"{quote(t.name)}.{quote(c.name)} = '" + v.replace("'", "''") + "'" for t, c, v in shown[:4])
    return f"{words} ({places})"
