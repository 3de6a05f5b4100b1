/**
 * Real servers for the tests: PostgreSQL and MariaDB from the system's packages, each with its own data directory, on
 * this machine and a free port, ended with the suite. A server that runs on the machine anyway is left alone.
 */
import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import {
  chownSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import type { ConnectionSettings } from '../../server/src/settings';

export interface TestServer {
  readonly connection: ConnectionSettings;
  readonly password: string;
  stop(): Promise<void>;
}

export const password = 's3cret \'quoted" päss';
const user = 'tester';

/** Servers refuse to run as root; then they run as the user their package made. */
function identity(name: string): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${name}:`));
  const [, , uid, gid] = line?.split(':') ?? [];
  if (uid === undefined || gid === undefined)
    throw new Error(`the user ${name} is missing: install its server`);
  return { uid: Number(uid), gid: Number(gid) };
}

/** A folder the server's user owns; its path is short, because sockets may lie in it. */
function dataFolder(prefix: string, { uid, gid }: { uid?: number; gid?: number }): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), prefix));
  if (uid !== undefined && gid !== undefined) chownSync(folder, uid, gid);
  return folder;
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = net.createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as net.AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}

/** Resolves when the process wrote what says that it serves; rejects with its output when it ended before. */
function untilWritten(child: ChildProcess, pattern: RegExp): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = '';
    const read = (chunk: Buffer) => {
      output += chunk.toString();
      if (pattern.test(output)) resolve();
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.once('exit', () => reject(new Error(`the server ended:\n${output}`)));
    child.once('error', reject);
  });
}

/** Another process may take the port between looking and listening: then it is tried with another one. */
async function startOn(start: (port: number) => ChildProcess, ready: RegExp) {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    const child = start(port);
    try {
      await untilWritten(child, ready);
      return { child, port };
    } catch (error) {
      if (attempt === 3) throw error;
    }
  }
}

async function end(child: ChildProcess, signal: NodeJS.Signals, folder: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await ended;
  }
  rmSync(folder, { recursive: true, force: true });
}

function postgresBin(name: string): string {
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  return versions[0] === undefined ? name : path.join(root, versions[0], 'bin', name);
}

export async function startPostgres(): Promise<TestServer> {
  const own = identity('postgres');
  const folder = dataFolder('sqlahead-pg-', own);
  const data = path.join(folder, 'data');
  const passwordFile = path.join(folder, 'password');
  writeFileSync(passwordFile, password, { mode: 0o644 });
  const settings = [
    '-U',
    user,
    '-A',
    'scram-sha-256',
    `--pwfile=${passwordFile}`,
    '-E',
    'UTF8',
    '--locale=C',
  ];
  execFileSync(postgresBin('initdb'), ['-D', data, '--no-sync', ...settings], {
    ...own,
    cwd: folder,
    stdio: 'pipe',
  });
  const { child, port } = await startOn((wanted) => {
    const options = [
      'listen_addresses=127.0.0.1',
      `port=${String(wanted)}`,
      `unix_socket_directories=${folder}`,
      'fsync=off',
      'shared_buffers=16MB',
      'max_connections=50',
      'logging_collector=off',
    ];
    const flags = options.flatMap((option) => ['-c', option]);
    return spawn(postgresBin('postgres'), ['-D', data, ...flags], { ...own, cwd: folder });
  }, /ready to accept connections/);
  return {
    connection: { name: 'elephant', kind: 'postgres', host: '127.0.0.1', port, user, database: 'postgres' },
    password,
    // SIGQUIT: at once; nothing of it is needed again.
    stop: () => end(child, 'SIGQUIT', folder),
  };
}

/** PgBouncer before a server, in transaction mode with one server connection that all clients share. */
export async function startPgbouncer({
  connection: { port: serverPort = 0 },
}: TestServer): Promise<{ readonly port: number; stop(): Promise<void> }> {
  const own = identity('postgres');
  const folder = dataFolder('sqlahead-pb-', own);
  const userList = path.join(folder, 'users.txt');
  writeFileSync(userList, `"${user}" "${password.replaceAll('"', '""')}"\n`, { mode: 0o644 });
  const file = path.join(folder, 'pgbouncer.ini');
  const { child, port } = await startOn((wanted) => {
    const settings = [
      '[databases]',
      `* = host=127.0.0.1 port=${String(serverPort)}`,
      '[pgbouncer]',
      'listen_addr = 127.0.0.1',
      `listen_port = ${String(wanted)}`,
      'unix_socket_dir =',
      'auth_type = scram-sha-256',
      `auth_file = ${userList}`,
      'pool_mode = transaction',
      'default_pool_size = 1',
    ];
    writeFileSync(file, settings.join('\n'), { mode: 0o644 });
    return spawn('/usr/sbin/pgbouncer', [file], { ...own, cwd: folder });
  }, /process up/);
  return { port, stop: () => end(child, 'SIGKILL', folder) };
}

/** mariadbd is in sbin, which an ordinary user's PATH may lack. */
function mariadbBin(...names: readonly string[]): string {
  const folders = ['/usr/sbin', '/usr/bin', '/usr/libexec', ...(process.env['PATH'] ?? '').split(':')];
  for (const name of names) {
    const found = folders.map((folder) => path.join(folder, name)).find((file) => existsSync(file));
    if (found !== undefined) return found;
  }
  throw new Error(`${names[0] ?? ''} is missing: install mariadb-server`);
}

export async function startMariadb(): Promise<TestServer> {
  const own = identity('mysql');
  const folder = dataFolder('sqlahead-my-', own);
  const data = path.join(folder, 'data');
  const install = mariadbBin('mariadb-install-db', 'mysql_install_db');
  const made = spawnSync(
    install,
    ['--no-defaults', `--datadir=${data}`, '--auth-root-authentication-method=normal', '--skip-test-db'],
    { ...own, cwd: folder, encoding: 'utf8' },
  );
  if (made.status !== 0) throw new Error(`mariadb-install-db failed:\n${made.stdout}\n${made.stderr}`);
  const quoted = password.replaceAll("'", "''");
  const init = path.join(folder, 'init.sql');
  writeFileSync(
    init,
    [
      `CREATE USER '${user}'@'%' IDENTIFIED BY '${quoted}';`,
      `GRANT ALL ON *.* TO '${user}'@'%' WITH GRANT OPTION;`,
      'CREATE DATABASE shop CHARACTER SET utf8mb4;',
    ].join('\n'),
    { mode: 0o644 },
  );
  const { child, port } = await startOn(
    (wanted) =>
      spawn(
        mariadbBin('mariadbd', 'mysqld'),
        [
          '--no-defaults',
          `--datadir=${data}`,
          '--bind-address=127.0.0.1',
          `--port=${String(wanted)}`,
          `--socket=${path.join(folder, 's')}`,
          `--pid-file=${path.join(folder, 'pid')}`,
          `--init-file=${init}`,
          '--skip-name-resolve',
          '--character-set-server=utf8mb4',
          '--innodb-flush-log-at-trx-commit=0',
          '--innodb-buffer-pool-size=32M',
          '--skip-log-bin',
        ],
        { ...own, cwd: folder },
      ),
    /ready for connections/,
  );
  return {
    connection: { name: 'seal', kind: 'mysql', host: '127.0.0.1', port, user, database: 'shop' },
    password,
    stop: () => end(child, 'SIGKILL', folder),
  };
}
