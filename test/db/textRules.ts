/**
 * Compares what we do without a server with what a real one does: operators, formatting, the search path of an address.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import pg from 'pg';
import { formatChanges } from '../../server/src/features/format';
import { postgresSource } from '../../server/src/schema/sources/postgres';
import { tokenize } from '../../server/src/sql/tokens';
import { loadPostgres } from './load';
import { password } from './servers';
import { postgres } from './shared';

const never = new AbortController().signal;

async function withClient(work: (client: pg.Client) => Promise<void>): Promise<void> {
  const { connection } = await postgres();
  const { host = '', port = 0, user = '' } = connection;
  const client = new pg.Client({ host, port, user, password, database: 'postgres' });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

/** The operator that the server read behind `SELECT box`, from what it says; undefined where it took another turn. */
async function serverOperator(client: pg.Client, run: string): Promise<string | undefined> {
  try {
    await client.query(`SELECT '{}'::json ${run} '(1,2)'::point`);
    return undefined;
  } catch (error) {
    const message = error instanceof Error ? error.message : '';
    return /^operator does not exist: json (\S+) /.exec(message)?.[1];
  }
}

const formatted = [
  "SELECT 'two'\n  'lines' AS a, 'x' || 'y'",
  "SELECT E'a\\'b'\n'c', $q$ d '' e $q$, U&'d\\0061t', N'n', B'101', X'1F'",
  'SELECT 1<<2>>1, 5-+-3, -(-3), @ -5, |/ 25, 7 % 3 AS "a  b"',
  "SELECT '{1,2,3}'::int[] && ARRAY[3], (ARRAY[1,2,3])[1:2], '[1,5)'::int4range @> 3",
  `SELECT '{"a":{"b":[1,2]}}'::jsonb #>> '{a,b,0}', '{"a":1}'::jsonb ? 'a', '{"a":1}'::jsonb @? '$.a'`,
  "SELECT 'fat cat'::tsvector @@ 'cat'::tsquery, 'b' ~* 'B', 'b' !~~ 'c%'",
  'SELECT CASE WHEN 1=1 THEN 2 END, count(*) FILTER (WHERE true) OVER () FROM generate_series(1,3)',
  'WITH t(a) AS (VALUES (1),(2)) SELECT a, -- why\n a+1 /* a\n b */ FROM t WHERE a IN (1,2) ORDER BY a DESC',
  "SELECT row(1,2)=row(1,2), (1,2)<(1,3), interval '1 day' day to hour, timestamp with time zone '2024-01-01'",
];

describe('text as PostgreSQL reads it', function () {
  this.timeout(120_000);

  it('an operator is the run of characters that the server takes', async () => {
    await withClient(async (client) => {
      const runs = fc.string({
        unit: fc.constantFrom(...'+ - * / < > = ~ ! @ # % ^ & | ` ?'.split(' ')),
        minLength: 1,
        maxLength: 5,
      });
      let compared = 0;
      await fc.assert(
        fc.asyncProperty(runs, async (run) => {
          const theirs = await serverOperator(client, run);
          if (theirs === undefined) return;
          const text = `a ${run} x`;
          const ours = tokenize(text, 'postgres')[2];
          // Drivers' parameters are ours alone: the server takes `=?` for an operator.
          if (/^[-+*/%<>=!|]+[?@]$/.test(theirs)) return;
          // It spells != as <>.
          assert.equal(text.slice(ours?.from, ours?.to).replace(/^!=$/, '<>'), theirs, run);
          compared++;
        }),
        { numRuns: 500 },
      );
      assert.ok(compared > 100, `${compared} operators were compared`);
    });
  });

  it('what is laid out returns what it returned', async () => {
    await withClient(async (client) => {
      for (const sql of formatted) {
        const [change] = formatChanges(sql, 0, sql.length, 'postgres', {
          tabSize: 2,
          insertSpaces: true,
          keywordCase: 'upper',
        });
        assert.ok(change !== undefined, `laid out: ${sql}`);
        const [before, after] = [await client.query(sql), await client.query(change.text)];
        assert.deepEqual(after.rows, before.rows, change.text);
      }
    });
  });

  it('a search path in the settings is the session’s', async () => {
    const { connection } = await postgres();
    await loadPostgres(
      connection,
      password,
      'tenants',
      'CREATE SCHEMA "My tenant"; CREATE TABLE "My tenant".boat (a int)',
    );
    const at = { ...connection, database: 'tenants', searchPath: ['My tenant', 'public'] };
    const source = postgresSource(at, () => Promise.resolve(password), false);
    const { searchPath } = await source.read(never);
    assert.deepEqual(searchPath?.slice(0, 2), ['My tenant', 'public']);
    source.dispose?.();
  });
});
