// Compares the project's goals of speed with the figures reached, for docs/performance.md. The page itself says why a
// goal was missed.
import { ms, percent, times } from './bench-table.mjs';

const product = 'SQL Ahead';
const finite = (values) => values.filter((value) => typeof value === 'number' && Number.isFinite(value));
/**
 * The smallest and the largest value, and whether all values reach the goal. Without a verdict when the model has no
 * goal.
 */
function span(values, show, good, hasGoal = true) {
  const all = finite(values);
  if (all.length === 0) return '–';
  const [least, most] = [Math.min(...all), Math.max(...all)];
  if (!hasGoal) return least === most ? show(least) : `${show(least)} to ${show(most)}`;
  const met = all.filter(good).length;
  const range = least === most ? show(least) : `${show(least)} to ${show(most)}`;
  return `${range} ${met === all.length ? '✓' : all.length === 1 ? '✗' : `(${met} of ${all.length})`}`;
}
const isStarter = (name) => name.includes('starter');
const plain = (value) => Number(value.toPrecision(3)).toString();

export function goals(models) {
  const row = (name, wanted, of) => [name, wanted, ...models.map(of)];
  return [
    row("whole suggestion, p50, over llama-server's on the same trace", '≤ 0.25', ({ ratios }) =>
      span(
        ratios.filter(({ peer }) => peer === 'llama-server').map(({ median }) => median),
        plain,
        (value) => value <= 0.25,
      ),
    ),
    row('suggestions that were there at once, by trace', '≥ 60 % (starter)', ({ name, rows }) =>
      span(
        rows.filter(({ system }) => system === product).map(({ zero_wait_rate }) => zero_wait_rate),
        percent,
        (value) => value >= 0.6,
        isStarter(name),
      ),
    ),
    row(
      'first token after a key that it was not ready for, in decode steps, at the client',
      '≤ 1.15',
      (model) =>
        span(
          model.rows
            .filter(({ system }) => system === product)
            .map((figures) => figures.ttft_waiting_ms?.p50 / decodeStep(model)),
          plain,
          (value) => value <= 1.15,
        ),
    ),
    row('the same within the addon: one token cropped, one evaluated', '≤ 1.15', ({ micro }) =>
      span(
        micro?.addon.at.map(({ one_in_decode_steps }) => one_in_decode_steps) ?? [],
        plain,
        (v) => v <= 1.15,
      ),
    ),
    row('tokens a key, 10 to 1,000 tables: greatest over least', '≤ 1.1', ({ rows }) => {
      const means = rows
        .filter(({ system, trace }) => system === product && trace.startsWith('schema-'))
        .map(({ tokens_per_keystroke }) => tokens_per_keystroke.mean);
      return means.length < 2 ? '–' : span([Math.max(...means) / Math.min(...means)], plain, (v) => v <= 1.1);
    }),
    row('schema ready after a restart, faster than evaluating it', '≥ 50 ×', ({ micro }) =>
      span([micro?.server?.schema.restart_gain], times, (value) => value >= 50),
    ),
    row("addon's overhead a token over llama-bench's tg", '≤ 3 %', ({ micro }) =>
      span([micro?.llama_bench?.overhead], percent, (value) => value <= 0.03),
    ),
    row(
      'first token after a key, schema of about 1,000 tokens cached',
      '≤ 10 ms (starter)',
      ({ name, micro }) =>
        span([micro?.server?.answer?.first_ms], ms, (value) => value <= 10, isStarter(name)),
    ),
    row('16 tokens after it', '≤ 80 ms (starter)', ({ name, micro }) =>
      span([micro?.server?.answer?.sixteen_ms], ms, (value) => value <= 80, isStarter(name)),
    ),
  ];
}

/** Decoding one token behind a schema of usual size. */
function decodeStep({ micro }) {
  return micro?.addon.at[0]?.decode_ms ?? micro?.addon.decode_ms;
}
