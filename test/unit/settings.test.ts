/** Settings read from whatever a client sends, by the schema in package.json. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import {
  defaultSettings,
  readSettings,
  sectionIn,
  type Settings,
  type ValueSchema,
} from '../../server/src/settings';

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as {
  readonly contributes: {
    readonly configuration: { readonly properties: Readonly<Record<string, ValueSchema>> };
  };
};
const { properties } = manifest.contributes.configuration;

/** The longest a timer of Node can wait, in minutes. */
const longestTimer = (2 ** 31 - 1) / 60_000;

/** @param problems a pattern for each sentence */
function check(title: string, section: unknown, changed: object, ...problems: readonly RegExp[]): void {
  it(title, () => {
    const read = readSettings(section);
    assert.deepEqual(read.settings, merged(defaultSettings, changed));
    assert.equal(read.problems.length, problems.length, read.problems.join('\n'));
    for (const [i, pattern] of problems.entries()) assert.match(read.problems[i] ?? '', pattern);
  });
}

/** As it comes over the wire. */
const asJson = (value: unknown): unknown => (JSON.parse(JSON.stringify([value])) as readonly unknown[])[0];

function merged(base: object, changed: object): object {
  const result: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(changed) as [string, unknown][]) {
    const old = result[key];
    const isGroup = typeof value === 'object' && value !== null && !Array.isArray(value);
    result[key] = isGroup ? merged(old as object, value) : value;
  }
  return result;
}

describe('readSettings', () => {
  check('nothing has the defaults', undefined, {});
  for (const nothing of [null, {}, [], 5, 'text', { engine: null }, { engine: 5 }])
    check(`as has ${JSON.stringify(nothing)}`, nothing, {});
  check(
    'takes what is right',
    { dialect: 'postgres', engine: { threads: 2 } },
    { dialect: 'postgres', engine: { threads: 2 } },
  );
  check(
    'takes keys with dots',
    { 'engine.remote.url': 'http://a', engine: { 'remote.model': 'm' } },
    { engine: { remote: { url: 'http://a', model: 'm' } } },
  );
  check('takes null for missing', { dialect: null, ddlFiles: null }, {});
  check(
    'a number for a text',
    { database: 5 },
    {},
    /^sqlAhead\.database must be a text; "" is used instead of 5\.$/,
  );
  check(
    'a text for a list',
    { ddlFiles: 'schema.sql' },
    {},
    /^sqlAhead\.ddlFiles must be a list; \[\] is used/,
  );
  check(
    'a number in a list of texts',
    { ddlFiles: ['a.sql', 5, {}] },
    { ddlFiles: ['a.sql'] },
    /^sqlAhead\.ddlFiles\[1\] must be a text, not 5; this entry is left out\. So is another\.$/,
  );
  check(
    'another word than those there are',
    { dialect: 'oracle' },
    {},
    /must be one of "auto", "sqlite", .*; "auto" is used instead of "oracle"/,
  );
  check(
    'more than the most',
    { engine: { keepAliveMinutes: 40_000 } },
    { engine: { keepAliveMinutes: 10_080 } },
    /^sqlAhead\.engine\.keepAliveMinutes must be between 0 and 10080; 10080 is used instead of 40000\.$/,
  );
  check(
    'less than the least',
    { inlineCompletion: { minimumConfidence: -1 }, engine: { gpuLayers: -7 } },
    { inlineCompletion: { minimumConfidence: 0 }, engine: { gpuLayers: -1 } },
    /gpuLayers must be between -1/,
    /between 0 and 1; 0 is used/,
  );
  check('half a thread', { engine: { threads: 1.5 } }, {}, /threads must be a whole number; 0 is used/);
  check('true as a text', { learning: { enabled: 'false' } }, {}, /must be true or false; true is used/);
  check(
    'connections that are none',
    {
      connections: [
        { name: 'a', kind: 'postgres', host: 'h', port: null, password: 'secret', extra: 1 },
        { name: 'b', kind: 'oracle' },
        { kind: 'mysql' },
        { name: 'c', kind: 'mysql', port: 70_000 },
        { name: 'd', kind: 'mysql', schemas: ['x', 5] },
        7,
      ],
    },
    { connections: [{ name: 'a', kind: 'postgres', host: 'h' }] },
    /^sqlAhead\.connections\[1\]\.kind must be one of .*, not "oracle"; this entry is left out\. So are 4 others\.$/,
  );
  check('a text of a megabyte', { engine: { threads: 'x'.repeat(1e6) } }, {}, /^.{0,200}$/);

  it('is what the interface says, with the defaults of the manifest', () => {
    // Complete by its type, so that neither the manifest nor the interface has a setting that the other one lacks.
    const expected: Settings = {
      database: '',
      ddlFiles: [],
      dialect: 'auto',
      connections: [],
      connection: '',
      sampleValues: 'files',
      model: '',
      questionModel: '',
      models: { mirror: '' },
      engine: {
        backend: 'auto',
        gpuLayers: -1,
        threads: 0,
        contextTokens: 0,
        keyType: 'auto',
        valueType: 'auto',
        cacheMemory: 0,
        keepAliveMinutes: 3,
        traceFile: '',
        remote: { url: '', model: '' },
      },
      inlineCompletion: { enabled: true, maxTokens: 48, minimumConfidence: 0.1 },
      ask: { keepQuestion: true },
      learning: { enabled: true },
      diagnostics: { enabled: true, database: true },
      format: { keywordCase: 'preserve' },
    };
    assert.deepEqual(defaultSettings, expected);
  });

  it('reads every word of JSON schema that the manifest uses', () => {
    const read = ['type', 'enum', 'default', 'minimum', 'maximum', 'items', 'properties', 'required'];
    const said = ['scope', 'order', 'description', 'markdownDescription', 'enumDescriptions'];
    // What is not known is left out; it marks the word in the editor only.
    const known = new Set([...read, ...said, 'additionalProperties']);
    const look = (schema: ValueSchema): void => {
      for (const word of Object.keys(schema)) assert.ok(known.has(word), word);
      if (schema.items) look(schema.items);
      for (const property of Object.values(schema.properties ?? {})) look(property);
    };
    for (const schema of Object.values(properties)) look(schema);
  });

  it('has a most for every number, and none that a timer cannot wait', () => {
    for (const [name, { type, maximum }] of Object.entries(properties))
      if (type === 'integer' || type === 'number') assert.ok(maximum !== undefined, name);
    assert.ok((properties['sqlAhead.engine.keepAliveMinutes']?.maximum ?? Infinity) < longestTimer);
  });

  it('reads anything, and its own result is right', () => {
    const key = fc.constantFrom(...Object.keys(properties).map((name) => name.slice('sqlAhead.'.length)));
    const section = fc.oneof(
      fc.anything(),
      fc.dictionary(key, fc.anything()),
      fc.dictionary(key, fc.jsonValue()),
    );
    fc.assert(
      fc.property(section, (given) => {
        const { settings } = readSettings(asJson(given));
        assert.deepEqual(readSettings(settings), { settings, problems: [] });
      }),
    );
  });
});

describe('sectionIn', () => {
  const cases: readonly [unknown, object][] = [
    [undefined, {}],
    [null, {}],
    [{}, {}],
    [{ other: 1 }, {}],
    [{ sqlAhead: 5 }, {}],
    [{ sqlAhead: { dialect: 'mysql' } }, { dialect: 'mysql' }],
    [{ 'sqlAhead.engine.threads': 2 }, { 'engine.threads': 2 }],
  ];
  for (const [pushed, expected] of cases)
    it(JSON.stringify([pushed]), () => assert.deepEqual(sectionIn(pushed), expected));
});
