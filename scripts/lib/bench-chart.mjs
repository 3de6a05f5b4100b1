// Draws the time until the whole suggestion, for docs/performance.md: for each trace one bar for each system, with its
// p95 as a line, on a logarithmic axis.

const colours = {
  'SQL Ahead': '#2f6fab',
  'llama-server': '#c9803a',
  'node-llama-cpp': '#7a9a5b',
  stateless: '#b9c4cf',
};
const [left, width, line, gap] = [110, 470, 12, 10];

export function chart(rows) {
  const traces = [...new Set(rows.map(({ trace }) => trace))];
  const systems = [...new Set(rows.map(({ system }) => system))];
  const values = rows.flatMap(({ ghost_ms }) => [ghost_ms.p50, ghost_ms.p95]).filter((value) => value > 0);
  const from = 10 ** Math.floor(Math.log10(Math.min(...values)));
  const to = 10 ** Math.ceil(Math.log10(Math.max(...values)));
  const x = (value) => left + (width * Math.log10(Math.max(value, from) / from)) / Math.log10(to / from);
  const top = 40;
  const group = systems.length * line + gap;
  const height = top + traces.length * group + 8;
  const parts = systems.map((system, i) => {
    const at = left + 120 * i;
    return `<rect x="${at}" y="6" width="10" height="10" fill="${colours[system]}"/><text x="${at + 14}" y="15">${system}</text>`;
  });
  for (let tick = from; tick <= to * 1.001; tick *= 10) {
    const at = x(tick).toFixed(1);
    parts.push(
      `<line x1="${at}" x2="${at}" y1="${top - 4}" y2="${height - 8}" stroke="#e4e8ec"/>`,
      `<text x="${at}" y="${top - 8}" text-anchor="middle" font-size="9">${Number(tick.toPrecision(1))} ms</text>`,
    );
  }
  traces.forEach((trace, t) => {
    const y = top + t * group;
    parts.push(
      `<text x="${left - 8}" y="${y + (systems.length * line) / 2 + 4}" text-anchor="end">${trace}</text>`,
    );
    systems.forEach((system, s) => {
      const row = rows.find((one) => one.trace === trace && one.system === system);
      if (!row || !(row.ghost_ms.p50 > 0)) return;
      const { p50, p95 } = row.ghost_ms;
      const at = y + s * line;
      parts.push(
        `<rect x="${left}" y="${at}" width="${Math.max(1, x(p50) - left).toFixed(1)}" height="${line - 2}" fill="${colours[system]}"/>`,
        `<line x1="${x(p50).toFixed(1)}" x2="${x(p95).toFixed(1)}" y1="${at + 5}" y2="${at + 5}" stroke="${colours[system]}"/>`,
        `<text x="${(x(p95) + 4).toFixed(1)}" y="${at + 9}" font-size="9">${p50}</text>`,
      );
    });
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${left + width + 60} ${height}" font-family="sans-serif" font-size="11" fill="#444">\n<rect width="100%" height="100%" fill="#fff"/>\n${parts.join('\n')}\n</svg>\n`;
}
