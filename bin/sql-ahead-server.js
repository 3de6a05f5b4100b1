#!/usr/bin/env node
/*
 * sql-ahead-server: starts the language server for editors other than VS Code. When the Node that runs this file is too
 * old, it looks for a newer one. It runs the server in the server's own folder. Old versions of Node must be able to
 * read this file, so it uses no newer syntax.
 */
'use strict';
const childProcess = require('child_process');
const fs = require('fs');
const path = require('path');

const root = path.resolve(__dirname, '..');
const server = path.join(root, 'dist', 'server.js');
/** The first Node that has node:sqlite without a flag. */
const oldestNode = [22, 13];
const transports = /^--(stdio|node-ipc|socket=\d+|pipe=.+|clientProcessId=\d+)$/;

const help = `Usage: sql-ahead-server --stdio

The language server of SQL Ahead, for any editor that speaks LSP.

  --stdio          speak over standard input and output
  --pipe=NAME      speak over a named pipe or Unix socket that the editor listens on
  --socket=PORT    speak over a port of this machine that the editor listens on
  --version        print the version
  --help           print this

Environment:
  SQL_AHEAD_NODE        Node to run under (${oldestNode.join('.')} or newer), where PATH has none
  SQL_AHEAD_REMOTE_KEY  key of the server of sqlAhead.engine.remote.url
`;

main(process.argv.slice(2));

function main(args) {
  if (args.includes('--help')) return void process.stdout.write(help);
  if (args.includes('--version')) {
    const { version } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
    return void process.stdout.write(`${version}\n`);
  }
  const unknown = args.find((arg) => !transports.test(arg));
  if (args.length === 0 || unknown !== undefined)
    return fail(
      2,
      `${unknown === undefined ? 'Say which transport to use' : `"${unknown}" is not known`}.\n\n${help}`,
    );
  if (!fs.existsSync(server)) return fail(1, `${server} is missing; run "npm run build" in ${root}.\n`);
  if (isNewEnough(process.versions.node)) {
    // The editor's current folder may hold foreign libraries: the server must not look for any there.
    process.chdir(root);
    require(server);
    return;
  }
  const node = nodes().find((file) => isNewEnough(versionOf(file)));
  if (node === undefined)
    return fail(
      1,
      `sql-ahead-server needs Node ${oldestNode.join('.')} or newer; this is ${process.versions.node}. Install one, or name it by SQL_AHEAD_NODE.\n`,
    );
  const child = childProcess.spawn(node, [server].concat(args), { cwd: root, stdio: 'inherit' });
  child.on('error', (error) => fail(1, `${node} does not start: ${error.message}\n`));
  child.on('exit', (code, signal) => (signal ? process.kill(process.pid, signal) : process.exit(code)));
  ['SIGINT', 'SIGTERM', 'SIGHUP'].forEach((signal) => process.on(signal, () => child.kill(signal)));
}

function fail(code, text) {
  process.stderr.write(text);
  process.exitCode = code;
}

function isNewEnough(version) {
  const [major, minor] = (version || '0.0').split('.').map(Number);
  return major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1]);
}

/**
 * Where a Node may be, best first. Relative entries of PATH are left out: they would run a program of the current
 * folder.
 */
function nodes() {
  const windows = process.platform === 'win32';
  const names = windows ? ['node.exe'] : ['node', 'nodejs', 'node24', 'node22'];
  const folders = (process.env.PATH || '').split(path.delimiter).filter((folder) => path.isAbsolute(folder));
  const found = [];
  for (const folder of folders) for (const name of names) found.push(path.join(folder, name));
  return [process.env.SQL_AHEAD_NODE || '']
    .concat(found)
    .filter((file) => path.isAbsolute(file) && fs.existsSync(file));
}

function versionOf(file) {
  const { stdout } = childProcess.spawnSync(file, ['--version'], {
    encoding: 'utf8',
    timeout: 10000,
    cwd: root,
  });
  return (stdout || '').trim().replace(/^v/, '');
}
