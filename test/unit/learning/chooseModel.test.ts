/** "auto": which model is chosen from what was measured and kept, and how that is said. */
import assert from 'node:assert/strict';
import {
  chooseModel,
  type Evidence,
  type ModelOnDisk,
  type Use,
} from '../../../server/src/learning/chooseModel';
import { noCounts, type Learnt } from '../../../server/src/learning/counts';

const model = (label: string, megabytes: number, decode?: number, isInstruct = false): ModelOnDisk => ({
  path: label === 'The starter model' ? '' : `/models/${label}.gguf`,
  label,
  bytes: megabytes * 1e6,
  isInstruct,
  ...(decode === undefined ? {} : { measured: { name: label, decode, prefill: 6 * decode } }),
});
const starter = model('The starter model', 10, 900);
const half = model('0.5B', 531, 37);
const middle = model('1.5B', 1646, 15);
const instruct = model('1.5B Instruct', 1117, 21, true);
const large = model('3B Instruct', 2105, 12, true);

/** @param kept share by label; twenty-five suggestions of each are counted */
const learnt = (kind: 'statement' | 'column', kept: Readonly<Record<string, number>>): Learnt =>
  Object.fromEntries(
    Object.entries(kept).map(([label, share]) => [
      label,
      { [kind]: { ...noCounts, shown: 100, accepted: Math.round(100 * share) } },
    ]),
  );

describe('chooseModel', () => {
  function check(
    what: string,
    use: Use,
    models: readonly ModelOnDisk[],
    expected: string,
    more: Partial<Evidence> = {},
  ): void {
    it(what, () => {
      const { path, reason } = chooseModel({ use, models, learnt: {}, memory: 16e9, ...more });
      assert.equal(reason, expected);
      assert.ok(reason.startsWith(models.find((one) => one.path === path)?.label ?? '-'));
    });
  }
  check(
    'nothing was measured: the starter',
    'ghost text',
    [model('The starter model', 10), model('1.5B', 1646)],
    'The starter model for ghost text: it was not measured here yet.',
  );
  check(
    'ghost text: the largest that writes a line in time',
    'ghost text',
    [starter, half, middle],
    '0.5B for ghost text: 37 tokens a second here; 1.5B would take 1.1 s.',
  );
  check(
    'questions: the largest that was taught to answer, within its time',
    'questions',
    [starter, half, middle, instruct, large],
    '1.5B Instruct for questions: 21 tokens a second here; 3B Instruct would take 5.0 s.',
  );
  check(
    'questions: one that continues text where none was taught to answer',
    'questions',
    [starter, half, middle],
    '1.5B for questions: 15 tokens a second here.',
  );
  check(
    'one that was not measured is judged by one of its size',
    'questions',
    [starter, half, model('0.6B Instruct', 676, undefined, true)],
    '0.6B Instruct for questions: about 29 tokens a second here.',
  );
  check(
    'what does not fit the memory is left out',
    'questions',
    [starter, half, instruct],
    '0.5B for questions: 37 tokens a second here.',
    { memory: 1.5e9 },
  );
  check(
    'a cheaper one that is kept as often',
    'ghost text',
    [starter, half],
    'The starter model for ghost text: 900 tokens a second here, 58 % of its suggestions kept, as much as of 0.5B, which is slower.',
    { learnt: learnt('column', { 'The starter model': 0.58, '0.5B': 0.62 }) },
  );
  check(
    'a dearer one that is kept more often, with its share',
    'questions',
    [starter, instruct, large],
    '1.5B Instruct for questions: 21 tokens a second here, 62 % of its suggestions kept; 3B Instruct would take 5.0 s.',
    { learnt: learnt('statement', { 'The starter model': 0.3, '1.5B Instruct': 0.62 }) },
  );
  check(
    'what is kept of ghost text says nothing about questions',
    'questions',
    [starter, instruct],
    '1.5B Instruct for questions: 21 tokens a second here.',
    { learnt: learnt('column', { 'The starter model': 0.9, '1.5B Instruct': 0.1 }) },
  );
  check(
    'who keeps most of what comes is not asked to try a slower one',
    'ghost text',
    [starter, half],
    'The starter model for ghost text: 900 tokens a second here, 70 % of its suggestions kept; larger ones were not tried, because enough of it is kept.',
    { learnt: learnt('column', { 'The starter model': 0.7 }), current: '' },
  );

  it('does not flap: neither for rates that swing nor for shares that differ little', () => {
    const chosen = (decode: number, shares: readonly [number, number], current: string | undefined): string =>
      chooseModel({
        ...{ use: 'ghost text', memory: 16e9, current },
        models: [starter, model('0.5B', 531, decode)],
        learnt: learnt('column', { 'The starter model': shares[0], '0.5B': shares[1] }),
      }).path;
    const [small, big] = ['', '/models/0.5B.gguf'];
    const run = (
      steps: readonly (readonly [number, readonly [number, number]])[],
      from: string,
    ): string[] => {
      let current = from;
      return steps.map(([decode, shares]) => (current = chosen(decode, shares, current)));
    };
    // Around the limit of 27 tokens a second.
    const better = [0.3, 0.5] as const;
    assert.deepEqual(
      run(
        [
          [30, better],
          [25, better],
          [29, better],
          [22, better],
        ],
        small,
      ),
      [big, big, big, big],
    );
    assert.deepEqual(
      run(
        [
          [18, better],
          [25, better],
          [26, better],
          [28, better],
        ],
        big,
      ),
      [small, small, small, big],
    );
    // Around the shares that count as the same.
    assert.deepEqual(
      run(
        [
          [40, [0.5, 0.54]],
          [40, [0.5, 0.58]],
          [40, [0.5, 0.53]],
        ],
        small,
      ),
      [small, small, small],
    );
    assert.deepEqual(
      run(
        [
          [40, [0.5, 0.54]],
          [40, [0.53, 0.54]],
          [40, [0.5, 0.61]],
        ],
        big,
      ),
      [big, big, big],
    );
    assert.deepEqual(
      run(
        [
          [40, [0.5, 0.62]],
          [40, [0.5, 0.54]],
          [40, [0.56, 0.54]],
        ],
        small,
      ),
      [big, big, small],
    );
  });
});
