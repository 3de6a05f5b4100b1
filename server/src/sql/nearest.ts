/**
 * Finds the names nearest to a misspelt one: those with the fewest letters wrong, missing, added or swapped, whatever
 * their case.
 */

const shown = 3;

/** The best few of the names, each once, best first; empty when none is near. */
export function nearestNames(name: string, names: readonly string[]): readonly string[] {
  const wanted = name.toLowerCase();
  const most = wanted.length <= 3 ? 1 : wanted.length <= 7 ? 2 : 3;
  const scored: { name: string; distance: number }[] = [];
  for (const candidate of new Set(names)) {
    const other = candidate.toLowerCase();
    if (candidate === name) continue;
    const distance = editDistance(wanted, other, most);
    if (distance <= most) scored.push({ name: candidate, distance });
    // A name that is cut short, or lacks a word: `cust` for `customers`, `amount` for `total_amount`.
    else if (wanted.length >= 3 && (other.startsWith(wanted) || other.endsWith(`_${wanted}`)))
      scored.push({ name: candidate, distance: most + 1 });
  }
  scored.sort((a, b) => a.distance - b.distance);
  return scored.slice(0, shown).map((one) => one.name);
}

/** Optimal string alignment distance; any number above `most` when it is greater. */
function editDistance(a: string, b: string, most: number): number {
  if (Math.abs(a.length - b.length) > most) return most + 1;
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, k) => k);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    let least = i;
    for (let k = 1; k <= b.length; k++) {
      const cost = a.charAt(i - 1) === b.charAt(k - 1) ? 0 : 1;
      let value = Math.min((last[k] ?? 0) + 1, (row[k - 1] ?? 0) + 1, (last[k - 1] ?? 0) + cost);
      const isSwap = a.charAt(i - 1) === b.charAt(k - 2) && a.charAt(i - 2) === b.charAt(k - 1);
      if (i > 1 && k > 1 && isSwap) value = Math.min(value, (beforeLast[k - 2] ?? 0) + 1);
      row.push(value);
      least = Math.min(least, value);
    }
    if (least > most) return most + 1;
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? most + 1;
}
