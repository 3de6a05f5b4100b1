/**
 * package.json compared with the code and the README: every declaration has an effect, and no workspace can choose what
 * runs.
 */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';

interface Manifest {
  readonly contributes: {
    readonly commands: readonly { readonly command: string }[];
    readonly keybindings: readonly { readonly command: string }[];
    readonly configuration: { readonly properties: Readonly<Record<string, { readonly scope: string }>> };
  };
  readonly capabilities: {
    readonly untrustedWorkspaces: {
      readonly supported: string;
      readonly restrictedConfigurations: readonly string[];
    };
  };
}

const { contributes, capabilities } = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;
const settings = contributes.configuration.properties;
const commands = contributes.commands.map(({ command }) => command);
const readme = readFileSync('README.md', 'utf8');
const client = globSync('client/src/**/*.ts')
  .map((file) => readFileSync(file, 'utf8'))
  .join('\n');

/** All that the pattern's first group finds in a text, without doubles. */
const all = (text: string, pattern: RegExp): string[] => [
  ...new Set([...text.matchAll(pattern)].map(([, found]) => found ?? '')),
];

describe('package.json', () => {
  it('declares no command that the client does not register', () => {
    const registered = all(client, /registerCommand\(\s*'(sqlAhead\.\w+)'/g);
    assert.deepEqual(
      commands.filter((command) => !registered.includes(command)),
      [],
    );
    for (const { command } of contributes.keybindings) assert.ok(commands.includes(command));
  });

  it('has every setting and command that the README names', () => {
    const names = all(readme, /`(sqlAhead(?:\.\w+)+)`/g);
    assert.ok(names.length > 5);
    for (const name of names)
      assert.ok(name in settings || Object.keys(settings).some((key) => key.startsWith(`${name}.`)), name);
  });

  it('lets no settings of a workspace choose the model, the engine, or where text is sent', () => {
    for (const [name, { scope }] of Object.entries(settings))
      if (/^sqlAhead\.(?:model|questionModel|models\..+|engine\..+)$/.test(name))
        assert.equal(scope, 'machine', name);
  });

  it('restricts in an untrusted workspace whatever leads to a file or a server', () => {
    const { supported, restrictedConfigurations } = capabilities.untrustedWorkspaces;
    assert.equal(supported, 'limited');
    for (const name of restrictedConfigurations) assert.ok(name in settings, name);
    for (const name of ['database', 'ddlFiles', 'connections', 'connection', 'model', 'engine.remote.url'])
      assert.ok(restrictedConfigurations.includes(`sqlAhead.${name}`), name);
  });

  it('ships every program that the build makes', () => {
    const programs = all(
      readFileSync('scripts/build.mjs', 'utf8').match(/const bundles = \{.*?outdir/s)?.[0] ?? '',
      /^ {4}(\w+): '/gm,
    );
    const shipped = readFileSync('.vscodeignore', 'utf8').split('\n');
    assert.ok(programs.includes('server'));
    for (const program of programs) assert.ok(shipped.includes(`!dist/${program}.js`), program);
  });
});
