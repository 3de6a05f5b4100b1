/** Addresses of databases in one line, by example. */
import assert from 'node:assert/strict';
import {
  describeConnection,
  freeName,
  readConnectionUrl,
  secretKey,
} from '../../../client/src/connectionUrl';
import type { ConnectionSettings } from '../../../server/src/protocol';

function check(written: string, expected: ConnectionSettings | RegExp, password?: string): void {
  it(`reads ${written}`, () => {
    const read = readConnectionUrl(written);
    if (expected instanceof RegExp) assert.match(typeof read === 'string' ? read : 'it was read', expected);
    else assert.deepEqual(read, { connection: expected, ...(password === undefined ? {} : { password }) });
  });
}

describe('addresses of connections', () => {
  const shop = {
    name: 'shop',
    kind: 'postgres',
    host: 'db.example.org',
    database: 'shop',
    user: 'ann',
  } as const;
  check('postgres://ann@db.example.org/shop', shop);
  check(' postgresql://ann@db.example.org:6432/shop ', { ...shop, port: 6432 });
  check('postgres://ann@db.example.org:80/shop', { ...shop, port: 80 });
  check('postgres://ann:s%40cret@db.example.org/shop', shop, 's@cret');
  check('postgres://ann@db.example.org/shop?sslmode=require', { ...shop, ssl: 'require' });
  check('postgres://ann@db.example.org/shop?sslmode=disable', { ...shop, ssl: 'off' });
  check('postgres://ann@db.example.org/shop?sslmode=prefer', shop);
  check('postgres://ann@db.example.org', {
    name: 'ann',
    kind: 'postgres',
    host: 'db.example.org',
    user: 'ann',
  });
  check('postgres://ann@[::1]:5433/shop', { ...shop, host: '::1', port: 5433 });
  check('postgres://ann@localhost/shop?host=/var/run/postgresql', { ...shop, host: '/var/run/postgresql' });
  check('mysql://ann@db.example.org/shop', { ...shop, kind: 'mysql' });
  check('MariaDB://ann@db.example.org/shop', { ...shop, kind: 'mysql' });
  check('data/ponds.duckdb', { name: 'ponds.duckdb', kind: 'duckdb', database: 'data/ponds.duckdb' });
  check('C:\\data\\shop.sqlite', { name: 'shop.sqlite', kind: 'sqlite', database: 'C:\\data\\shop.sqlite' });
  check('/data/shop.db', { name: 'shop.db', kind: 'sqlite', database: '/data/shop.db' });
  check('', /postgres:\/\//);
  check('shop', /postgres:\/\//);
  check('oracle://ann@host/shop', /"oracle" is not known/);
  check('postgres://host/shop', /user is missing/);
  check('mysql://ann@host', /database is missing/);
  check('postgres://ann:50%@host/shop', /cannot be read/);
  check('postgres://', /cannot be read/);

  it('tells where a connection leads to', () => {
    assert.equal(describeConnection({ ...shop, port: 6432 }), 'postgres · ann@db.example.org:6432/shop');
    assert.equal(describeConnection({ name: 'x', kind: 'sqlite', database: 'a.db' }), 'sqlite · a.db');
  });
  it('keeps a password by where it is sent to, whatever the connection is called', () => {
    assert.equal(secretKey(shop), secretKey({ ...shop, name: 'other', database: 'other' }));
    for (const other of [{ host: 'evil.example.org' }, { user: 'bob' }, { port: 1 }, { ssl: 'off' as const }])
      assert.notEqual(secretKey(shop), secretKey({ ...shop, ...other }));
  });
  it('finds a name that is free', () => {
    assert.equal(freeName('shop', []), 'shop');
    assert.equal(freeName('shop', ['shop', 'shop 2']), 'shop 3');
  });
});
