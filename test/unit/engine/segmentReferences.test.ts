/** A long segment is sent over the socket only once. */
import assert from 'node:assert/strict';
import { SegmentReferences } from '../../../server/src/engine/local/segmentReferences';

function recorder(): { references: SegmentReferences; sent: string[] } {
  const sent: string[] = [];
  const references = new SegmentReferences({
    sendNotification: (type: unknown, params?: unknown) => {
      sent.push(`${String(type)} ${String((params as { id: number }).id)}`);
      return Promise.resolve();
    },
  });
  return { references, sent };
}

describe('SegmentReferences', () => {
  const schema = 'x'.repeat(1000);

  it('defines a long segment once and then names it', () => {
    const { references, sent } = recorder();
    assert.deepEqual(references.wire([schema, 'SELECT ']), [{ ref: 1 }, 'SELECT ']);
    assert.deepEqual(references.wire([schema, 'SELECT 1']), [{ ref: 1 }, 'SELECT 1']);
    assert.deepEqual(sent, ['engine/define 1']);
  });

  it('sends the last segment as it is, however long', () => {
    const { references, sent } = recorder();
    assert.deepEqual(references.wire([schema]), [schema]);
    assert.deepEqual(sent, []);
  });

  it('forgets the least recently used of very many', () => {
    const { references, sent } = recorder();
    for (let i = 0; i < 70; i++) references.wire([schema + i.toString(), schema, 'SELECT']);
    assert.ok(sent.includes('engine/forget 1'));
    assert.ok(!sent.includes('engine/forget 2'), 'the schema is used all the time');
  });
});
