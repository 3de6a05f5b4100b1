// Which folder may import which: every import leads from a floor to the same or a lower one. `npm run check` fails
// otherwise. The floors are listed only here; ARCHITECTURE.md says what each is for.

/**
 * The language server, top floor first. A folder may import from its own floor and from those after it in this list.
 */
const floors = [
  'handlers',
  'lsp',
  'anticipate',
  'learning',
  'suggest',
  'features',
  'legality',
  'prompt',
  'resolve',
  'schema',
  'sql',
];

const server = (floor) => `^server/src/${floor}/`;

/** One rule for each floor but the lowest: the floors below must not import it. */
const downwards = floors.slice(0, -1).map((floor, i) => ({
  name: `nothing-below-imports-${floor}`,
  comment: `${floors.slice(i + 1).join(', ')} stand below ${floor}`,
  severity: 'error',
  from: { path: floors.slice(i + 1).map(server) },
  to: { path: server(floor) },
}));

module.exports = {
  forbidden: [
    ...downwards,
    {
      name: 'engine-knows-no-sql',
      comment: 'the engine speaks of tokens and sequences; it imports no floor of the server',
      severity: 'error',
      from: { path: '^server/src/engine/' },
      to: { path: floors.map(server) },
    },
    {
      name: 'floors-know-engine-by-contract',
      comment: 'below lsp the engine is its interface: engine.ts',
      severity: 'error',
      from: { path: floors.slice(2).map(server) },
      to: { path: '^server/src/engine/', pathNot: '^server/src/engine/(engine|totals)\\.ts$' },
    },
    {
      name: 'host-stands-alone',
      comment: 'the engine host is a process of its own; only its entry point starts it',
      severity: 'error',
      from: { path: '^server/src/', pathNot: '^server/src/engine/host/' },
      to: { path: '^server/src/engine/host/' },
    },
    {
      name: 'text-alone',
      comment: 'sql/ reads text: no schema, no files',
      severity: 'error',
      from: { path: server('sql') },
      to: { dependencyTypes: ['core', 'npm'] },
    },
    {
      name: 'native-knows-nothing-above',
      severity: 'error',
      from: { path: '^native/' },
      to: { path: '^(client|server)/' },
    },
    {
      name: 'client-knows-the-protocol-only',
      comment: 'of the server the client knows its messages, its settings, and how names become plain',
      severity: 'error',
      from: { path: '^client/' },
      to: { path: '^(server|native)/', pathNot: '^server/src/(protocol|settings|plain)\\.ts$' },
    },
    {
      name: 'vscode-in-the-client-only',
      severity: 'error',
      from: { pathNot: '^client/' },
      to: { path: '^vscode$' },
    },
    {
      name: 'no-circles',
      severity: 'error',
      from: { path: '^(client|server|native)/' },
      to: { circular: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    moduleSystems: ['es6', 'cjs'],
  },
};
