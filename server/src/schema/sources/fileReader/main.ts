/**
 * Entry point of the file reader: a process that opens database files for one source of the server and answers its
 * requests (protocol.ts). A foreign file may hang or crash the library that reads it; here that harms nothing else.
 */
import { createMessageConnection, ResponseError, type RequestType } from 'vscode-jsonrpc';
import { IPCMessageReader, IPCMessageWriter } from 'vscode-jsonrpc/node';
import { errorMessage, SqlAheadError } from '../../../errors';
import { readDdlFiles } from '../ddlFiles';
import { checkDuckdb, readDuckdbCatalogue, readDuckdbContents } from '../duckdb';
import { readSqliteCatalogue, readSqliteContents } from '../sqlite';
import { checkAgainst, SqliteChecks } from '../sqliteValidator';
import {
  catalogueRequest,
  checkAgainstRequest,
  checkRequest,
  contentsRequest,
  ddlRequest,
  readyNotification,
  type ReaderArguments,
  type ReaderError,
} from './protocol';
import { Watchdog, watchIfWorker } from './watchdog';

watchIfWorker();
process.on('disconnect', () => process.exit());

const connection = createMessageConnection(new IPCMessageReader(process), new IPCMessageWriter(process));
const watchdog = Watchdog.start(__filename, JSON.parse(process.argv[2] ?? '{}') as ReaderArguments);
const sqliteChecks = new SqliteChecks();

function answer<P, R>({ method }: RequestType<P, R, ReaderError>, work: (params: P) => R | Promise<R>): void {
  connection.onRequest(method, async (params: P) => {
    try {
      return await watchdog.during(() => work(params));
    } catch (error) {
      const code = error instanceof SqlAheadError ? error.code : 'ERR_DATABASE_INVALID';
      // eslint-disable-next-line no-restricted-syntax -- it goes to the server, which makes plain what it tells a person
      return new ResponseError<ReaderError>(1, errorMessage(error), { code });
    }
  });
}

answer(catalogueRequest, (at) => (at.kind === 'sqlite' ? readSqliteCatalogue(at) : readDuckdbCatalogue(at)));
answer(contentsRequest, ({ tables, samples, ...at }) =>
  at.kind === 'sqlite' ? readSqliteContents(at, tables, samples) : readDuckdbContents(at, tables, samples),
);
answer(checkRequest, async ({ sql, ...at }) =>
  at.kind === 'sqlite' ? (sqliteChecks.check(at.file, sql) ?? null) : ((await checkDuckdb(at, sql)) ?? null),
);
answer(ddlRequest, ({ files, dialect, source }) => readDdlFiles(files, dialect, source));
answer(checkAgainstRequest, ({ definitions, sql }) => checkAgainst(definitions, sql) ?? null);

connection.listen();
void connection.sendNotification(readyNotification);
