"""Synthetic (comment, SQL) pairs over random or real schemas, and whole training documents.

A document is a list of (text, class) segments: class 0 schema, 1 comment, 2 SQL; special tokens are segments too.
"""
import argparse
import random
import re
import sqlite3
import time
from pathlib import Path
from collections import Counter

from links import Linker, build, value_places
from layout import DIALECTS, RESERVED, format_sql, quote, random_style, render_schema, render_table
from natural import Natural
from schemas import SYNONYMS, plural, random_schema, recase
from tokenizer import CUT

FIRST = """James Mary John Patricia Robert Linda Michael Barbara David Susan Maria Anna Peter Olga Ivan Chen Wei Fatima Omar
Lucas Emma Olivia Noah Sophia Liam Mia Ethan Ava Carlos Ana Kenji Yuki Priya Raj Hans Greta Pierre Claire Marco Giulia""".split()
LAST = """Smith Johnson Brown Garcia Miller Davis Wilson Anderson Taylor Moore Lee Martin Clark Lewis Walker Hall Young King
Wright Scott Green Adams Nelson Hill Rossi Muller Schmidt Tanaka Sato Kim Park Singh Patel Novak Silva Santos Costa""".split()
VALUES = {
    "city": "Paris London Berlin Tokyo Boston Chicago Madrid Rome Lisbon Seattle Austin Denver Oslo Vienna Prague Cairo Lima Toronto",
    "country": "France Germany Japan USA Canada Spain Italy Brazil India China Mexico Norway Sweden Poland Egypt Kenya Australia",
    "state": "California Texas Florida Ohio Nevada Oregon Georgia Virginia CA NY TX WA",
    "gender": "M F male female Male Female",
        "status": "active inactive pending closed open cancelled shipped delivered paid failed new Active Closed",
    "color": "red blue green black white yellow Red Blue", "language": "English French German Spanish Japanese",
    "currency": "USD EUR GBP JPY", "size": "S M L XL small medium large",
        "genre": "Rock Jazz Drama Comedy Action Horror Pop",
    "nationality": "French German American British Italian", "grade": "A B C D", "priority": "high low medium urgent",
    "type": "standard premium basic internal external regular", "level": "beginner advanced junior senior",
    "method": "cash card transfer paypal", "position": "Manager Forward Goalkeeper Analyst Director",
    "category": "Electronics Books Toys Sports Food Clothing Furniture", "result": "win loss draw passed failed",
}
VALUES = {k: v.split() for k, v in VALUES.items()}
THINGS = """Alpha Blue Star Golden River Summer Night Morning Ocean Silver Mountain Green Valley North South Central Royal Grand
Red Dragon Moon Sun Light Dark Storm City Garden Bridge Park Lake Forest Iron Crystal Echo Nova Prime Delta Omega Pioneer Data
Systems Analysis Science History Mathematics Biology Music Physics Design Engineering Marketing Sales Research Finance""".split()
NUMERIC = ("int", "real")


class Scope:
    """Table instances of one SELECT and how columns are written in it."""

    def __init__(self, gen, style=None):
        self.gen, self.items = gen, []
        self.style = style or gen.alias_style

    def add(self, table):
        g = self.gen
        used = {a.lower() for _, a in self.items}
        alias = table.name
        again = any(t is table for t, _ in self.items)
        if self.style != "full" or again or table.name.lower() in used:
            if self.style == "t":
                alias = f"T{len(used) + 1}" if g.upper_t else f"t{len(used) + 1}"
            else:
                letters = "".join(w[0] for w in table.words if w[0].isalpha()) or "t"
                base = letters if self.style == "initials" else table.words[-1][:g.alias_len]
                base = base if base.isalpha() and base.isascii() and base not in RESERVED else "tab"
                alias, i = base, 2
                while alias.lower() in used or alias in RESERVED or any(alias == t.name.lower() for t in g.tables):
                    alias, i = f"{base}{i}", i + 1
        self.items.append((table, alias))
        return (table, alias)

    def table_sql(self, inst):
        table, alias = inst
        name = self.gen.q(table.name)
        if alias == table.name or not self.qualified():
            return name
        return f"{name}{' AS ' if self.gen.use_as else ' '}{alias}"

    def qualified(self):
        return len(self.items) > 1 or self.style == "always"

    def ref(self, inst, c):
        table, alias = inst
        if not self.qualified():
            return self.gen.q(c.name)
        return f"{self.gen.q(alias) if alias == table.name else alias}.{self.gen.q(c.name)}"


class Generator:
    """Queries over one schema in one dialect."""

    def __init__(self, rng, tables, dialect):
        self.r, self.tables, self.dialect = rng, tables, dialect
        self.by_name = {t.name.lower(): t for t in tables}
        self.edges = [(t, c, self.by_name[c.ref[0].lower()], d) for t in tables for c in t.cols
                      if c.ref and c.ref[0].lower() in self.by_name
                      for d in self.by_name[c.ref[0].lower()].cols if d.name.lower() == c.ref[1].lower()]
        self.restyle()

    def restyle(self):
        """Choose the alias habits of the next statement."""
        r = self.r
        self.alias_style = r.choices(("initials", "prefix", "full", "t"), (50, 12, 25, 13))[0]
        self.alias_len, self.upper_t, self.use_as = r.choice((3, 4)), r.random() < 0.5, r.random() < 0.65
        self.inner = r.random() < 0.25

    def q(self, name):
        return quote(name, self.dialect)

    def pick(self, *options):
        return self.r.choice(options)

    def chance(self, p):
        return self.r.random() < p

    # words
    def col_words(self, c):
        words = [self.r.choice(SYNONYMS[w]).replace("_",
            " ") if w in SYNONYMS and self.chance(0.05) else w for w in c.words]
        if words[-1:] == ["id"] and len(words) > 1 and self.chance(0.2):
            words = words[:-1]
        return " ".join(words)

    def entity(self, table, many=True):
        w = list(table.words)
        return " ".join(w[:-1] + [plural(w[-1]) if many else w[-1]])

    # values
    def text_value(self, c):
        r = self.r
        for w in reversed(c.words):
            if w in VALUES:
                return r.choice(VALUES[w])
        if c.kind == "name" or {"name", "author", "owner", "contact"} & set(c.words):
            if r.random() < 0.5:
                return f"{r.choice(FIRST)} {r.choice(LAST)}" if "first" not in c.words else r.choice(FIRST)
        x = r.random()
        if x < 0.6:
            return " ".join(r.sample(THINGS, r.choice((1, 1, 2, 3))))
        if x < 0.8:
            return "".join(r.choice("ABCDEFGHJKLMNPRSTUVWXYZ") for _ in range(r.choice((2, 3)))) + r.choice(["", "-",
                ""]) + str(r.randint(1, 999))
        return r.choice(THINGS).lower()

    def number(self, c):
        r = self.r
        if c.kind == "year":
            return str(r.randint(1950, 2024))
        if c.kind in ("id", "fk"):
            return str(r.randint(1, 500))
        n = r.choice((r.randint(1, 20), r.randint(10, 100), r.choice((50, 100, 200, 500, 1000, 5000, 10000))))
        return f"{n}.5" if c.kind == "real" and r.random() < 0.12 else str(n)

    def date(self):
        return f"{self.r.randint(2005, 2024)}-{self.r.randint(1, 12):02d}-{self.r.randint(1, 28):02d}"

    def lit(self, s):
        return "'" + s.replace("'", "''") + "'"

    def shown(self, s):
        return self.pick(s, s, s, f"'{s}'", f'"{s}"')

    def year_of(self, expr):
        return {"sqlite": f"strftime('%Y', {expr})", "postgres": f"EXTRACT(YEAR FROM {expr})"}.get(self.dialect,
            f"YEAR({expr})")

    def month_of(self, expr):
        return {"sqlite": f"strftime('%Y-%m', {expr})", "tsql": f"FORMAT({expr}, 'yyyy-MM')",
            "mysql": f"DATE_FORMAT({expr}, '%Y-%m')"
                }.get(self.dialect, f"DATE_TRUNC('month', {expr})")

    # choice of tables and columns
    def path(self, n, start=None):
        """Scope, FROM text and instances of a join over n tables."""
        r, scope = self.r, Scope(self)
        first = start or (r.choice(r.choice(self.edges)[::2]) if n > 1 and self.edges else r.choice(self.tables))
        insts, joins = [scope.add(first)], []
        while len(insts) < n:
            have = [t for t, _ in insts]
            options = [(a, x, b, y, i) for i in insts[-1:] for (t, x, u, y) in self.edges
                       for a, b in ((t, u), (u, t)) if a is i[0] and b not in have]
            if not options:
                break
            a, x, b, y, i = r.choice(options)
            new = scope.add(b)
            edge = next((e for e in self.edges if {id(e[1]), id(e[3])} == {id(x), id(y)}))
            old_col, new_col = (edge[1], edge[3]) if edge[0] is a else (edge[3], edge[1])
            insts.append(new)
            joins.append((i, old_col, new, new_col))
        return scope, insts, joins

    def from_sql(self, scope, insts, joins, left=False):
        s = scope.table_sql(insts[0])
        for i, x, new, y in joins:
            a, b = scope.ref(i, x), scope.ref(new, y)
            if self.chance(0.5):
                a, b = b, a
            word = "LEFT JOIN" if left else "INNER JOIN" if self.inner else "JOIN"
            s += f" {word} {scope.table_sql(new)} ON {a} = {b}"
        return s

    def cols(self, table, kinds):
        return [c for c in table.cols if c.kind in kinds]

    def show_cols(self, inst, k=None):
        """1-3 columns worth displaying."""
        t = inst[0]
        good = self.cols(t, ("name", "text", "cat", "date", "year", "int", "real", "bool")) or t.cols
        names = self.cols(t, ("name",))
        k = k or self.r.choices((1, 2, 3), (55, 32, 13))[0]
        chosen = [names[0]] if names and self.chance(0.6) else []
        rest = [c for c in good if c not in chosen]
        self.r.shuffle(rest)
        return (chosen + rest)[:k]

    def label(self, inst):
        t = inst[0]
        names = self.cols(t, ("name",)) or self.cols(t, ("cat", "text"))
        return names[0] if names and self.chance(0.85) else self.r.choice(names or [c for c in t.cols if c.pk] or t.cols[:1])

    # conditions
    def condition(self, scope, inst, main=True):
        """(sql, words) of one predicate on a column of inst; words follow the entity's name."""
        r, t = self.r, inst[0]
        usable = [c for c in t.cols if c.kind not in ("id", "fk")] or t.cols
        c = r.choice(usable) if self.chance(0.95) else r.choice(t.cols)
        ref, w = scope.ref(inst, c), self.col_words(c)
        if not main:
            w = self.pick(f"{self.entity(t, False)} {w}", w,
                f"{w} of the {self.entity(t, False)}") if c.words[0] != t.words[0] else w
        if self.chance(0.07):
            return ((f"{ref} IS NULL", self.pick(f"with no {w}", f"without a {w}", f"whose {w} is missing",
                f"where {w} is null")) if self.chance(0.5) else
                    (f"{ref} IS NOT NULL", self.pick(f"that have a {w}", f"whose {w} is known",
                        f"where {w} is not null", f"with a {w}")))
        if c.kind == "date":
            return self.date_condition(ref, w)
        if c.kind == "bool":
            yes = self.chance(0.75)
            true = ("TRUE" if yes else "FALSE") if self.dialect in ("postgres", "duckdb") else ("1" if yes else "0")
            flag = " ".join(x for x in c.words if x != "is")
            return f"{ref} = {true}", self.pick(f"that are {'' if yes else 'not '}{flag}",
                f"with {w} {'true' if yes else 'false'}",
                                                f"where {w} is {'true' if yes else 'false'}")
        if c.kind in ("int", "real", "year", "id", "fk"):
            n, m = self.number(c), self.number(c)
            op = r.choices((">", "<", ">=", "<=", "=", "!=", "between", "in"), (30, 20, 10, 8, 22, 3, 6, 3))[0]
            if c.kind in ("id", "fk"):
                op = "="
            if op == "between":
                lo, hi = sorted((n, m), key=float)
                return f"{ref} BETWEEN {lo} AND {hi}", self.pick(f"with {w} between {lo} and {hi}",
                    f"whose {w} is between {lo} and {hi}", f"with {w} from {lo} to {hi}")
            if op == "in":
                return f"{ref} IN ({n}, {m})", self.pick(f"with {w} {n} or {m}", f"whose {w} is {n} or {m}")
            phrase = {">": ["greater than", "more than", "above", "over", "larger than", "higher than", ">"],
                "<": ["less than", "below", "under", "smaller than", "lower than", "<"],
                      ">=": ["at least", "greater than or equal to", "no less than"],
                      "<=": ["at most", "less than or equal to", "no more than", "up to"],
                      "=": ["equal to", "of", "", "exactly"], "!=": ["not equal to", "other than"]}[op]
            p = r.choice(phrase)
            if c.kind == "year" and self.chance(0.4) and op in (">", "<", "="):
                return f"{ref} {op} {n}", {"<": f"before {n}", ">": f"after {n}", "=": f"in {n}"}[op]
            ne = "<>" if op == "!=" and self.chance(0.4) else op
            if p in ("equal to", "exactly", "") or op != "=":
                return f"{ref} {ne} {n}", " ".join(self.pick(f"with {w} {p} {n}", f"whose {w} is {p} {n}",
                    f"where {w} is {p} {n}", f"with a {w} {p} {n}").split())
            return f"{ref} = {n}", f"with a {w} of {n}"
        v, v2 = self.text_value(c), self.text_value(c)
        op = r.choices(("=", "!=", "prefix", "contains", "suffix", "in", "notin"), (68, 6, 6, 10, 2, 6, 2))[0]
        if op == "=":
            return f"{ref} = {self.lit(v)}", self.pick("whose {w} is {v}", "with {w} {v}", "where the {w} is {v}",
                "with {w} equal to {v}", "for {w} {v}",
                                                       "having {w} {v}", "where {w} = {v}", "in {w} {v}").format(w=w,
                                                       v=self.shown(v))
        if op == "!=":
            return f"{ref} {self.pick('!=', '<>')} {self.lit(v)}", self.pick("whose {w} is not {v}",
                "with {w} other than {v}", "where {w} is different from {v}").format(w=w, v=self.shown(v))
        if op in ("in", "notin"):
            no = "NOT " if op == "notin" else ""
            return f"{ref} {no}IN ({self.lit(v)}, {self.lit(v2)})", self.pick("whose {w} is {n}{a} or {b}",
                "with {w} {n}in {a}, {b}").format(w=w, n=no.lower(), a=self.shown(v), b=self.shown(v2))
        v = v.split(" ")[0]
        like = self.pick("LIKE", "LIKE", "ILIKE") if self.dialect in ("postgres", "duckdb") else "LIKE"
        pattern, words = {"prefix": (v + "%", "whose {w} starts with {v}|with {w} beginning with {v}"),
            "suffix": ("%" + v, "whose {w} ends with {v}|with {w} ending in {v}"),
                          "contains": (f"%{v}%",
                          "whose {w} contains {v}|with {v} in their {w}|whose {w} includes {v}|with {w} containing {v}")}[op]
        if self.chance(0.12):
            ref, pattern = f"LOWER({ref})", pattern.lower()
        return f"{ref} {like} {self.lit(pattern)}", self.r.choice(words.split("|")).format(w=w, v=self.shown(v))

    def date_condition(self, ref, w):
        d, e, y = self.date(), self.date(), str(self.r.randint(2005, 2024))
        x = self.r.random()
        if x < 0.3:
            year = self.year_of(ref)
            right = self.lit(y) if self.dialect == "sqlite" else y
            return f"{year} = {right}", self.pick(f"with {w} in {y}", f"in {y}", f"whose {w} is in {y}", f"during {y}")
        if x < 0.42:
            return f"{ref} >= '{y}-01-01' AND {ref} < '{int(y) + 1}-01-01'", self.pick(f"with {w} in {y}", f"in {y}",
                f"during the year {y}")
        if x < 0.65:
            return f"{ref} {self.pick('>', '>', '>=')} '{d}'", self.pick(f"with {w} after {d}", f"after {d}",
                f"since {d}", f"whose {w} is after {d}")
        if x < 0.85:
            return f"{ref} {self.pick('<', '<', '<=')} '{d}'", self.pick(f"with {w} before {d}", f"before {d}",
                f"whose {w} is earlier than {d}")
        if x < 0.92:
            n = self.r.choice((7, 14, 30, 60, 90, 365))
            since = {"sqlite": f"DATE('now', '-{n} days')", "mysql": f"DATE_SUB(CURDATE(), INTERVAL {n} DAY)",
                "tsql": f"DATEADD(day, -{n}, GETDATE())"}.get(
                self.dialect, f"CURRENT_DATE - INTERVAL '{n} days'")
            return f"{ref} >= {since}", self.pick(f"in the last {n} days", f"with {w} in the past {n} days",
                f"of the last {n} days")
        lo, hi = sorted((d, e))
        return f"{ref} BETWEEN '{lo}' AND '{hi}'", self.pick(f"with {w} between {lo} and {hi}",
            f"between {lo} and {hi}", f"from {lo} to {hi}")

    def where(self, scope, insts, p=(42, 40, 15, 3), shown=False):
        """(' WHERE ...' or '', words) with 0-3 predicates; of a join, the last table is used unless `shown`."""
        n = max(self.r.choices((0, 1, 2, 3), p)[0], int(len(insts) > 1 and not shown))
        parts = []
        for k in range(n):
            inst = insts[-1] if k == 0 and (not shown or self.chance(0.5)) else self.r.choice(insts)
            new = self.condition(scope, inst, inst is insts[0])
            if all(new[0].split(" ")[0] != s.split(" ")[0] for s, _ in parts):
                parts.append(new)
        if not parts:
            return "", ""
        sql, words = parts[0]
        for s, w in parts[1:]:
            both = self.chance(0.8) or " AND " in sql and "BETWEEN" not in sql
            sql += f" {'AND' if both else 'OR'} {s}"
            words += f" {'and' if both else 'or'} {w}"
        return f" WHERE {sql}", " " + words

    # rendering
    def select(self, what, source, where="", group="", having="", order="", limit=None, distinct=False):
        top = f"TOP {limit} " if limit and self.dialect == "tsql" else ""
        s = f"SELECT {'DISTINCT ' if distinct else ''}{top}{what} FROM {source}{where}"
        s += f" GROUP BY {group}" if group else ""
        s += f" HAVING {having}" if having else ""
        s += f" ORDER BY {order}" if order else ""
        return s + (f" LIMIT {limit}" if limit and not top else "")

    def listing(self, names):
        if len(names) == 1:
            return names[0]
        return ", ".join(names[:-1]) + self.pick(" and ", " and ", ", ") + names[-1]

    def n_tables(self):
        return self.r.choices((1, 2, 3, 4), (52, 33, 12, 3))[0] if self.edges else 1

    # query kinds: each returns (words, sql)
    def q_list(self):
        n = self.n_tables()
        scope, insts, joins = self.path(n)
        pairs = [(insts[0], c) for c in self.show_cols(insts[0])]
        if len(insts) > 1 and self.chance(0.6):
            pairs.append((insts[-1], self.label(insts[-1])))
        where, cond = self.where(scope, insts, (22, 53, 21, 4), pairs[-1][0] is insts[-1])
        distinct = self.chance(0.1)
        main = self.entity(insts[0][0])
        names = [self.col_words(c) if i is insts[0] else self.pick(f"{self.entity(i[0], False)} {self.col_words(c)}",
            f"{self.col_words(c)} of their {self.entity(i[0], False)}")
                 for i, c in pairs]
        order, tail = "", ""
        if self.chance(0.25):
            i, c = self.r.choice(pairs) if self.chance(0.4) else (insts[0], self.r.choice(insts[0][0].cols))
            if not distinct or (i, c) in pairs:
                desc = self.chance(0.45)
                order = scope.ref(i, c) + (" DESC" if desc else self.pick("", " ASC"))
                tail = self.pick("{}ordered by {} {}", "{}sorted by {} {}", "{}in {} order of {}", "{}order by {} {}")
                word = self.pick("descending", "from highest to lowest",
                    "in descending order") if desc else self.pick("", "ascending", "in ascending order")
                w = self.col_words(c)
                tail = " " + (tail.format(", ", "descending" if desc else "ascending",
                    w) if "order of" in tail else tail.format(self.pick("", ", "), w, word)).strip(" ,")
        lim = None
        if order and self.chance(0.12):
            lim = self.r.choice((3, 5, 10, 20, 100))
            tail += self.pick(f", limit {lim}", f", first {lim} rows", f", only {lim}")
        d = "distinct " if distinct else ""
        cols = self.listing(names)
        star = not joins and self.chance(0.12)
        words = (self.pick(f"show all {main}{cond}", f"all {main}{cond}",
            f"list every {self.entity(insts[0][0], False)}{cond}", f"get all columns of {main}{cond}") if star else
                 self.pick(f"show the {d}{cols} of all {main}{cond}", f"list the {d}{cols} of {main}{cond}",
                     f"what are the {d}{cols} of {main}{cond}?", f"find the {d}{cols} for {main}{cond}",
                           f"{d}{cols} of {main}{cond}", f"give me the {d}{cols} of the {main}{cond}",
                           f"return {d}{cols} for all {main}{cond}", f"which {main} are there{cond}? show {d}{cols}",
                           f"get {d}{cols} of {main}{cond}", f"{main}{cond}: {d}{cols}",
                           f"what is the {d}{cols} of each {self.entity(insts[0][0], False)}{cond}?"))
        sql = self.select("*" if star else ", ".join(scope.ref(i, c) for i, c in pairs),
            self.from_sql(scope, insts, joins), where, order=order, limit=lim, distinct=distinct and not star)
        return words.replace("?" + tail, tail) + tail, sql

    def q_count(self):
        scope, insts, joins = self.path(self.n_tables())
        where, cond = self.where(scope, insts, (15, 60, 21, 4))
        main, one = self.entity(insts[0][0]), self.entity(insts[0][0], False)
        what, alias = "COUNT(*)", ""
        if self.chance(0.25):
            c = self.r.choice(self.cols(insts[0][0], ("name", "cat", "text", "fk")) or insts[0][0].cols)
            what = f"COUNT(DISTINCT {scope.ref(insts[0], c)})"
            w = self.col_words(c)
            words = self.pick(f"how many different {w} values do {main} have{cond}?",
                f"count the distinct {w} of {main}{cond}", f"number of different {w} of {main}{cond}",
                f"how many distinct {w}s are there among {main}{cond}?")
        else:
            if self.chance(0.2):
                pk = [c for c in insts[0][0].cols if c.pk] or insts[0][0].cols
                what = f"COUNT({scope.ref(insts[0], pk[0])})"
            words = self.pick(f"how many {main} are there{cond}?", f"count the {main}{cond}", f"number of {main}{cond}",
                f"what is the total number of {main}{cond}?", f"how many {main}{cond}",
                              f"count of {main}{cond}", f"find the number of {main}{cond}", f"total {one} count{cond}")
        if self.chance(0.2):
            alias = " AS " + self.pick("n", "total", "cnt",
                "count_" + "_".join(insts[0][0].words)[:20] if insts[0][0].words[0].isidentifier() else "n", "num")
        return words, self.select(what + alias, self.from_sql(scope, insts, joins), where)

    def aggregate(self, scope, inst):
        """(expression, words, default alias) of a random aggregate over inst."""
        numeric = [c for c in inst[0].cols if c.kind in NUMERIC]
        if not numeric or self.chance(0.35):
            return "COUNT(*)", self.pick(f"number of {self.entity(inst[0])}", f"count of {self.entity(inst[0])}",
                f"total number of {self.entity(inst[0])}"), self.pick("cnt", "n", "num", "total", "count")
        if len(numeric) > 1 and self.chance(0.1):
            a, b = self.r.sample(numeric, 2)
            wa, wb = self.col_words(a), self.col_words(b)
            return (f"SUM({scope.ref(inst, a)} * {scope.ref(inst, b)})",
                self.pick(f"total {wa} times {wb}", f"sum of {wa} * {wb}", f"total of {wa} multiplied by {wb}"),
                    self.pick("total", "total_value", "revenue_total", "amount_total"))
        c, f = self.r.choice(numeric), self.r.choices(("AVG", "SUM", "MAX", "MIN"), (38, 34, 16, 12))[0]
        w = self.col_words(c)
        word = {"AVG": self.pick("average", "average", "mean", "avg"),
            "SUM": self.pick("total", "total", "sum of", "overall"),
            "MAX": self.pick("maximum", "highest", "largest", "max"),
                "MIN": self.pick("minimum", "lowest", "smallest", "min")}[f]
        name = {"AVG": "avg", "SUM": "total", "MAX": "max",
            "MIN": "min"}[f] + "_" + "_".join(x for x in c.words if x.isidentifier())
        return f"{f}({scope.ref(inst, c)})", f"{word} {w}", name if name[-1] != "_" else "val"

    def q_aggregate(self):
        scope, insts, joins = self.path(self.n_tables())
        where, cond = self.where(scope, insts, (40, 48, 10, 2))
        k, parts = self.r.choices((1, 2, 3), (65, 25, 10))[0], []
        for _ in range(k):
            a = self.aggregate(scope, insts[0])
            if a[0] not in [p[0] for p in parts]:
                parts.append(a)
        words = self.listing([p[1] for p in parts])
        main = self.entity(insts[0][0])
        named = self.chance(0.35)
        what = ", ".join(p[0] + (f" AS {p[2]}" if named else "") for p in parts)
        text = self.pick(f"what is the {words} of {main}{cond}?", f"{words} of {main}{cond}",
            f"find the {words} of all {main}{cond}", f"show the {words} for {main}{cond}",
            f"compute the {words} of {main}{cond}",
                         f"{words} across {main}{cond}", f"what are the {words} among {main}{cond}?")
        return text, self.select(what, self.from_sql(scope, insts, joins), where)

    def q_group(self):
        """Aggregates per group, with HAVING, ordering or top-n."""
        joined = self.edges and self.chance(0.6)
        if joined:
            t, x, u, y = self.r.choice(self.edges)
            if t is u:
                return self.q_list()
            scope = Scope(self)
            order = self.chance(0.5)
            first, second = (t, u) if order else (u, t)
            insts = [scope.add(first), scope.add(second)]
            joins = [(insts[0], x if order else y, insts[1], y if order else x)]
            child, parent = (insts[0], insts[1]) if order else (insts[1], insts[0])
            keys = [(parent, self.label(parent))]
            group_words = self.pick(self.entity(u, False), f"{self.entity(u, False)} {self.col_words(keys[0][1])}",
                self.entity(u, False))
            if self.chance(0.15) and self.cols(u, ("id",)):
                keys.insert(0, (parent, self.cols(u, ("id",))[0]))
        else:
            scope, insts, joins = self.path(1)
            child = insts[0]
            keys = [(child, c) for c in self.r.sample(self.cols(child[0],
                ("cat", "cat", "name", "year", "fk", "bool", "text")) or child[0].cols, 1)]
            group_words = self.col_words(keys[0][1])
            if self.chance(0.1):
                more = [c for c in self.cols(child[0], ("cat", "year")) if c is not keys[0][1]]
                if more:
                    keys.append((child, self.r.choice(more)))
                    group_words += f" and {self.col_words(keys[1][1])}"
        expr, agg, name = self.aggregate(scope, child)
        key_sql = [scope.ref(i, c) for i, c in keys]
        where, cond = self.where(scope, insts, (68, 27, 5, 0), True)
        named = self.chance(0.5)
        main = self.entity(child[0])
        having = order = ""
        lim = None
        left = joined and not where and insts[0] is not child and self.chance(0.2)
        if left and expr == "COUNT(*)":
            expr = f"COUNT({scope.ref(child, next((c for c in child[0].cols if c.pk), child[0].cols[0]))})"
        kind = self.r.choices(("plain", "having", "top", "order", "only"), (42, 16, 22, 14, 6))[0]
        while kind in ("top", "only") and expr[:3] in ("MAX", "MIN"):
            expr, agg, name = self.aggregate(scope, child)
        shown = f"{expr} AS {name}" if named else expr
        what = ", ".join(key_sql + [shown])
        if kind in ("plain", "order"):
            words = self.pick(f"{agg} per {group_words}{cond}", f"for each {group_words}, show the {agg}{cond}",
                f"{agg} by {group_words}{cond}", f"what is the {agg} for each {group_words}{cond}?",
                              f"show each {group_words} and its {agg}{cond}",
                              f"find the {agg} of {main} for every {group_words}{cond}" if not expr.startswith("COUNT(") else f"how many {main} does each {group_words} have{cond}?",
                              f"list the {group_words} and the {agg}{cond}", f"{agg} grouped by {group_words}{cond}")
            if kind == "order":
                desc = self.chance(0.75)
                by = name if named and self.chance(0.8) else expr
                order = by + (" DESC" if desc else "")
                words += self.pick(", {} first", ", sorted by it {}", ", ordered {}",
                    " in {} order").format(self.pick("descending", "highest",
                    "largest") if desc else "ascending").replace("highest order",
                    "descending order").replace("largest order", "descending order")
            if self.chance(0.25) and kind == "plain":
                what = ", ".join([shown] + key_sql)
        elif kind == "having":
            op, n = self.pick(">", ">", ">=", "<", "="), self.r.choice((1, 2, 3, 5, 10, 20, 100))
            having = f"{expr} {op} {n}"
            phrase = {">": f"more than {n}", ">=": f"at least {n}", "<": f"less than {n}", "=": f"exactly {n}"}[op]
            if self.chance(0.6):
                what = ", ".join(key_sql)
            words = (self.pick(f"which {group_words} have {phrase} {main}{cond}?",
                f"{group_words} with {phrase} {main}{cond}", f"find each {group_words} that has {phrase} {main}{cond}",
                f"list the {group_words} having {phrase} {main}{cond}")
                     if expr.startswith("COUNT(") else self.pick(f"which {group_words} have a {agg} of {phrase}{cond}?",
                         f"{group_words} with {agg} {phrase}{cond}",
                         f"show each {group_words} whose {agg} is {phrase}{cond}"))
        else:
            desc = self.chance(0.85)
            lim = 1 if kind == "only" or self.chance(0.5) else self.r.choice((2, 3, 5, 10))
            by = name if named and self.chance(0.7) and kind == "top" else expr
            order = by + (" DESC" if desc else " ASC" if self.chance(0.5) else "")
            if kind == "only":
                what = ", ".join(key_sql)
            most, few = ("the most", "most") if desc else ("the fewest", "least")
            n = "" if lim == 1 else f"{lim} "
            words = (self.pick(f"which {n}{group_words} has {most} {main}{cond}?",
                f"{n}{group_words} with {most} {main}{cond}", f"find the {n}{group_words} with {most} {main}{cond}",
                f"top {n}{group_words} by number of {main}{cond}" if desc else f"the {n}{group_words} with the fewest {main}{cond}",
                               f"what is the {few} common {group_words} of {main}{cond}?" if lim == 1 else f"the {lim} {few} common {group_words}{cond}")
                     if expr.startswith("COUNT(") else self.pick(f"which {n}{group_words} has the {'highest' if desc else 'lowest'} {agg}{cond}?", f"{n}{group_words} with the {'highest' if desc else 'lowest'} {agg}{cond}",
                                                          f"{'top' if desc else 'bottom'} {n}{group_words} by {agg}{cond}"))
        return words, self.select(what, self.from_sql(scope, insts, joins, left), where, ", ".join(key_sql), having,
            order, lim)

    def q_top(self):
        """Rows with extreme values."""
        scope, insts, joins = self.path(self.r.choices((1, 2, 3), (70, 25, 5))[0] if self.edges else 1)
        orderable = self.cols(insts[0][0], ("int", "real", "date", "year")) or insts[0][0].cols
        c = self.r.choice(orderable)
        desc, lim = self.chance(0.65), self.r.choices((1, 2, 3, 5, 10), (58, 6, 12, 14, 10))[0]
        pairs = [(insts[0], x) for x in self.show_cols(insts[0])]
        if len(insts) > 1 and self.chance(0.5):
            pairs[0] = (insts[-1], self.label(insts[-1]))
        where, cond = self.where(scope, insts, (70, 26, 4, 0), pairs[0][0] is insts[-1])
        w, names = self.col_words(c), self.listing([self.col_words(x) if i is insts[0] else f"{self.entity(i[0], False)} {self.col_words(x)}" for i, x in pairs])
        ent = self.entity(insts[0][0], lim > 1)
        n = "" if lim == 1 else f"{lim} "
        if c.kind in ("date", "year"):
            ext = self.pick("most recent", "latest", "newest", "last") if desc else self.pick("earliest", "oldest",
                "first")
            words = self.pick(f"{names} of the {n}{ext} {ent}{cond}",
                f"what is the {names} of the {ent} with the {ext} {w}{cond}?" if lim == 1 else f"{names} of the {lim} {ent} with the {ext} {w}{cond}", f"the {n}{ext} {ent} by {w}{cond}, show {names}")
        else:
            ext = self.pick("highest", "largest", "greatest", "maximum", "biggest") if desc else self.pick("lowest",
                "smallest", "minimum", "least")
            words = self.pick(f"{names} of the {n}{ent} with the {ext} {w}{cond}",
                f"what is the {names} of the {ent} with the {ext} {w}{cond}?" if lim == 1 else f"top {lim} {ent} by {w}{cond}, show {names}" if desc else f"{lim} {ent} with the {ext} {w}{cond}, show {names}",
                              f"find the {n}{ent} with the {ext} {w}{cond} and show their {names}",
                              f"which {n}{ent} has the {ext} {w}{cond}? return the {names}")
        ref = scope.ref(insts[0], c)
        if lim == 1 and len(insts) == 1 and not where and self.chance(0.2):
            return words, self.select(", ".join(scope.ref(i, x) for i, x in pairs), self.from_sql(scope, insts, joins),
                                      f" WHERE {ref} = (SELECT {'MAX' if desc else 'MIN'}({ref}) FROM {self.q(insts[0][0].name)})")
        return words, self.select(", ".join(scope.ref(i, x) for i, x in pairs), self.from_sql(scope, insts, joins),
            where,
                                  order=ref + (" DESC" if desc else self.pick("", " ASC")), limit=lim)

    def q_above_average(self):
        scope, insts, joins = self.path(1)
        t = insts[0][0]
        numeric = self.cols(t, NUMERIC)
        if not numeric:
            return self.q_list()
        c, more = self.r.choice(numeric), self.chance(0.7)
        f = self.pick("AVG", "AVG", "AVG", "MAX" if not more else "MIN")
        pairs, w = self.show_cols(insts[0]), self.col_words(c)
        inner_where, cond = ("", "")
        if self.chance(0.25):
            s, cond = self.condition(scope, insts[0])
            inner_where, cond = f" WHERE {s}", f" of {self.entity(t)} {cond}"
        word = {"AVG": "average", "MAX": "maximum", "MIN": "minimum"}[f]
        names = self.listing([self.col_words(x) for x in pairs])
        words = self.pick(f"{names} of {self.entity(t)} whose {w} is {'above' if more else 'below'} the {word}{cond}",
            f"which {self.entity(t)} have {w} {'greater' if more else 'less'} than the {word} {w}{cond}? show {names}",
                          f"find the {names} of {self.entity(t)} with {'more' if more else 'less'} than {word} {w}{cond}")
        return words, self.select(", ".join(scope.ref(insts[0], x) for x in pairs), self.q(t.name),
                                  f" WHERE {self.q(c.name)} {'>' if more else '<'} (SELECT {f}({self.q(c.name)}) FROM {self.q(t.name)}{inner_where})")

    def q_semi(self):
        """IN / NOT IN / EXISTS / anti-join over one foreign key."""
        edges = [e for e in self.edges if e[0] is not e[2]]
        if not edges:
            return self.q_list()
        t, x, u, y = self.r.choice(edges)
        parent_main = self.chance(0.75)
        main, other, mc, oc = (u, t, y, x) if parent_main else (t, u, x, y)
        neg = self.chance(0.55) if parent_main else self.chance(0.2)
        form = self.r.choices(("in", "exists", "left"), (62, 25, 13 if neg else 0))[0]
        inner = Scope(self)
        oi = inner.add(other)
        cond_sql, cond = self.condition(inner, oi) if not parent_main or self.chance(0.4) else ("", "")
        outer = Scope(self)
        mi = outer.add(main)
        show = self.show_cols(mi)
        names = self.listing([self.col_words(c) for c in show])
        if form == "left":
            outer.add(other)
            oi = outer.items[1]
            sql = self.select(", ".join(outer.ref(mi, c) for c in show),
                f"{outer.table_sql(mi)} LEFT JOIN {outer.table_sql(oi)} ON {outer.ref(oi, oc)} = {outer.ref(mi, mc)}",
                f" WHERE {outer.ref(oi, oc)} IS NULL")
            cond = ""
        elif form == "exists":
            both = Scope(self, "initials")
            a, b = both.add(main), both.add(other)
            cond_sql2 = ""
            if cond_sql:
                cond_sql, cond = self.condition(both, b)
                cond_sql2 = f" AND {cond_sql}"
            sql = self.select(", ".join(both.ref(a, c) for c in show), both.table_sql(a),
                              f" WHERE {'NOT ' if neg else ''}EXISTS (SELECT {self.pick('1', '*')} FROM {both.table_sql(b)} WHERE {both.ref(b, oc)} = {both.ref(a, mc)}{cond_sql2})")
        else:
            sql = self.select(", ".join(outer.ref(mi, c) for c in show), self.q(main.name),
                              f" WHERE {self.q(mc.name)} {'NOT ' if neg else ''}IN (SELECT {self.q(oc.name)} FROM {self.q(other.name)}{' WHERE ' + cond_sql if cond_sql else ''})")
        cond = f" {cond}" if cond else ""
        ents, oth = self.entity(main), self.entity(other)
        words = (self.pick(f"{names} of {ents} that have no {oth}{cond}",
            f"which {ents} do not have any {oth}{cond}? show {names}", f"{names} of {ents} without {oth}{cond}",
            f"find {names} of {ents} with no {oth}{cond}",
            f"list the {names} of {ents} that are not in {oth}{cond}") if neg else
                 self.pick(f"{names} of {ents} that have {oth}{cond}",
                     f"which {ents} have at least one {self.entity(other, False)}{cond}? show {names}",
                     f"{names} of {ents} with {oth}{cond}", f"find the {names} of {ents} that have {oth}{cond}"))
        return words, sql

    def q_set(self):
        """INTERSECT, EXCEPT or UNION of two selections on one table."""
        scope, insts, joins = self.path(1)
        t = insts[0][0]
        c = self.label(insts[0])
        (a, wa), (b, wb) = self.condition(scope, insts[0]), self.condition(scope, insts[0])
        op = self.pick("INTERSECT", "EXCEPT", "UNION", "EXCEPT")
        col, tab = self.q(c.name), self.q(t.name)
        w, ents = self.col_words(c), self.entity(t)
        words = {"INTERSECT": self.pick(f"{w} of {ents} {wa} that also appear among {ents} {wb}",
            f"find the {w} shared by {ents} {wa} and {ents} {wb}", f"which {w} have both {ents} {wa} and {ents} {wb}?"),
                 "EXCEPT": self.pick(f"{w} of {ents} {wa} but not {wb}", f"{w} of {ents} {wa} except those {wb}"),
                 "UNION": self.pick(f"{w} of {ents} {wa} together with those {wb}", f"{w} of {ents} {wa} or {wb}")}[op]
        return words, f"SELECT {col} FROM {tab} WHERE {a} {op}{' ALL' if op == 'UNION' and self.chance(0.3) else ''} SELECT {col} FROM {tab} WHERE {b}"

    def q_case(self):
        scope, insts, joins = self.path(1)
        t, i = insts[0][0], insts[0]
        if self.chance(0.5):
            s, w = self.condition(scope, i)
            percent = self.pick(f"CAST(SUM(CASE WHEN {s} THEN 1 ELSE 0 END) AS REAL) * 100 / COUNT(*)",
                f"100.0 * SUM(CASE WHEN {s} THEN 1 ELSE 0 END) / COUNT(*)",
                f"AVG(CASE WHEN {s} THEN 1.0 ELSE 0 END) * 100")
            return self.pick(f"what percentage of {self.entity(t)} are {w}?", f"percentage of {self.entity(t)} {w}",
                f"share of {self.entity(t)} {w} in percent"), self.select(percent + self.pick("", " AS percentage",
                " AS pct"), self.q(t.name))
        numeric = self.cols(t, NUMERIC)
        if not numeric:
            return self.q_count()
        if len(numeric) > 1 and self.chance(0.35):
            a, b = self.r.sample(numeric, 2)
            top = self.pick(f"SUM({self.q(a.name)}) * 1.0", f"CAST(SUM({self.q(a.name)}) AS REAL)")
            return (self.pick(f"ratio of total {self.col_words(a)} to total {self.col_words(b)} of {self.entity(t)}",
                f"total {self.col_words(a)} divided by total {self.col_words(b)}"),
                    self.select(f"{top} / NULLIF(SUM({self.q(b.name)}), 0) AS {self.pick('ratio', 'rate_value')}",
                    self.q(t.name)))
        c, n = self.r.choice(numeric), self.number(self.cols(t, NUMERIC)[0])
        a, b = self.pick(("high", "low"), ("large", "small"), ("above", "below"), ("expensive", "cheap"))
        lab, w = self.label(i), self.col_words(c)
        name = self.pick("category", "level", "bucket", "label_text")
        return (self.pick(f"label each {self.entity(t, False)} as {a} if {w} is more than {n}, otherwise {b}",
            f"{self.col_words(lab)} of {self.entity(t)} with a {name} that is {a} when {w} > {n} else {b}"),
                self.select(f"{self.q(lab.name)}, CASE WHEN {self.q(c.name)} > {n} THEN '{a}' ELSE '{b}' END AS {name}",
                self.q(t.name)))

    def q_cte(self):
        edges = [e for e in self.edges if e[0] is not e[2]]
        if not edges:
            return self.q_window()
        t, x, u, y = self.r.choice(edges)
        inner = Scope(self, "full")
        ti = inner.add(t)
        expr, agg, name = self.aggregate(inner, ti)
        cte = self.pick("totals", "stats", "agg", "per_" + "_".join(u.words),
            "summary") if all(w.isidentifier() for w in u.words) else "totals"
        if any(cte == k.name.lower() for k in self.tables):
            cte = "cte_1"
        lab = self.label((u, u.name))
        a, b = u.words[0][0] if u.words[0][0].isalpha() else "p", "x" if u.words[0][0] != "x" else "z"
        where, cond = "", ""
        if self.chance(0.4):
            n = self.r.choice((1, 3, 5, 10, 100))
            where, cond = f" WHERE {b}.{name} > {n}", f" above {n}"
        order = f" ORDER BY {b}.{name} DESC" if self.chance(0.4) else ""
        sql = (f"WITH {cte} AS (SELECT {self.q(x.name)}, {expr} AS {name} FROM {self.q(t.name)} GROUP BY {self.q(x.name)}) "
               f"SELECT {a}.{self.q(lab.name)}, {b}.{name} FROM {self.q(u.name)} {'AS ' if self.use_as else ''}{a} JOIN {cte} {'AS ' if self.use_as else ''}{b} ON {b}.{self.q(x.name)} = {a}.{self.q(y.name)}{where}{order}")
        return self.pick(f"{self.entity(u)} with their {agg}{cond}",
            f"{self.col_words(lab)} of each {self.entity(u, False)} and its {agg}{cond}",
            f"using a CTE, {agg} per {self.entity(u, False)}{cond}"), sql

    def q_window(self):
        scope, insts, joins = self.path(1)
        t = insts[0][0]
        numeric = self.cols(t, ("int", "real", "date", "year"))
        if not numeric:
            return self.q_list()
        c, lab = self.r.choice(numeric), self.label(insts[0])
        parts = [p for p in self.cols(t, ("cat", "fk", "year")) if p is not c and p is not lab]
        part = self.r.choice(parts) if parts and self.chance(0.7) else None
        over = f"PARTITION BY {self.q(part.name)} " if part else ""
        per = f" within each {self.col_words(part)}" if part else ""
        w, L = self.col_words(c), self.col_words(lab)
        kind = self.r.choices(("rank", "running", "first"), (60, 20, 20 if part else 0))[0]
        if kind == "running" and c.kind in NUMERIC:
            by = (self.cols(t, ("date", "year", "id")) or t.cols)[0]
            return self.pick(f"running total of {w} by {self.col_words(by)}{per}",
                f"cumulative {w} of {self.entity(t)} ordered by {self.col_words(by)}{per}"), self.select(f"{self.q(lab.name)}, SUM({self.q(c.name)}) OVER ({over}ORDER BY {self.q(by.name)}) AS running_total", self.q(t.name))
        fn = self.pick("RANK", "ROW_NUMBER", "DENSE_RANK")
        if kind == "first" and part:
            sql = (f"SELECT {self.q(part.name)}, {self.q(lab.name)}, {self.q(c.name)} FROM (SELECT {self.q(part.name)}, {self.q(lab.name)}, {self.q(c.name)}, "
                   f"ROW_NUMBER() OVER ({over}ORDER BY {self.q(c.name)} DESC) AS rn FROM {self.q(t.name)}) AS ranked WHERE rn = 1")
            if len({part.name, lab.name, c.name}) == 3:
                return self.pick(f"the {self.entity(t, False)} with the highest {w} in each {self.col_words(part)}",
                    f"top {L} by {w} per {self.col_words(part)}"), sql
        return self.pick(f"rank {self.entity(t)} by {w}{per}",
            f"{L} of {self.entity(t)} with their rank by {w}{per}"), self.select(f"{self.q(lab.name)}, {self.q(c.name)}, {fn}() OVER ({over}ORDER BY {self.q(c.name)} DESC) AS {self.pick('rnk', 'rn', 'position_no')}", self.q(t.name))

    def q_period(self):
        """Aggregates per year or month."""
        options = [(t, c) for t in self.tables for c in t.cols if c.kind == "date"]
        if not options:
            return self.q_group()
        t, c = self.r.choice(options)
        scope = Scope(self)
        i = scope.add(t)
        expr, agg, name = self.aggregate(scope, i)
        year = self.chance(0.55)
        p = (self.year_of if year else self.month_of)(self.q(c.name))
        word = "year" if year else "month"
        where, cond = self.where(scope, [i], (75, 25, 0, 0))
        by = self.pick(p, p, "1") if self.dialect != "tsql" else p
        alias = self.pick(f" AS {'yr' if year else 'mon'}", f" AS {word}_no", "")
        return self.pick(f"{agg} per {word}{cond}", f"{agg} by {word} of {self.col_words(c)}{cond}",
            f"monthly {agg}{cond}" if not year else f"yearly {agg}{cond}", f"for each {word}, the {agg}{cond}"), \
            self.select(f"{p}{alias}, {expr} AS {name}", self.q(t.name), where, by, "", self.pick("", p, "1"))

    def q_self(self):
        """Self join over a self reference."""
        edges = [e for e in self.edges if e[0] is e[2]]
        if not edges:
            return self.q_list()
        t, x, _, y = self.r.choice(edges)
        scope = Scope(self, "initials")
        a, b = scope.add(t), scope.add(t)
        lab = self.label(a)
        role = " ".join(w for w in x.words if w != "id") or "parent"
        return (self.pick(f"{self.col_words(lab)} of each {self.entity(t, False)} and of its {role}",
            f"list {self.entity(t)} with the {self.col_words(lab)} of their {role}"),
                f"SELECT {scope.ref(a, lab)}, {scope.ref(b, lab)} AS {role.replace(' ', '_') if role.replace(' ', '').isidentifier() else 'parent'}_{'name' if lab.kind == 'name' else 'value'} FROM {scope.table_sql(a)} {self.pick('', 'LEFT ')}JOIN {scope.table_sql(b)} ON {scope.ref(a, x)} = {scope.ref(b, y)}")

    def q_change(self):
        """INSERT, UPDATE, DELETE, CREATE VIEW."""
        scope, insts, joins = self.path(1)
        t = insts[0][0]
        cols = [c for c in t.cols if not (c.pk and len(t.cols) > 2 and c.kind == "id")]
        value = lambda c: (self.number(c) if c.kind in ("int", "real", "year", "id",
            "fk") else f"'{self.date()}'" if c.kind == "date" else
                           (self.pick("TRUE", "FALSE") if self.dialect in ("postgres", "duckdb") else self.pick("0",
                               "1")) if c.kind == "bool" else self.lit(self.text_value(c)))
        s, w = self.condition(scope, insts[0])
        kind, one = self.pick("insert", "update", "delete", "view"), self.entity(t, False)
        if kind == "insert":
            use = cols[:self.r.randint(2, 6)]
            return self.pick(f"add a new {one}", f"insert a {one}",
                f"insert a row into {self.entity(t)}"), f"INSERT INTO {self.q(t.name)} ({', '.join(self.q(c.name) for c in use)}) VALUES ({', '.join(value(c) for c in use)})"
        if kind == "update":
            c = self.r.choice(cols)
            v = value(c)
            return self.pick(f"set {self.col_words(c)} to {v} for {self.entity(t)} {w}",
                f"update the {self.col_words(c)} of {self.entity(t)} {w} to {v}"), f"UPDATE {self.q(t.name)} SET {self.q(c.name)} = {v} WHERE {s}"
        if kind == "delete":
            return self.pick(f"delete {self.entity(t)} {w}",
                f"remove all {self.entity(t)} {w}"), f"DELETE FROM {self.q(t.name)} WHERE {s}"
        words, sql = self.pick(self.q_list, self.q_group)()
        return f"create a view of {words}", f"CREATE VIEW {self.pick('v_', 'vw_', 'view_')}{''.join(x for x in '_'.join(t.words) if x.isalnum() or x == '_')} AS {sql}"

    KINDS = {"q_list": 27, "q_count": 10, "q_aggregate": 9, "q_group": 19, "q_top": 10, "q_above_average": 3,
        "q_semi": 7, "q_set": 3, "q_case": 2.5,
             "q_cte": 2, "q_window": 2, "q_period": 2.5, "q_self": 1, "q_change": 3}

    def query(self):
        """(words, sql) of a random kind."""
        self.restyle()
        kind = self.r.choices(list(self.KINDS), list(self.KINDS.values()))[0]
        return getattr(self, kind)()


class Documents:
    """Random training documents; one instance per process."""

    def __init__(self, seed, natural, limit_chars=4000, statements=4, share_natural=0.4, nonsense=0.15, echo=0.04, longest=1e9):
        self.r = random.Random(seed)
        self.natural = natural
        self.max_chars, self.statements, self.share_natural = limit_chars, statements, share_natural
        self.limit, self.nonsense, self.share_echo, self.longest = limit_chars, nonsense, echo, longest
        self.linker = Linker()

    def schema(self):
        """Tables of a synthetic document and its dialect."""
        r = self.r
        dialect = "sqlite" if r.random() < 0.7 else r.choice(DIALECTS[1:])
        if r.random() < 0.68:
            family = "tsql" if dialect == "tsql" else "sqlite" if dialect == "sqlite" and r.random() < 0.7 else "varchar"
            n = r.choices((1, 2, 3, 4, 5, 6, 8, 12, 18, 25), (6, 12, 18, 18, 14, 12, 9, 6, 3, 2))[0]
            tables = random_schema(r, n, family, r.choice((5, 7, 9, 12)), self.nonsense)
        else:
            tables = r.choice(self.natural.real_schemas)
            tables = self.natural.subset(r, tables, r.randint(3, 9) if len(tables) > 12 else 12)
            if r.random() < 0.5:
                tables, _ = recase(r, tables, self.nonsense)
        return self.shrink(tables), dialect

    def shrink(self, tables):
        """Drop tables at the end until the schema text fits; drop stray references."""
        size, kept = 0, []
        for t in tables:
            size += len(render_table(t)) + 1
            if size > self.limit and kept:
                break
            kept.append(t)
        names = {t.name.lower() for t in kept}
        for t in kept:
            for c in t.cols:
                if c.ref and c.ref[0].lower() not in names:
                    c.ref = None
        return kept

    def shown_schema(self, tables, dialect):
        """Schema text; sometimes without keys, in another table order."""
        r = self.r
        if r.random() < 0.4:
            tables = r.sample(tables, len(tables))
        text = render_schema(tables, dialect)
        if r.random() < 0.22 and "REFERENCES" in text:
            text = re.sub(r' REFERENCES (?:"[^"]+"|`[^`]+`|\[[^\]]+\]|\w+)\((?:"[^"]+"|`[^`]+`|\[[^\]]+\]|\w+)\)', "",
                text)
            if r.random() < 0.5:
                text = text.replace(" PRIMARY KEY,", ",")
        return text

    def comment(self, words):
        """A comment block of one or two lines."""
        r = self.r
        text = " ".join(words.split())
        x = r.random()
        if x < 0.5:
            text = text[0].upper() + text[1:]
        if x < 0.2 and text[-1] not in "?.":
            text += r.choice((".", "?")) if x < 0.1 else "."
        elif x > 0.75:
            text = text.rstrip("?.")
        lines = [text]
        spaces = [i for i, ch in enumerate(text) if ch == " " and 30 < i < len(text) - 15]
        if len(text) > 70 and spaces and r.random() < 0.4:
            i = r.choice(spaces)
            lines = [text[:i], text[i + 1:]]
        lead = "-- " if r.random() < 0.93 else "--"
        return "".join(lead + x + "\n" for x in lines)

    def cut(self, sql):
        """Insert CUT marks where a typing user may pause."""
        r = self.r
        if len(sql) < 8 or r.random() < 0.45:
            return sql
        starts = [m.end() for m in re.finditer(r"[ \n.(](?=\w)", sql)]
        for i in sorted({r.choice(starts) if starts and r.random() < 0.4 else r.randrange(1,
            len(sql) - 2) for _ in range(r.choice((1, 1, 2, 3, 4)))}, reverse=True):
            sql = sql[:i] + CUT + sql[i:]
        return sql

    def document(self):
        """One document as segments."""
        r = self.r
        self.limit = int(self.max_chars * r.choices((0.25, 0.45, 0.7, 1.0), (30, 35, 22, 13))[0])
        if r.random() < self.share_echo:
            return self.echo()
        if r.random() < self.share_natural:
            tables, dialect, pairs = self.natural.sample(r, self.limit, self.statements)
            commented = 0.9
        else:
            commented = 0.75
            tables, dialect = self.schema()
            gen, pairs = Generator(r, tables, dialect), []
            for _ in range(r.randint(1, self.statements)):
                pairs.append(gen.query())
        out = [(self.shown_schema(tables, dialect), 0)]
        style = random_style(r)
        used = len(out[0][0])
        questions = [" ".join(words.split()) if words and r.random() < commented else "" for words, _ in pairs]
        linked = [(words, value_places(r, tables, words, sql)) for words, (_, sql) in zip(questions, pairs)]
        for words, behind, (_, sql) in zip(questions, self.linker.behind(tables, dialect, linked), pairs):
            if r.random() < 0.25:
                style = random_style(r)
            part = []
            if words:
                part = [(self.comment(words), 1)]
                if behind and r.random() < 0.9:
                    # Links are no text that anybody writes: they count as the schema does.
                    part = [(part[0][0][:-1], 1), (behind + "\n", 0)]
            part.append((format_sql(sql, style) + ";\n", 2))
            if r.random() < 0.7:
                part.append(("\n", 2))
            used += sum(len(s) for s, _ in part)
            if used > self.longest and len(out) > 1:
                break
            out += part
        while out[-1][0] == "\n":
            out.pop()
        if r.random() < 0.13:
            out = self.fim(out)
        else:
            out = [(self.cut(s), 2) if k == 2 else (s, k) for s, k in out]
        return out + [("<|endoftext|>", 2)]

    def echo(self):
        """A document that only copies: column lists of invented tables in schema order."""
        r = self.r
        tables = random_schema(r, r.choice((1, 2, 2, 3, 4)), r.choice(("sqlite", "varchar")), r.choice((4, 6, 8)),
            nonsense=0.75)
        out = [(render_schema(tables), 0)]
        style = random_style(r)
        for _ in range(r.choice((2, 3, 4))):
            t = r.choice(tables)
            name, cols = quote(t.name), [quote(c.name) for c in t.cols]
            if r.random() < 0.4:
                cols = cols[r.randrange(len(cols)):]
            short = t.words[0][0]
            sql = r.choices((f"SELECT {', '.join(cols)} FROM {name}",
                f"SELECT {', '.join(f'{name}.{c}' for c in cols)} FROM {name}",
                             f"SELECT {', '.join(f'{short}.{c}' for c in cols)} FROM {name} AS {short}",
                             f"INSERT INTO {name} ({', '.join(cols)}) VALUES ({', '.join('?' for _ in cols)})",
                             f"UPDATE {name} SET {', '.join(f'{c} = ?' for c in cols)}"), (35, 25, 15, 13, 12))[0]
            out.append((format_sql(sql, style) + ";\n", 2))
        return out + [("<|endoftext|>", 2)]

    def fim(self, out):
        """Fill-in-the-middle view of a document: a hole in one SQL segment."""
        r = self.r
        at = r.choice([i for i, (s, k) in enumerate(out) if k == 2 and len(s) > 5])
        s = out[at][0]
        start = r.randrange(1, len(s) - 3)
        line = s.find("\n", start + 1)
        end = r.choice((line if 0 < line < len(s) - 1 else len(s) - 2, r.randint(start + 1, len(s) - 1),
            min(len(s) - 1, start + r.randint(1, 40))))
        suffix = s[end:] + "".join(x for x, _ in out[at + 1:])
        # Mostly the schema first, as in all other prompts, so that they share its cache.
        before = [("<|fim_prefix|>", 0), *out[:at]] if r.random() < 0.3 else [out[0], ("<|fim_prefix|>", 0), *out[1:at]]
        return [*before, (s[:start], 2), ("<|fim_suffix|>", 0), (suffix, 1), ("<|fim_middle|>", 0), (s[start:end], 2)]


def encode_document(tok, segments):
    """(ids, classes) of a document."""
    ids, classes = [], []
    for text, k in segments:
        part = [tok.special[text]] if text in tok.special else tok.encode(text)
        ids += part
        classes += [k] * len(part)
    return ids, classes


def check(n, natural, seed):
    """Compile n synthetic sqlite statements against their schemas; print the failures."""
    docs, bad, total, kinds, start = Documents(seed, natural), 0, 0, Counter(), time.time()
    while total < n:
        tables, dialect = docs.schema()
        gen = Generator(docs.r, tables, "sqlite")
        db = sqlite3.connect(":memory:")
        for t in tables:
            db.execute(render_table(t).replace("(MAX)", ""))
        for _ in range(4):
            words, sql = gen.query()
            sql = format_sql(sql, random_style(docs.r))
            total += 1
            try:
                db.execute("EXPLAIN " + sql)
            except sqlite3.Error as e:
                bad += 1
                kinds[str(e)[:40]] += 1
                if bad <= 12:
                    print("FAIL", e, "|", sql)
    print(f"{total} statements, {bad} fail ({100 * bad / total:.2f}%), {total / (time.time() - start):.0f} per second",
        kinds.most_common(6))


def main():
    p = argparse.ArgumentParser(description="Check or show the synthetic generator.")
    p.add_argument("--check", type=int, default=0)
    p.add_argument("--show", type=int, default=0)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--data", default=str(Path(__file__).parent / "data"))
    a = p.parse_args()
    build()
    natural = Natural(a.data)
    if a.check:
        check(a.check, natural, a.seed)
    docs = Documents(a.seed, natural)
    for _ in range(a.show):
        print("".join(s for s, _ in docs.document()).replace(CUT, "¦"), "\n" + "=" * 60)


if __name__ == "__main__":
    main()
