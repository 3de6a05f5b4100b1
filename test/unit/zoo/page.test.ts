/** The page's tables: ours beside the published ones, figures between the marks and nowhere else. */
import assert from 'node:assert/strict';
import { withFigures, zooPage, type Report } from '../../../scripts/zoo/page';

const machine = {
  ...{
    processor: 'p',
    cores: 2,
    memoryGB: 24,
    load: [1, 1, 1],
    node: 'v24',
    commit: 'abc',
    date: '2026-12-01',
  },
};
const comparison = { pplDelta: -0.004, pplDeltaError: 0.001, klMean: 0.002, kl99: 0.02, top1: 0.97 };
const rates = (perSecond: number) => ({
  prompt: 512,
  prefillPerSecond: perSecond,
  decodePerSecond: perSecond / 10,
  msPerToken: 1,
});
const tuned = {
  kind: 'tune',
  ...{ model: 'small.gguf', command: 'npm run zoo -- tune', machine },
  result: {
    target: 0.01,
    reference: { bytesPerToken: 3072 },
    preset: {
      ...{
        keyType: 'q8_0',
        valueType: 'q4_0',
        rotation: true,
        compression: 32 / 13,
        valueCompression: 32 / 9,
      },
      ...{
        bytesPerToken: 1248,
        text: comparison,
        sql: comparison,
        needle: { found: '39/40', f16: '39/40', lengths: [512] },
      },
      rates: { f16: rates(1000), own: rates(900) },
    },
  },
} as unknown as Report;

describe('the page of the zoo', () => {
  it('puts our figures beside the published ones', () => {
    const rows = zooPage([tuned]).split('\n');
    assert.ok(
      rows.includes(
        '| small | q8_0/q4_0 | **2.46×** | **3.56×** | -0.40 % ± 0.10 | -0.40 % ± 0.10 | 2.00e-3 | 97.0 % | 39/40 (f16: 39/40) | 1,248 (f16: 3,072) | 900 (-10 %) / 90 (-10 %) |',
      ),
      rows.join('\n'),
    );
    for (const share of ['2.67×', '2.42×', '2.29×', '+0.99 %', '+4.06 %'])
      assert.ok(
        rows.some((row) => row.includes(share)),
        share,
      );
  });

  it('has as many cells in every row of a table', () => {
    const widths = zooPage([tuned])
      .split('\n')
      .filter((line) => line.startsWith('| small') || line.startsWith('| model') || line.includes('int8'))
      .map((line) => line.split('|').length);
    assert.equal(new Set(widths).size, 1);
  });

  it('names models that are refused, with the reason', () => {
    const refused = { ...tuned, kind: 'refused', result: { reason: 'It is recurrent.' } } as Report;
    assert.match(zooPage([refused]), /`small\.gguf` is refused: It is recurrent\./);
  });

  it('changes what is between the marks and nothing else', () => {
    const page = 'a\n<!-- figures -->old<!-- end of figures -->\nb';
    assert.equal(withFigures(page, 'new'), 'a\n<!-- figures -->\n\nnew\n\n<!-- end of figures -->\nb');
    assert.throws(() => withFigures('no marks', 'new'), /marks/);
  });
});
