/** The options that the drivers get from a connection's settings, by example. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { searchPathOptions, tlsOptions, withHome } from '../../../server/src/schema/sources/connection';
import type { ConnectionSettings } from '../../../server/src/settings';
import { temporaryFolders } from '../support/folders';

const shop: ConnectionSettings = { name: 'shop', kind: 'postgres', host: 'db.example.org' };

describe('options of connections', () => {
  const folder = temporaryFolders();
  for (const [searchPath, expected] of [
    [undefined, undefined],
    [[], undefined],
    [['tenant', 'public'], '-c search_path="tenant","public"'],
    [['$user', 'My "own" \\ one'], String.raw`-c search_path="$user","My\ ""own""\ \\\ one"`],
  ] as const)
    it(`search path ${JSON.stringify(searchPath)}`, () => {
      assert.equal(searchPathOptions({ ...shop, ...(searchPath && { searchPath }) }), expected);
    });

  it('takes certificates from the file that is named, and says where that cannot be read', () => {
    const rootCertificate = path.join(folder(), 'ca.pem');
    writeFileSync(rootCertificate, 'PEM');
    assert.deepEqual(tlsOptions({ ...shop, rootCertificate }), { rejectUnauthorized: true, ca: 'PEM' });
    assert.equal(tlsOptions({ ...shop, ssl: 'off', rootCertificate: '/nowhere' }), false);
    assert.throws(
      () => tlsOptions({ ...shop, rootCertificate: '/nowhere/ca.pem' }),
      (error: { code?: string; message?: string }) =>
        error.code === 'ERR_CONNECTION_TLS' && error.message?.includes('/nowhere/ca.pem') === true,
    );
  });

  for (const [written, expected] of [
    ['~/x.duckdb', `${homedir()}/x.duckdb`],
    ['~', homedir()],
    ['~x/y', '~x/y'],
    ['a/~/b', 'a/~/b'],
  ] as const)
    it(`reads ${written} as ${expected}`, () => assert.equal(withHome(written), expected));
});
