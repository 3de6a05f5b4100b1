/**
 * `npm run keys [-- "SELECT …"]`: types one query key by key into a session of the product over the sample database.
 * Prints for each key what it cost the cache and what would be shown. For a person to look at; it checks nothing. At a
 * "|" in the query the person pauses until there is nothing left to decode; a "<" deletes a character.
 */
import * as path from 'node:path';
import { DocumentSession } from '../../../server/src/anticipate/session';
import { defaultSuggestionSettings } from '../../../server/src/anticipate/sessionHost';
import type { RequestStatistics } from '../../../server/src/engine/engine';
import { HostEngine } from '../../../server/src/engine/local/hostEngine';
import { Catalog } from '../../../server/src/schema/catalog';
import { sqliteSource } from '../../../server/src/schema/sources/fileSource';
import { defaultSettings, starterModel } from '../../lsp/window';
import { readerProgram } from '../../unit/support/reader';

const root = process.cwd();
const query =
  process.argv[2] ??
  "SELECT c.first_name, |count(*) AS orders\nFROM customers c\nJOIN |orders o ON o.cust|omer_id = c.id\nWHERE c.city = '|Lima'\nGROUP BY |c.first_name;\n\n-- all products under 10\n|";

async function main(): Promise<void> {
  const engine = new HostEngine({
    host: { extensionVersion: 'keys', modelPath: starterModel, ...defaultSettings.engine },
    hostScript: path.join(root, 'dist', 'engineHost.js'),
    runtimeDirectory: path.join(root, 'native', 'bin', `${process.platform}-${process.arch}`),
    probePath: path.join(root, 'dist', 'probe.js'),
    log: (level, text) => {
      if (level === 'error') process.stderr.write(`${text}\n`);
    },
  });
  const catalog = new Catalog('sqlite');
  await catalog.setSource(
    sqliteSource(path.join(root, 'samples', 'webshop', 'webshop.sqlite'), readerProgram),
  );
  await engine.countTokens(['']);

  const document = { uri: 'file:///keys.sql', version: 1, text: '', cursor: 0, deleted: false };
  let cost = zero();
  const session = new DocumentSession(
    {
      engine,
      schemaState: () => catalog,
      settings: () => defaultSuggestionSettings,
      validator: () => catalog.validator,
      report: (statistics) => (cost = sum(cost, statistics)),
      fail: (error) => process.stderr.write(`${String(error)}\n`),
    },
    document,
  );
  row('key', 'reused', 'cropped', 'evaluated', 'ahead', 'ms', 'shown');
  for (const key of query) {
    cost = zero();
    if (key === '|') {
      await session.anticipate();
      row('pause', ...figures(cost), '', '');
      continue;
    }
    document.deleted = key === '<';
    document.text = key === '<' ? document.text.slice(0, -1) : document.text + key;
    document.cursor = document.text.length;
    document.version++;
    const started = performance.now();
    void session.anticipate();
    const suggestions = await session.suggest({ offset: document.cursor }, new AbortController().signal);
    const [first, ...others] = suggestions.map(({ text }) => text.replaceAll('\n', '⏎'));
    const alternatives = others.length > 0 ? `   (+${others.length.toString()}: ${others.join(' | ')})` : '';
    const took = (performance.now() - started).toFixed(0);
    row(JSON.stringify(key).slice(1, -1), ...figures(cost), took, `${first ?? ''}${alternatives}`);
  }
  await engine.dispose();
  catalog.dispose();
}

type Cost = Pick<RequestStatistics, 'reused' | 'cropped' | 'evaluated' | 'decoded'>;

function zero(): Cost {
  return { reused: 0, cropped: 0, evaluated: 0, decoded: 0 };
}

function sum(a: Cost, b: Cost): Cost {
  return {
    reused: b.reused,
    cropped: a.cropped + b.cropped,
    evaluated: a.evaluated + b.evaluated,
    decoded: a.decoded + b.decoded,
  };
}

function figures({ reused, cropped, evaluated, decoded }: Cost): [string, string, string, string] {
  return [String(reused), String(cropped), String(evaluated), String(decoded)];
}

function row(key: string, ...cells: string[]): void {
  const shown = cells.pop() ?? '';
  process.stdout.write(`${key.padEnd(6)}${cells.map((cell) => cell.padStart(10)).join('')}   ${shown}\n`);
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    process.exit(1);
  },
);
