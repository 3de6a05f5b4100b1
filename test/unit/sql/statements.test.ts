/** Where statements end, and which one the cursor is in. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { dialects, type Dialect } from '../../../server/src/schema/model';
import { StatementIndex } from '../../../server/src/sql/statements/statementIndex';
import { isClientLine, splitStatements, statementAt } from '../../../server/src/sql/statements/statements';
import { oddTexts } from '../support/schemas';
import { cursorIn } from '../support/text';

function checkSplit(text: string, expected: readonly string[], dialect: Dialect = 'sqlite'): void {
  it(`splits ${JSON.stringify(text).slice(0, 90)}`, () => {
    assert.deepEqual(
      splitStatements(text, dialect).map(({ from, to }) => text.slice(from, to)),
      expected,
    );
  });
}

function checkAt(marked: string, expected: string, dialect: Dialect = 'sqlite'): void {
  it(`at ${JSON.stringify(marked).slice(0, 90)}`, () => {
    const { text, offset } = cursorIn(marked);
    const { from, to } = statementAt(text, offset, dialect);
    assert.equal(text.slice(from, to), expected);
    assert.ok(from <= offset && offset <= to);
  });
}

describe('statements', function () {
  // A machine that is busy elsewhere must not fail it.
  this.timeout(60_000);

  checkSplit('', []);
  checkSplit('  \n ', []);
  checkSplit('SELECT 1', ['SELECT 1']);
  checkSplit('SELECT 1; SELECT 2;', ['SELECT 1;', 'SELECT 2;']);
  checkSplit("SELECT ';'; SELECT 2", ["SELECT ';';", 'SELECT 2']);
  checkSplit('SELECT 1 -- a; b\n; SELECT 2', ['SELECT 1 -- a; b\n;', 'SELECT 2']);
  checkSplit('SELECT (1; 2); SELECT 3', ['SELECT (1; 2);', 'SELECT 3']);
  checkSplit('SELECT count( FROM t; SELECT 2', ['SELECT count( FROM t;', 'SELECT 2']);
  checkSplit('SELECT 1;\n-- about two\nSELECT 2;', ['SELECT 1;', '-- about two\nSELECT 2;']);
  checkSplit('SELECT $$;$$; SELECT 2', ['SELECT $$;$$;', 'SELECT 2'], 'postgres');
  checkSplit('SELECT a FROM b\n\nSELECT c', ['SELECT a FROM b', 'SELECT c']);
  checkSplit('SELECT a FROM b\n\n-- c\nSELECT c', ['SELECT a FROM b', '-- c\nSELECT c']);
  checkSplit('SELECT a FROM b\nUNION\n\nSELECT c', ['SELECT a FROM b\nUNION\n\nSELECT c']);
  checkSplit('INSERT INTO a (b)\n\nSELECT c', ['INSERT INTO a (b)\n\nSELECT c']);
  checkSplit('WITH a AS (SELECT 1)\n\nSELECT * FROM a', ['WITH a AS (SELECT 1)\n\nSELECT * FROM a']);
  checkSplit('CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; SELECT 2; END; SELECT 3', [
    'CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; SELECT 2; END;',
    'SELECT 3',
  ]);
  checkSplit('CREATE TEMP TRIGGER t AFTER INSERT ON a BEGIN SELECT CASE WHEN 1 THEN 2 END; END; SELECT 3', [
    'CREATE TEMP TRIGGER t AFTER INSERT ON a BEGIN SELECT CASE WHEN 1 THEN 2 END; END;',
    'SELECT 3',
  ]);
  checkSplit(
    'CREATE PROCEDURE p() BEGIN IF a THEN SELECT 1; END IF; END; SELECT 3',
    ['CREATE PROCEDURE p() BEGIN IF a THEN SELECT 1; END IF; END;', 'SELECT 3'],
    'mysql',
  );
  // psql's own lines, and the rows of a dump.
  checkSplit(
    '\\set ON_ERROR_STOP 1\n\nALTER TABLE a ADD b int;',
    ['\\set ON_ERROR_STOP 1', 'ALTER TABLE a ADD b int;'],
    'postgres',
  );
  checkSplit('\\c shop\nSELECT 1', ['\\c shop', 'SELECT 1'], 'postgres');
  checkSplit(
    "-- Data\nCOPY a (b, c) FROM stdin;\n1\tit's; SELECT 2\n\\N\t\\.x\n\\.\n\nSELECT 3;",
    ['-- Data\nCOPY a (b, c) FROM stdin;', 'SELECT 3;'],
    'postgres',
  );
  checkSplit("COPY a FROM '/b'; SELECT 3;", ["COPY a FROM '/b';", 'SELECT 3;'], 'postgres');
  // What ends a statement in psql and MySQL's client, and what does not.
  for (const end of [
    '\\g',
    '\\gx',
    '\\gexec',
    '\\gset p_',
    '\\watch 5',
    '\\crosstabview',
    '\\g (format=csv) out.csv',
  ])
    checkSplit(`SELECT a FROM b ${end}\nSELECT 2;`, [`SELECT a FROM b ${end}`, 'SELECT 2;'], 'postgres');
  checkSplit('SELECT a\n\\gdesc\nSELECT 2;', ['SELECT a\n\\gdesc', 'SELECT 2;'], 'postgres');
  checkSplit('SELECT 1\\; SELECT 2; SELECT 3', ['SELECT 1\\; SELECT 2;', 'SELECT 3'], 'postgres');
  checkSplit(
    'SELECT a\n\\if :x\n, b\n\\endif\nFROM c;',
    ['SELECT a\n\\if :x\n, b\n\\endif\nFROM c;'],
    'postgres',
  );
  checkSplit("\\echo it's; fine\r\nSELECT 1;", ["\\echo it's; fine", 'SELECT 1;'], 'postgres');
  checkSplit("\\copy a FROM 'b.csv' CSV\nSELECT 1;", ["\\copy a FROM 'b.csv' CSV", 'SELECT 1;'], 'postgres');
  checkSplit('SELECT 1\\G SELECT 2\\g\nSELECT \\N;', ['SELECT 1\\G', 'SELECT 2\\g', 'SELECT \\N;'], 'mysql');
  checkSplit(
    'CREATE RULE r AS ON UPDATE TO a DO ALSO (\n  INSERT INTO b VALUES (1);\n\n  DELETE FROM c;\n);\nSELECT 1;',
    [
      'CREATE RULE r AS ON UPDATE TO a DO ALSO (\n  INSERT INTO b VALUES (1);\n\n  DELETE FROM c;\n);',
      'SELECT 1;',
    ],
    'postgres',
  );
  checkSplit(
    'CREATE OR REPLACE RULE r AS ON UPDATE TO a DO INSTEAD (SELECT 1;\nSELECT 2); SELECT 1;',
    ['CREATE OR REPLACE RULE r AS ON UPDATE TO a DO INSTEAD (SELECT 1;\nSELECT 2);', 'SELECT 1;'],
    'postgres',
  );
  // Lines of other clients.
  for (const dialect of ['sqlite', 'duckdb'] as const) {
    checkSplit('.mode column\nSELECT 1;', ['.mode column', 'SELECT 1;'], dialect);
    checkSplit(
      ".print it's; (so\n.headers on\n\nSELECT 1;",
      [".print it's; (so", '.headers on', 'SELECT 1;'],
      dialect,
    );
  }
  checkSplit('SELECT a\n.mode column\nFROM b;', ['SELECT a\n.mode column\nFROM b;']);
  checkSplit('SELECT t\n.a FROM t;', ['SELECT t\n.a FROM t;']);
  checkSplit('SELECT 1;.5;', ['SELECT 1;', '.5;']);
  checkSplit("SOURCE it's.sql\nSELECT 1;", ["SOURCE it's.sql", 'SELECT 1;'], 'mysql');
  checkSplit(
    'SELECT 1\n:r x.sql\n:setvar a "b\nSELECT 2',
    ['SELECT 1', ':r x.sql', ':setvar a "b', 'SELECT 2'],
    'tsql',
  );
  for (const [marked, expected, dialect] of [
    ['\\d $0', '\\d ', 'postgres'],
    ['\\d $0\nSELECT 1;', '\\d ', 'postgres'],
    ['SELECT 1 \\g$0\nSELECT 2;', 'SELECT 1 \\g', 'postgres'],
    ['SELECT 1 \\g\n$0SELECT 2;', 'SELECT 2;', 'postgres'],
    ['.mode $0\nSELECT 1;', '.mode ', 'sqlite'],
    ['.mode column\n$0', '', 'sqlite'],
    ['DELIMITER $0', 'DELIMITER ', 'mysql'],
  ] as const)
    checkAt(marked, expected, dialect);
  for (const [line, dialect] of [
    ['\\d customers', 'postgres'],
    ['-- why\n\\copy a from b', 'postgres'],
    ['.mode column', 'sqlite'],
    ['.read x.sql', 'duckdb'],
    ['DELIMITER //', 'mysql'],
    ['source a.sql', 'mysql'],
    [':r a.sql', 'tsql'],
    ['GO 5', 'tsql'],
  ] as const)
    it(`${dialect}: ${JSON.stringify(line)} is a client's line`, () => {
      assert.ok(isClientLine(line, { from: 0, to: line.length }, dialect));
    });
  for (const [line, dialect] of [
    ['SELECT 1 \\g', 'postgres'],
    ['.5', 'sqlite'],
    ['go', 'postgres'],
    ['SELECT go', 'tsql'],
    ['.mode column', 'postgres'],
  ] as const)
    it(`${dialect}: ${JSON.stringify(line)} is none`, () => {
      assert.ok(!isClientLine(line, { from: 0, to: line.length }, dialect));
    });
  checkAt('COPY a FROM stdin;\nSELECT$0 1\n\\.\nSELECT 2', '', 'postgres');
  checkAt('COPY a FROM stdin;\n1\n\\.\nSELECT 2$0', 'SELECT 2', 'postgres');
  checkSplit('DELIMITER //\nSELECT 1;', ['DELIMITER //', 'SELECT 1;'], 'mysql');
  checkSplit('BEGIN; SELECT 1; END;', ['BEGIN;', 'SELECT 1;', 'END;']);
  checkSplit(
    'DELIMITER //\nCREATE PROCEDURE p() BEGIN SELECT 1; END//\nDELIMITER ;\nSELECT 2; SELECT 3',
    ['DELIMITER //', 'CREATE PROCEDURE p() BEGIN SELECT 1; END//', 'DELIMITER ;', 'SELECT 2;', 'SELECT 3'],
    'mysql',
  );
  checkSplit(
    "DELIMITER $$\nSELECT ';', '$$'; SELECT 1 $$\nSELECT 2$$",
    ['DELIMITER $$', "SELECT ';', '$$'; SELECT 1 $$", 'SELECT 2$$'],
    'mysql',
  );
  checkSplit(
    'SELECT 1\nGO\nSELECT go FROM t\n  go 5  \nSELECT 2',
    ['SELECT 1', 'GO', 'SELECT go FROM t', 'go 5', 'SELECT 2'],
    'tsql',
  );
  checkSplit(
    'CREATE PROC p AS BEGIN SELECT 1; END\nGO\nSELECT 2;',
    ['CREATE PROC p AS BEGIN SELECT 1; END', 'GO', 'SELECT 2;'],
    'tsql',
  );
  checkSplit('SELECT 1 /* ; /* ; */ ; */; SELECT 2', ['SELECT 1 /* ; /* ; */ ; */;', 'SELECT 2'], 'postgres');
  checkSplit('SELECT 1 /* ; /* ; */; SELECT 2', ['SELECT 1 /* ; /* ; */;', 'SELECT 2'], 'mysql');
  checkSplit(
    'DO $x$ BEGIN PERFORM 1; EXECUTE $$a;$$; END $x$; SELECT 2',
    ['DO $x$ BEGIN PERFORM 1; EXECUTE $$a;$$; END $x$;', 'SELECT 2'],
    'postgres',
  );
  checkSplit(
    'CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END; SELECT 3',
    ['CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END;', 'SELECT 3'],
    'postgres',
  );
  checkSplit('WITH a AS (\n\n  SELECT 1\n\n) SELECT 2;\nSELECT 3', [
    'WITH a AS (\n\n  SELECT 1\n\n) SELECT 2;',
    'SELECT 3',
  ]);
  checkSplit('SELECT a FROM (\nSELECT 1\n\nSELECT 2', ['SELECT a FROM (\nSELECT 1', 'SELECT 2']);
  checkSplit('SELECT a FROM b WHERE c IN (SELECT 1\n\nSELECT 2)', [
    'SELECT a FROM b WHERE c IN (SELECT 1\n\nSELECT 2)',
  ]);
  checkSplit("SELECT 'open; SELECT 2", ["SELECT 'open; SELECT 2"]);
  checkSplit('SELECT "open; x\n; SELECT 2', ['SELECT "open; x\n;', 'SELECT 2']);
  checkSplit("SELECT E'a\\';'; SELECT 2", ["SELECT E'a\\';';", 'SELECT 2'], 'postgres');
  checkSplit('SELECT [a;b]; SELECT 2', ['SELECT [a;b];', 'SELECT 2'], 'tsql');
  checkSplit('SELECT 1 # a; b\n; SELECT 2', ['SELECT 1 # a; b\n;', 'SELECT 2'], 'mysql');
  checkSplit('CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; SELECT', [
    'CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; SELECT',
  ]);
  checkSplit('END; END; SELECT 1', ['END;', 'END;', 'SELECT 1']);

  checkAt('SELECT $0 FROM a; SELECT 2', 'SELECT  FROM a;');
  checkAt('SELECT 1; SELECT $02', 'SELECT 2');
  checkAt('SELECT 1;$0', '');
  checkAt('SELECT 1; $0', '');
  checkAt('SELECT 1;\n$0', '');
  checkAt('SELECT 1;$0\nSELECT 2;', '');
  checkAt('SELECT 1;\n$0\nSELECT 2;', '');
  checkAt('SELECT 1;\n$0SELECT 2;', 'SELECT 2;');
  checkAt('SELECT 1;\n  $0  SELECT 2;', '  SELECT 2;');
  checkAt('SELECT 1$0;', 'SELECT 1;');
  checkAt('SELECT a FROM b $0', 'SELECT a FROM b ');
  checkAt('SELECT a FROM b\n$0', 'SELECT a FROM b\n');
  checkAt('SELECT a FROM b\n\n$0', '');
  checkAt('SELECT a FROM b\n\n$0\n\nSELECT 2', '');
  checkAt('SELECT a,\n\n$0', 'SELECT a,\n\n');
  checkAt('WITH a AS (\n\n$0', 'WITH a AS (\n\n');
  checkAt('-- a question\n$0', '-- a question\n');
  checkAt('-- a question\n$0\nSELECT 2;', '-- a question\n');
  checkAt('-- a question\n$0SELECT 2;', '-- a question\nSELECT 2;');
  checkAt('-- a $0question\nSELECT 2;', '-- a question\nSELECT 2;');
  checkAt('SELECT 1;\n-- two\nSELECT $02', '-- two\nSELECT 2');
  checkAt('$0', '');
  checkAt('$0\n\nSELECT 1', '');

  it('are in order, apart by white space only, and hold the cursor, in any text', () => {
    const text = fc.oneof(
      fc
        .array(fc.constantFrom(...oddTexts, '\n\n', ' ', ';', 'SELECT', '(', ')'), { maxLength: 5 })
        .map((p) => p.join('')),
      fc.string(),
    );
    fc.assert(
      fc.property(text, fc.nat(), fc.constantFrom(...dialects), (sample, place, dialect) => {
        let at = 0;
        for (const { from, to } of splitStatements(sample, dialect)) {
          assert.equal(sample.slice(at, from).trim(), '');
          assert.ok(to > from);
          at = to;
        }
        assert.equal(sample.slice(at).trim(), '');
        const offset = place % (sample.length + 1);
        const { from, to } = statementAt(sample, offset, dialect);
        assert.ok(0 <= from && from <= offset && offset <= to && to <= sample.length);
      }),
      { numRuns: 400 },
    );
  });

  it('kept over edits are those of the text read anew', () => {
    const pieces = fc.constantFrom(
      ...oddTexts,
      ...['\n', '\n\n', ' ', ';', 'SELECT 1;', 'SELECT', '(', ')', "'", '"', '/*', '*/', '$$', '\nGO\n'],
      ...[
        'DELIMITER //\n',
        '//',
        'DELIMITER ;\n',
        'CREATE TRIGGER t AFTER INSERT ON a BEGIN ',
        'END;',
        '-- x\n',
        'COPY a FROM stdin;\n',
        '\n\\.\n',
        '\\set a b',
        ...[
          ' \\g\n',
          '\\G',
          '\\;',
          '.mode x\n',
          "\n.print it's\n",
          '\n:r x\n',
          'source x\n',
          'CREATE RULE r AS DO (',
          ');',
        ],
        ...['{{', '}}', '${x', '}', '{%', '%}', '<<x>>', '%s', ':'],
      ],
    );
    const edit = fc.record({ at: fc.nat(), removed: fc.nat({ max: 40 }), inserted: pieces });
    const start = fc.array(pieces, { maxLength: 30 }).map((parts) => parts.join('\n'));
    fc.assert(
      fc.property(
        start,
        fc.array(edit, { maxLength: 12 }),
        fc.constantFrom(...dialects),
        (first, edits, dialect) => {
          let text = first;
          let index = StatementIndex.read(text, dialect);
          for (const { at, removed, inserted } of edits) {
            const from = at % (text.length + 1);
            text = text.slice(0, from) + inserted + text.slice(from + removed);
            index = index.edited(text);
            assert.deepEqual(index.tiles, StatementIndex.read(text, dialect).tiles, JSON.stringify(text));
          }
        },
      ),
      { numRuns: 600 },
    );
  });
});
