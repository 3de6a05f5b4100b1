// Lint rules: typed ones for all TypeScript of the project, plain ones for the scripts.
import js from '@eslint/js';
import tseslint from 'typescript-eslint';

const quoting = 'server/src/sql/quoteLiteral.ts';

/** Quotes around a value that somebody writes by hand are wrong in some dialect: use sql/quoteLiteral.ts. */
const quotedByHand = [
  "CallExpression[callee.property.name=/^replace(All)?$/][arguments.1.value=/''|\\\\'/]",
  'CallExpression[callee.property.name=/^replace(All)?$/][arguments.0.value="\'\'"]',
  "TemplateLiteral > TemplateElement[value.raw=/(= ?|\\(|, ?)'$/]",
].map((selector) => ({ selector, message: `Use quoteLiteral or stringValue (${quoting}).` }));

export default tseslint.config(
  {
    ignores: [
      'dist/',
      'out/',
      'node_modules/',
      'native/vendor/',
      'native/build/',
      'native/bin/',
      '.vscode-test/',
      'test/e2e/testhost/',
    ],
  },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      // In { left, ...rest } the name `left` is unused on purpose.
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
      'no-console': 'error',
    },
  },
  {
    // A name in a message may be a link that runs a command. client/src/messages.ts and problems.ts make messages
    // plain.
    files: ['client/**/*.ts', 'server/**/*.ts'],
    ignores: ['client/src/messages.ts', 'server/src/**/problems.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        ...['showInformationMessage', 'showWarningMessage', 'showErrorMessage'].map((property) => ({
          property,
          message: 'Say it by client/src/messages.ts or problems.ts, which make names plain.',
        })),
      ],
    },
  },
  {
    files: ['client/src/**/*.ts', 'server/src/**/*.ts'],
    ignores: [quoting],
    rules: { 'no-restricted-syntax': ['error', ...quotedByHand] },
  },
  {
    files: ['client/src/**/*.ts', 'server/src/**/*.ts'],
    // No person sees the errors between server and engine host.
    ignores: [quoting, 'client/src/messages.ts', 'server/src/**/problems.ts', 'server/src/engine/**'],
    rules: {
      'no-restricted-syntax': [
        'error',
        ...quotedByHand,
        {
          selector: "NewExpression[callee.name='ResponseError']",
          message: 'Refuse by refusal() of problems.ts, which makes names plain.',
        },
      ],
    },
  },
  {
    files: ['**/*.mjs', '**/*.js', '**/*.cjs'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        URL: 'readonly',
        Buffer: 'readonly',
        fetch: 'readonly',
        setTimeout: 'readonly',
        clearTimeout: 'readonly',
        setInterval: 'readonly',
        clearInterval: 'readonly',
        require: 'readonly',
        module: 'writable',
        exports: 'writable',
        __dirname: 'readonly',
        AbortSignal: 'readonly',
        performance: 'readonly',
      },
    },
  },
);
