/** Addresses of databases in one line, by example. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  describeConnection,
  freeName,
  readConnectionUrl,
  secretKey,
} from '../../../client/src/connectionUrl';
import type { ConnectionSettings } from '../../../server/src/settings';

function check(
  written: string,
  expected: ConnectionSettings | RegExp,
  { password, note }: { password?: string; note?: RegExp } = {},
): void {
  it(`reads ${written}`, () => {
    const read = readConnectionUrl(written);
    if (expected instanceof RegExp) {
      assert.match(typeof read === 'string' ? read : 'it was read', expected);
      return;
    }
    assert.ok(typeof read !== 'string', JSON.stringify(read));
    assert.deepEqual(read.connection, expected);
    assert.equal(read.password, password);
    assert.match(read.note ?? '', note ?? /^$/);
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
  check('postgres://ann:s%40cret@db.example.org/shop', shop, { password: 's@cret' });
  check('postgres://ann@db.example.org/shop?sslmode=require', { ...shop, ssl: 'require' });
  check('postgres://ann@db.example.org/shop?sslmode=disable', { ...shop, ssl: 'off' });
  check('postgres://ann@db.example.org/shop?sslmode=prefer', shop, {
    note: /^sslmode=prefer is not followed/,
  });
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

  // What drivers and frameworks put behind the question mark.
  check('postgres://ann@db.example.org/shop?schema=tenant', { ...shop, searchPath: ['tenant'] });
  check('postgresql://ann@db.example.org/shop?options=-c%20search_path%3Dtenant,public', {
    ...shop,
    searchPath: ['tenant', 'public'],
  });
  check(
    'postgresql://ann@db.example.org/shop?options=--search-path%3Dtenant%20-c%20statement_timeout%3D5s',
    { ...shop, searchPath: ['tenant'] },
    { note: /^Not used: statement_timeout\.$/ },
  );
  check(
    'postgres://ann@db.example.org/shop?sslmode=verify-full&sslrootcert=/etc/ca.pem&connect_timeout=5&pgbouncer=true',
    { ...shop, ssl: 'verify', rootCertificate: '/etc/ca.pem' },
    { note: /^Not used: connect_timeout, pgbouncer\.$/ },
  );
  check('postgres://ann@db.example.org/shop?sslmode=verify-full&sslrootcert=system', {
    ...shop,
    ssl: 'verify',
  });
  check('postgres://ann@db.example.org/shop?ssl=true', { ...shop, ssl: 'verify' });
  check('postgres://ann@db.example.org/shop?ssl=true&sslmode=require', { ...shop, ssl: 'require' });
  check('postgres://ann@db.example.org/shop?ssl=0', { ...shop, ssl: 'off' });
  check('postgres://ann@db.example.org/shop?sslmode=no-verify', { ...shop, ssl: 'require' });
  check('postgres://ann@db.example.org/shop?sslmode=odd', shop, { note: /Not used: sslmode=odd/ });
  check(
    'postgresql:///shop?host=/var/run/postgresql&user=ann&password=p+w',
    { ...shop, host: '/var/run/postgresql' },
    { password: 'p+w' },
  );
  check('postgresql://ann@%2Fvar%2Frun%2Fpostgresql/shop', { ...shop, host: '/var/run/postgresql' });
  check('postgres://ann@/shop', { name: 'shop', kind: 'postgres', database: 'shop', user: 'ann' });
  check(
    'postgresql://ann:pw@db.example.org:5433,other.example.org/shop?target_session_attrs=any',
    { ...shop, port: 5433 },
    {
      password: 'pw',
      note: /^Of several hosts only the first is used: db\.example\.org\. Not used: target_session_attrs\.$/,
    },
  );
  const mysql = { ...shop, kind: 'mysql' } as const;
  check('mysql2://ann:pw@db.example.org/shop?encoding=utf8', mysql, {
    password: 'pw',
    note: /Not used: encoding/,
  });
  check('mysql://ann@localhost/shop?socket=/tmp/mysql.sock', { ...mysql, host: '/tmp/mysql.sock' });
  check('mysql+pymysql://ann@/shop?unix_socket=/tmp/mysql.sock', { ...mysql, host: '/tmp/mysql.sock' });
  check('mysql://ann@db.example.org/shop?ssl={"rejectUnauthorized":true}', { ...mysql, ssl: 'verify' });
  check('mysql://ann@db.example.org/shop?ssl=%7B%22rejectUnauthorized%22%3Afalse%7D', {
    ...mysql,
    ssl: 'require',
  });
  check('mysql://ann@db.example.org/shop?ssl-mode=VERIFY_CA&ssl-ca=~/ca.pem', {
    ...mysql,
    ssl: 'verify',
    rootCertificate: '~/ca.pem',
  });
  check('mysql://ann@db.example.org/shop?schema=x', mysql, { note: /Not used: schema/ });
  check(
    'ann:p@w@tcp(db.example.org:3307)/shop?tls=skip-verify&parseTime=true',
    { ...mysql, port: 3307, ssl: 'require' },
    { password: 'p@w', note: /Not used: parseTime/ },
  );

  // JDBC, SQLAlchemy, Rails, PHP.
  check(
    'jdbc:postgresql://db.example.org:6432/shop?user=ann&password=pw&currentSchema=tenant,public&ssl=true',
    { ...shop, port: 6432, ssl: 'verify', searchPath: ['tenant', 'public'] },
    { password: 'pw' },
  );
  check('jdbc:postgresql:shop?user=ann', { name: 'shop', kind: 'postgres', database: 'shop', user: 'ann' });
  check('jdbc:postgresql://db.example.org/shop', /user is missing/);
  check('jdbc:mysql://db.example.org:3306/shop?user=ann&useSSL=false', { ...mysql, port: 3306, ssl: 'off' });
  check(
    'jdbc:mysql:loadbalance://db.example.org,b/shop?user=ann&requireSSL=true',
    { ...mysql, ssl: 'require' },
    { note: /only the first is used/ },
  );
  check('jdbc:mariadb://db.example.org/shop?user=ann', mysql);
  check('jdbc:mysql://address=(host=a)/shop?user=ann', /cannot be read/);
  check('jdbc:sqlserver://host;databaseName=x', /"sqlserver" is not known/);
  check('postgresql+psycopg2://ann@db.example.org/shop', shop);
  check('postgresql+asyncpg://ann@db.example.org/shop', shop);
  check('pgsql:host=db.example.org;dbname=shop;user=ann', shop);
  check('mysql:host=db.example.org;port=3307;dbname=shop;user=ann', { ...mysql, port: 3307 });

  // Keywords, and lines as they stand in files and terminals.
  check(
    "host=db.example.org port=6432 dbname=shop user=ann password='it\\'s a \\\\ pw' sslmode=require",
    { ...shop, port: 6432, ssl: 'require' },
    { password: "it's a \\ pw" },
  );
  check('host = db.example.org dbname=shop user=ann application_name=x', shop, {
    note: /Not used: application_name/,
  });
  check('dbname=shop user=ann', { name: 'shop', kind: 'postgres', database: 'shop', user: 'ann' });
  check(
    'Host=db.example.org;Port=6432;Database=shop;Username=ann;Password=p w;SSL Mode=Require',
    { ...shop, port: 6432, ssl: 'require' },
    { password: 'p w' },
  );
  check('Server=db.example.org;Database=shop;Uid=ann;Pwd=pw', mysql, { password: 'pw' });
  check('host=x dbname', /cannot be read/);
  check('DATABASE_URL="postgres://ann:pw@db.example.org/shop"', shop, { password: 'pw' });
  check("export DATABASE_URL='postgres://ann@db.example.org/shop' # ours", shop);
  check('DB_URL=postgres://ann@db.example.org/shop # ours', shop);
  check('"DATABASE_URL": "postgres://ann@db.example.org/shop",', shop);
  check('spring.datasource.url=jdbc:postgresql://db.example.org/shop?user=ann', shop);
  check('url = "mysql://ann@db.example.org/shop"', mysql);
  check('psql "postgres://ann@db.example.org/shop"', shop);
  check("psql 'host=db.example.org user=ann dbname=shop'", shop);

  // Files.
  const sqlite = (database: string, name = 'dev.db') => ({ name, kind: 'sqlite', database }) as const;
  const duck = (database: string) => ({ name: 'x.duckdb', kind: 'duckdb', database }) as const;
  check('file:./dev.db', sqlite('./dev.db'));
  check('file:dev.db?mode=ro', sqlite('dev.db'), { note: /Not used: mode/ });
  check('file:///data/dev.db', sqlite('/data/dev.db'));
  check('file:///C:/data/dev.db', sqlite('C:/data/dev.db'));
  check('file://localhost/data/dev.db', sqlite('/data/dev.db'));
  check('file:x.duckdb', duck('x.duckdb'));
  check('sqlite:///dev.db', sqlite('dev.db'));
  check('sqlite:///./db/my%20dev.db', sqlite('./db/my dev.db', 'my dev.db'));
  check('sqlite:////data/dev.db', sqlite('/data/dev.db'));
  check('sqlite:///C:/data/dev.db', sqlite('C:/data/dev.db'));
  check('sqlite:///C:\\data\\dev.db', sqlite('C:\\data\\dev.db'));
  check('sqlite://dev.db', sqlite('dev.db'));
  check('sqlite+aiosqlite:///dev.db', sqlite('dev.db'));
  check('sqlite:dev', sqlite('dev', 'dev'));
  check('sqlite3:db/dev.db', sqlite('db/dev.db'));
  check('jdbc:sqlite:/data/dev.db', sqlite('/data/dev.db'));
  check('jdbc:sqlite:C:\\data\\dev.db', sqlite('C:\\data\\dev.db'));
  check('jdbc:duckdb:x.duckdb', duck('x.duckdb'));
  check('duckdb:///x.duckdb', duck('x.duckdb'));
  check('duckdb:////data/x.duckdb', duck('/data/x.duckdb'));
  check('~/x.duckdb', duck('~/x.duckdb'));
  check('"C:\\my data\\dev.db"', sqlite('C:\\my data\\dev.db'));
  check("'/data/dev.db'", sqlite('/data/dev.db'));
  check('DATABASE_URL="file:./dev.db"', sqlite('./dev.db'));
  check('sqlite::memory:', /in memory/);
  check('jdbc:sqlite::memory:', /in memory/);
  check(':memory:', /in memory/);
  check('jdbc:duckdb:', /postgres:\/\//);
  check('', /postgres:\/\//);
  check('shop', /postgres:\/\//);
  check('oracle://ann@host/shop', /"oracle" is not known/);
  check('postgres://host/shop', /user is missing/);
  check('mysql://ann@host', /database is missing/);
  check('postgres://ann:50%@host/shop', /cannot be read/);
  check('postgres://', /cannot be read/);

  check('postgres://ann:p#w@host/shop', /cannot be read/);
  check('postgres://ann@host:0/shop', /cannot be read/);
  check('postgres://ann@host:port/shop', /cannot be read/);

  // Rendered in each of the usual forms, a connection is read as it was; the password stays outside.
  const text = fc
    .string({ minLength: 1, maxLength: 12 })
    .filter((one) => one.trim() === one && !one.includes('\0'));
  const wellFormed = text.filter((one) => one.isWellFormed());
  const connections = fc.record(
    {
      kind: fc.constantFrom('postgres' as const, 'mysql' as const),
      host: fc.constantFrom('localhost', 'db.example.org', '::1', '10.0.0.1', '/var/run/x'),
      database: wellFormed,
      user: wellFormed,
      port: fc.integer({ min: 1, max: 65_535 }),
      ssl: fc.constantFrom('off' as const, 'require' as const, 'verify' as const),
      password: wellFormed,
    },
    { requiredKeys: ['kind', 'host', 'database', 'user'] },
  );
  type Rendered = Partial<Record<'host' | 'database' | 'user' | 'password' | 'ssl', string>> & {
    kind: string;
    port?: number;
  };
  const modes: Readonly<Record<string, string>> = {
    off: 'disable',
    require: 'require',
    verify: 'verify-full',
  };
  const e = encodeURIComponent;
  const query = (pairs: readonly (readonly [string, string | undefined])[]): string =>
    pairs.flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${e(value)}`])).join('&');
  const port = (one: Rendered): string => (one.port === undefined ? '' : `:${String(one.port)}`);
  const host = ({ host = '' }: Rendered): string => (host.includes(':') ? `[${host}]` : e(host));
  const ssl = (one: Rendered): string | undefined => (one.ssl === undefined ? undefined : modes[one.ssl]);
  const forms: Readonly<Record<string, (one: Rendered) => string>> = {
    url: (one) =>
      `${one.kind}://${e(one.user ?? '')}${one.password === undefined ? '' : `:${e(one.password)}`}@${host(one)}${port(one)}` +
      `/${e(one.database ?? '')}?${query([['sslmode', ssl(one)]])}`,
    jdbc: (one) =>
      `jdbc:${one.kind === 'mysql' ? 'mysql' : 'postgresql'}://${host(one)}${port(one)}/${e(one.database ?? '')}?` +
      query([
        ['user', one.user],
        ['password', one.password],
        ['sslmode', ssl(one)],
      ]),
    env: (one) => `DATABASE_URL="${forms['url']?.(one) ?? ''}"`,
    keywords: (one) =>
      [
        ['host', one.host],
        ['port', one.port === undefined ? undefined : String(one.port)],
        ['dbname', one.database],
        ['user', one.user],
        ['password', one.password],
        ['sslmode', ssl(one)],
      ]
        .flatMap(([name, value]) =>
          name === undefined || value === undefined ? [] : [`${name}='${value.replace(/['\\]/g, '\\$&')}'`],
        )
        .join(' '),
  };
  for (const [form, render] of Object.entries(forms))
    it(`reads what is written as ${form}`, () => {
      fc.assert(
        fc.property(connections, ({ password, ...connection }) => {
          if (form === 'keywords' && connection.kind === 'mysql') return;
          const read = readConnectionUrl(
            render({ ...connection, ...(password === undefined ? {} : { password }) }),
          );
          assert.ok(typeof read !== 'string', JSON.stringify(read));
          assert.deepEqual(read.connection, { ...connection, name: connection.database });
          assert.equal(read.password, password);
        }),
        { numRuns: 300 },
      );
    });
  it('never throws, and never puts a password into the settings', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.constantFrom(
          'postgres://ann:s3cret@',
          'host=a password=s3cret ',
          'jdbc:mysql://a/b?password=s3cret&',
          '',
        ),
        (odd, start) => {
          const read = readConnectionUrl(start + odd);
          const told =
            typeof read === 'string' ? read : JSON.stringify([{ ...read.connection, name: '' }, read.note]);
          if (start.includes('://ann') || start.startsWith('host')) return;
          assert.ok(!told.includes('s3cret'));
        },
      ),
    );
  });

  it('tells where a connection leads to', () => {
    assert.equal(describeConnection({ ...shop, port: 6432 }), 'postgres · ann@db.example.org:6432/shop');
    assert.equal(describeConnection({ name: 'x', kind: 'sqlite', database: 'a.db' }), 'sqlite · a.db');
  });
  it('keeps a password by where it is sent to, whatever the connection is called', () => {
    assert.equal(secretKey(shop), secretKey({ ...shop, name: 'other', database: 'other' }));
    for (const other of [
      { host: 'evil.example.org' },
      { user: 'bob' },
      { port: 1 },
      { ssl: 'off' as const },
      { rootCertificate: 'x' },
    ])
      assert.notEqual(secretKey(shop), secretKey({ ...shop, ...other }));
  });
  it('finds a name that is free', () => {
    assert.equal(freeName('shop', []), 'shop');
    assert.equal(freeName('shop', ['shop', 'shop 2']), 'shop 3');
  });
});
