/**
 * The servers of the suite. They start when a test first needs them, all test files share them, and they end after the
 * last test.
 */
import { startMariadb, startPostgres, type TestServer } from './servers';

let started: { postgres?: Promise<TestServer>; mariadb?: Promise<TestServer> } = {};

export function postgres(): Promise<TestServer> {
  return (started.postgres ??= startPostgres());
}

export function mariadb(): Promise<TestServer> {
  return (started.mariadb ??= startMariadb());
}

/** One bundle holds all tests of the suite, so that this runs once, behind the last of them. */
after(async () => {
  const servers = await Promise.allSettled(Object.values(started));
  started = {};
  for (const server of servers) if (server.status === 'fulfilled') await server.value.stop();
});
