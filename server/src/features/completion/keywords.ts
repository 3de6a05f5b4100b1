/** Completion items for keywords and phrases, by clause and by dialect. */
import type { Dialect } from '../../schema/model';
import type { Clause } from '../../sql/shape/shape';
import type { CompletionItem } from './item';
import type { Place } from './cursor';
import { secondHalves } from './phraseHalves';
import type { Style } from './style';

type Phrases = string;
/** Phrases of every dialect, then those of single ones. */
type PerDialect = readonly [Phrases, Partial<Readonly<Record<Dialect, Phrases>>>?];

const setOperations = '|UNION|UNION ALL|EXCEPT|INTERSECT';
const ends = `ORDER BY|LIMIT${setOperations}`;
const endsByDialect: PerDialect[1] = {
  postgres: 'OFFSET|FETCH FIRST|FOR UPDATE',
  duckdb: 'OFFSET|QUALIFY',
  mysql: 'FOR UPDATE',
  tsql: 'OFFSET|FETCH NEXT|OPTION',
};
const operators: PerDialect = [
  'AND|OR|IS NULL|IS NOT NULL|IN|NOT IN|LIKE|NOT LIKE|BETWEEN|EXISTS|ASC|DESC',
  {
    sqlite: 'GLOB|REGEXP|COLLATE',
    postgres: 'ILIKE|SIMILAR TO|IS DISTINCT FROM|AT TIME ZONE|COLLATE',
    duckdb: 'ILIKE|SIMILAR TO|IS DISTINCT FROM|AT TIME ZONE',
    mysql: 'REGEXP|RLIKE|DIV|MOD|XOR|COLLATE',
    tsql: 'COLLATE',
  },
];

const atStatement: PerDialect = [
  'SELECT|INSERT INTO|UPDATE|DELETE FROM|WITH|CREATE TABLE|CREATE VIEW|CREATE INDEX|ALTER TABLE|DROP TABLE|BEGIN|COMMIT|ROLLBACK',
  {
    sqlite: 'REPLACE INTO|EXPLAIN QUERY PLAN|PRAGMA|VACUUM',
    postgres: 'MERGE INTO|TRUNCATE|EXPLAIN|EXPLAIN ANALYZE|VACUUM|ANALYZE',
    duckdb: 'FROM|COPY|DESCRIBE|SUMMARIZE|PIVOT|EXPLAIN|PRAGMA|ATTACH',
    mysql: 'REPLACE INTO|TRUNCATE TABLE|EXPLAIN|SHOW TABLES|DESCRIBE',
    tsql: 'MERGE INTO|TRUNCATE TABLE|EXEC|DECLARE',
  },
];

const atOperand: PerDialect = [
  'CASE|NOT|NULL|EXISTS|CAST|CURRENT_DATE|CURRENT_TIMESTAMP|TRUE|FALSE|SELECT',
  { postgres: 'ARRAY|INTERVAL|ROW|ANY|ALL', duckdb: 'INTERVAL|LIST|STRUCT', mysql: 'INTERVAL|BINARY' },
];

const joins: PerDialect = [
  'JOIN|LEFT JOIN|INNER JOIN|RIGHT JOIN|FULL JOIN|CROSS JOIN|NATURAL JOIN',
  {
    postgres: 'LEFT JOIN LATERAL|CROSS JOIN LATERAL|TABLESAMPLE',
    duckdb: 'ASOF JOIN|SEMI JOIN|ANTI JOIN|POSITIONAL JOIN|USING SAMPLE',
    mysql: 'STRAIGHT_JOIN',
    tsql: 'CROSS APPLY|OUTER APPLY',
  },
];

const behindClause: Partial<Record<Clause, PerDialect>> = {
  select: ['FROM|AS|OVER|FILTER', { tsql: 'INTO', postgres: 'INTO' }],
  where: [`GROUP BY|HAVING|RETURNING|${ends}`, endsByDialect],
  on: [`WHERE|GROUP BY|${ends}`, endsByDialect],
  'group by': [`HAVING|WINDOW|${ends}`, endsByDialect],
  having: [ends, endsByDialect],
  'order by': ['NULLS FIRST|NULLS LAST|LIMIT', endsByDialect],
  limit: ['OFFSET'],
  set: ['WHERE|FROM|RETURNING'],
  values: [
    '',
    {
      sqlite: 'ON CONFLICT|RETURNING',
      postgres: 'ON CONFLICT|RETURNING',
      duckdb: 'ON CONFLICT|RETURNING',
      mysql: 'ON DUPLICATE KEY UPDATE',
    },
  ],
  conflict: ['DO NOTHING|DO UPDATE SET'],
};

const behindRelation: PerDialect = [`WHERE|GROUP BY|AS|${ends}`, endsByDialect];

const ddl: PerDialect = [
  'TABLE|VIEW|INDEX|UNIQUE INDEX|IF NOT EXISTS|IF EXISTS|ADD COLUMN|DROP COLUMN|RENAME TO|RENAME COLUMN|PRIMARY KEY|FOREIGN KEY|NOT NULL|UNIQUE|DEFAULT|CHECK|REFERENCES|CONSTRAINT|ON DELETE CASCADE|ON UPDATE CASCADE|AS|AS SELECT|ON',
  {
    sqlite: 'AUTOINCREMENT|WITHOUT ROWID|STRICT|TRIGGER|TEMP TABLE',
    postgres:
      'MATERIALIZED VIEW|SEQUENCE|TYPE|SCHEMA|EXTENSION|FUNCTION|TRIGGER|GENERATED ALWAYS AS IDENTITY|ALTER COLUMN|CASCADE|CONCURRENTLY',
    duckdb: 'OR REPLACE TABLE|SEQUENCE|TYPE|SCHEMA|MACRO|ALTER COLUMN|CASCADE',
    mysql: 'AUTO_INCREMENT|TRIGGER|PROCEDURE|MODIFY COLUMN|CHANGE COLUMN|ENGINE',
    tsql: 'IDENTITY|PROCEDURE|FUNCTION|TRIGGER|ALTER COLUMN|CLUSTERED',
  },
];

const types: PerDialect = [
  'INTEGER|TEXT|REAL|NUMERIC',
  {
    sqlite: 'BLOB|ANY',
    postgres:
      'BIGINT|SMALLINT|BOOLEAN|DATE|TIMESTAMP|TIMESTAMPTZ|JSONB|UUID|VARCHAR|BYTEA|DOUBLE PRECISION|BIGSERIAL|SERIAL|INTERVAL',
    duckdb:
      'BIGINT|BOOLEAN|DATE|TIMESTAMP|TIMESTAMPTZ|DOUBLE|VARCHAR|DECIMAL|HUGEINT|UUID|BLOB|INTERVAL|JSON',
    mysql: 'BIGINT|INT|TINYINT|VARCHAR|DATE|DATETIME|TIMESTAMP|DECIMAL|DOUBLE|JSON|BLOB|ENUM|BOOLEAN',
    tsql: 'BIGINT|INT|BIT|NVARCHAR|VARCHAR|DATE|DATETIME2|DECIMAL|FLOAT|UNIQUEIDENTIFIER|VARBINARY',
  },
];

function phrases([all, own]: PerDialect, dialect: Dialect): string[] {
  return `${all}|${own?.[dialect] ?? ''}`.split('|').filter((phrase) => phrase !== '');
}

/** The keywords that may stand at the place, likeliest first. */
export function keywordItems(place: Place, style: Style): CompletionItem[] {
  const unique = [...new Set(choose(place))];
  return unique.map((phrase) => {
    const text = style.keyword(phrase);
    return { kind: 'keyword', label: text, insert: text };
  });
}

/** Names of types, for a column that is being declared. */
export function typeItems({ dialect }: Place, style: Style): CompletionItem[] {
  return phrases(types, dialect).map((phrase) => {
    const text = style.keyword(phrase);
    return { kind: 'type', label: text, insert: text };
  });
}

function choose(place: Place): string[] {
  const { expects, clause, dialect, reading, index, parenthesis } = place;
  const of = (set: PerDialect): string[] => phrases(set, dialect);
  const previous = reading.raw(index - 1);
  switch (expects) {
    case 'keyword':
      return [...(secondHalves[previous] ?? [])];
    case 'statement':
      return of(atStatement);
    case 'with':
      if (previous === 'with') return ['RECURSIVE'];
      return previous === ')' ? ['SELECT', 'INSERT INTO', 'UPDATE', 'DELETE FROM'] : [];
    case 'ddl':
      return of(ddl);
    case 'operand': {
      if (reading.raw(parenthesis - 1) === 'over' && parenthesis === index - 1)
        return ['PARTITION BY', 'ORDER BY'];
      const first = previous === 'select' ? ['DISTINCT', ...(dialect === 'tsql' ? ['TOP'] : [])] : [];
      const inCase = isInCase(place) ? ['WHEN', 'THEN', 'ELSE', 'END'] : [];
      return [...first, ...inCase, ...of(atOperand), ...(clause === 'values' ? ['DEFAULT'] : [])];
    }
    case 'relation':
      return previous === '(' ? ['SELECT'] : clause === 'from' || clause === 'join' ? ['LATERAL'] : [];
    case 'after relation':
      return behindRelationPhrases(place, of);
    case 'after operand': {
      if (isInCase(place)) return ['WHEN', 'THEN', 'ELSE', 'END', ...of(operators)];
      if (reading.raw(parenthesis - 1) === 'over')
        return ['ORDER BY', 'ROWS BETWEEN', 'RANGE BETWEEN', 'DESC', 'ASC'];
      if (parenthesis >= 0) return of(operators);
      const own = of(behindClause[clause] ?? ['']);
      // In WHERE people usually go on with an operator, in ORDER BY with a direction.
      if (clause === 'where' || clause === 'on' || clause === 'having') return [...of(operators), ...own];
      if (clause === 'order by') return ['DESC', 'ASC', ...own];
      if (clause === 'none') return previous === 'all' ? ['SELECT'] : [];
      if (clause === 'limit' || clause === 'values' || clause === 'conflict') return own;
      return [...own, ...of(operators)];
    }
    default:
      return [];
  }
}

function behindRelationPhrases(place: Place, of: (set: PerDialect) => string[]): string[] {
  const { clause, frame, reading, index } = place;
  const previous = reading.raw(index - 1);
  if (clause === 'insert')
    return of(['VALUES|SELECT|DEFAULT VALUES', { postgres: 'OVERRIDING SYSTEM VALUE' }]);
  if (clause === 'update') return ['SET'];
  const words = ['left', 'right', 'full', 'inner', 'cross', 'natural', 'outer', 'asof', 'semi', 'anti'];
  if (words.includes(previous)) return previous === 'outer' ? ['JOIN'] : ['JOIN', 'OUTER JOIN'];
  const isDelete = reading.raw(0) === 'delete';
  // A joined table needs its condition before anything else.
  const wants = clause === 'join' ? ['ON', 'USING'] : [];
  if (isDelete) return ['WHERE', 'USING', 'RETURNING'];
  return frame.relations.length === 0 ? [] : [...wants, ...of(joins), ...of(behindRelation)];
}

function isInCase({ reading, index }: Place): boolean {
  let depth = 0;
  for (let i = index - 1; i >= 0; i--) {
    const raw = reading.raw(i);
    if (raw === 'end') depth++;
    else if (raw === 'case' && depth-- === 0) return true;
  }
  return false;
}
