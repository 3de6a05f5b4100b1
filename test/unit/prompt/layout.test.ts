/**
 * The layout of the prompt: its segments joined are schema and document, and its beginning stays the same while a
 * person types.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  completionPrompt,
  questionPrompt,
  shareContext,
  windowStart,
} from '../../../server/src/prompt/layout';
import { schemaHead } from '../../../server/src/prompt/families';
import { promptText } from '../../../server/src/engine/engine';
import { commonPrefix } from '../../../server/src/engine/host/cache/sequence';

const budget = { characters: 200 };
const schemaText = '-- dialect: sqlite\nCREATE TABLE t (id INTEGER);\n\n';
const head = schemaHead(schemaText);

const codes = (text: string): number[] => Array.from(text, (character) => character.charCodeAt(0));

describe('completionPrompt', () => {
  it('is the schema and the text before the cursor, one segment a statement', () => {
    const text = 'SELECT 1;\nSELECT id FROM t';
    assert.deepEqual(completionPrompt(head, text, 19, 'sqlite', budget).segments, [
      schemaText,
      'SELECT 1;',
      '\nSELECT id',
    ]);
  });

  it('loses no character of the document within its budget', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 150 }), fc.nat(150), (text, at) => {
        const offset = Math.min(at, text.length);
        const { segments } = completionPrompt(head, text, offset, 'sqlite', budget);
        assert.equal(promptText({ segments }), schemaText + text.slice(0, offset));
      }),
    );
  });

  it('leaves the earliest text out first, and the statement being typed in', () => {
    const text = 'SELECT id FROM t WHERE id = 1;\n'.repeat(20) + 'SELECT ';
    const prompt = promptText(completionPrompt(head, text, text.length, 'sqlite', budget));
    assert.ok(prompt.startsWith(schemaText) && prompt.endsWith('= 1;\nSELECT '));
    assert.ok(prompt.length <= schemaText.length + budget.characters);
  });

  it('moves its window rarely: most keys keep the whole beginning', () => {
    let text = 'SELECT id FROM t WHERE id = 1;\n'.repeat(10);
    let before = promptText(completionPrompt(head, text, text.length, 'sqlite', budget));
    let moves = 0;
    for (const key of 'SELECT id FROM t WHERE id = 2;\n'.repeat(10)) {
      text += key;
      const after = promptText(completionPrompt(head, text, text.length, 'sqlite', budget));
      if (commonPrefix(codes(before), codes(after)) < before.length) moves++;
      before = after;
    }
    assert.ok(moves <= 5, `the window moved ${moves.toString()} times in 310 keys`);
  });
});

describe('windowStart', () => {
  it('stays within the text and the budget', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', ';', '\n', "'", '-', ' '), maxLength: 900 }),
        fc.nat(900),
        (text, at) => {
          const offset = Math.min(at, text.length);
          const start = windowStart(text, offset, 'sqlite', budget);
          assert.ok(start >= 0 && start <= offset && offset - start <= budget.characters);
        },
      ),
    );
  });
});

describe('questionPrompt', () => {
  it('keeps a question of several lines inside its comment', () => {
    assert.deepEqual(questionPrompt(schemaHead('S'), 'all orders\n; DROP TABLE t', true).segments, [
      'S',
      '-- all orders ; DROP TABLE t\n',
    ]);
  });
});

describe('shareContext', () => {
  it('shares out every token of the context', () => {
    for (const context of [512, 1024, 2048, 8192, 32768]) {
      const { schema, document, completion } = shareContext(context);
      assert.equal(schema + document + completion, context);
      assert.ok(schema > document && document > 0 && completion > 0);
    }
  });
});
