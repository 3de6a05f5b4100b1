/**
 * `npm run eval -- --links`: prints how many of the names in right statements are in the links of their questions. Uses
 * the recipe's training pairs and, with --sql and --dbs, evaluation questions, which are only measured: the linker is
 * never tuned on them.
 */
import path from 'node:path';
import type { Schema } from '../../server/src/schema/model';
import { readOnce } from '../unit/support/reader';
import type { Question } from './data';
import { pairOf, scoreLinks, trainingPairs, type LinkedPair, type LinkFigures } from './linkScore';

const trainingSources = { spider_train: 2000, bird_train: 1500, kaggledbqa: 272 };

/** @param show how many questions with something missed or wrong are printed of each training source */
export async function linkTable(
  root: string,
  questions: readonly Question[],
  dbs: string,
  show: number,
): Promise<string> {
  const rows: (readonly [string, LinkFigures])[] = [];
  const lines: string[] = [];
  for (const [source, limit] of Object.entries(trainingSources)) {
    const pairs = trainingPairs(path.join(root, 'models', 'recipe', 'data'), source, limit);
    const misses: string[] = [];
    const figures = scoreLinks(pairs, ({ question, sql }, shown, missed, wrong) =>
      misses.push(
        `${source}: ${question}\n  ${shown}\n  missed ${missed.join(', ')}  wrong ${wrong.join(', ')}\n  ${sql}`,
      ),
    );
    rows.push([source, figures]);
    lines.push(
      ...misses.filter((_, i) => show > 0 && i % Math.max(1, Math.floor(misses.length / show)) === 0),
    );
  }
  const schemas = new Map<string, Schema>();
  const evaluated: (LinkedPair & { readonly source: string })[] = [];
  for (const { question, hint, sql, source, db_path } of questions) {
    const file = path.resolve(dbs, path.basename(db_path));
    const schema = schemas.get(file) ?? (await readOnce(file, true));
    schemas.set(file, schema);
    evaluated.push({ ...pairOf(hint === '' ? question : `${question} (${hint})`, sql, schema), source });
  }
  if (evaluated.length > 0) rows.push(['evaluation', scoreLinks(evaluated)]);
  for (const [source, pairs] of Map.groupBy(evaluated, (pair) => pair.source))
    rows.push([source, scoreLinks(pairs)]);
  return [...lines, ...tableOf(rows)].join('\n');
}

function tableOf(rows: readonly (readonly [string, LinkFigures])[]): string[] {
  const percent = (share: number): string => (100 * share).toFixed(1);
  const both = ({ recall, precision }: { recall: number; precision: number }): string =>
    `${percent(recall)}/${percent(precision)}`;
  return [
    "| recall/precision, % | n | tables | columns | columns, joins' too | join columns | all tables | all columns | links | ms |",
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...rows.map(
      ([name, { n, tables, columns, joinColumns, whole, linksOfOne, millisecondsOfOne }]) =>
        `| ${name} | ${n.toString()} | ${both(tables)} | ${both(columns)} | ${percent(columns.recallWithJoins)} | ${both(joinColumns)} | ${percent(whole.tables)} | ${percent(whole.columns)} | ${linksOfOne.toFixed(1)} | ${millisecondsOfOne.toFixed(2)} |`,
    ),
  ];
}
