/**
 * A schema of many tables that look alike: answers are those of a small schema, and columns that every table has do not
 * connect any two.
 */
import assert from 'node:assert/strict';
import { distances, keyPairs } from '../../../server/src/schema/keyJoins';
import { isSensible } from '../../../server/src/legality/violations';
import type { Schema } from '../../../server/src/schema/model';
import { schemaOf } from '../support/schemas';

/** A chain of keys; every table has a name, a tenant and a parent. */
function chain(count: number): Schema {
  const table = (i: number): string =>
    `CREATE TABLE entity_${i} (id INTEGER PRIMARY KEY, name TEXT, tenant_id INTEGER, only_${i} TEXT, ` +
    `parent_id INTEGER${i > 0 ? ` REFERENCES entity_${i - 1}(id)` : ''});`;
  return schemaOf(Array.from({ length: count }, (_, i) => table(i)).join('\n'));
}

const few = chain(20);
const many = chain(400);

function check(text: string, expected: boolean): void {
  it(`${expected ? 'sense' : 'nonsense'} with 20 tables and with 400: ${JSON.stringify(text)}`, () => {
    assert.equal(isSensible(text, few), expected);
    assert.equal(isSensible(text, many), expected);
  });
}

describe('many tables', () => {
  check('SELECT e.name, e.parent_id ', true);
  check('SELECT e.name, e.parent_id FROM ', true);
  check('SELECT e.name, e.parent_id FROM entity_1', true);
  check('SELECT name, only_3 FROM entity_3 ', true);
  check('SELECT name, only_3, only_4 FROM ent', true);
  check('SELECT a.only_3, b.only_4 FROM entity_3 a ', true);
  check('SELECT only_3, nothing FROM entity_3 ', false);

  it('with one column in common are not connected by it, where only some have it they are', () => {
    assert.deepEqual(keyPairs(many, 'entity_3', 'entity_300'), []);
    assert.notDeepEqual(keyPairs(few, 'entity_3', 'entity_15'), []);
    assert.deepEqual(keyPairs(many, 'entity_3', 'entity_4'), [{ left: 'id', right: 'parent_id' }]);
  });

  it('that keys connect are as far away as there are keys between', () => {
    assert.deepEqual(
      [...distances(many, ['ENTITY_7'], 2)],
      [
        ['entity_7', 0],
        ['entity_6', 1],
        ['entity_8', 1],
        ['entity_5', 2],
        ['entity_9', 2],
      ],
    );
  });
});
