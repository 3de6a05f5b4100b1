/** The user's own settings and the workspace's: the stricter one wins. */
import assert from 'node:assert/strict';
import { strictest } from '../../../client/src/strictest';

describe('strictest', () => {
  for (const [effective, own, expected] of [
    ['all', 'none', 'none'],
    ['all', 'files', 'files'],
    ['files', 'none', 'none'],
    ['none', 'all', 'none'],
    ['files', 'all', 'files'],
    ['all', undefined, 'all'],
    ['all', 'nonsense', 'all'],
  ] as const) {
    it(`the workspace says ${effective}, the user ${own ?? 'nothing'}: ${expected}`, () =>
      assert.deepEqual(strictest({ sampleValues: effective }, { sampleValues: own }), {
        sampleValues: expected,
      }));
  }

  it('what the user marked sensitive stays so, by its name and by where it leads', () => {
    const own = [
      { name: 'wages', kind: 'postgres', host: 'db', database: 'wages', sensitive: true },
      { name: 'shop', kind: 'sqlite', database: 'shop.sqlite' },
    ];
    const connections = [
      { name: 'wages', kind: 'postgres', host: 'elsewhere' },
      { name: 'other', kind: 'postgres', host: 'db', database: 'wages', sensitive: false },
      { name: 'shop', kind: 'sqlite', database: 'shop.sqlite' },
      'nonsense',
    ];
    assert.deepEqual(strictest({ connections }, { connections: own }), {
      connections: [
        { ...(connections[0] as object), sensitive: true },
        { ...(connections[1] as object), sensitive: true },
        connections[2],
        'nonsense',
      ],
    });
  });
});
