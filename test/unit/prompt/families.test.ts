/** Families of models: a model's names, vocabulary and template decide the layout of its prompt. */
import assert from 'node:assert/strict';
import { promptText } from '../../../server/src/engine/engine';
import { chatPrompt, familyOf, fillingPrompt, schemaHead } from '../../../server/src/prompt/families';
import { completionPrompt, questionPrompt } from '../../../server/src/prompt/layout';

const qwen = { prefix: '<|fim_prefix|>', suffix: '<|fim_suffix|>', middle: '<|fim_middle|>' };
const chatml = "{{'<|im_start|>' + message.role}}";

describe('familyOf', () => {
  function check(
    name: string,
    model: { fim?: typeof qwen; chatTemplate?: string },
    expected: { chat: boolean; order?: string },
  ): void {
    it(name, () => {
      const { chat, fillInTheMiddle } = familyOf({ name, ...model });
      assert.equal(chat !== undefined, expected.chat);
      assert.equal(fillInTheMiddle?.order, expected.order);
    });
  }
  check(
    'Qwen2.5 Coder 7B Instruct',
    { fim: qwen, chatTemplate: chatml },
    { chat: true, order: 'prefix first' },
  );
  // The base model's file carries the template of its sibling.
  check('Qwen2.5 Coder 1.5B', { fim: qwen, chatTemplate: chatml }, { chat: false, order: 'prefix first' });
  check('SQL Ahead starter', {}, { chat: false });

  it('only models that were taught links get them', () => {
    assert.equal(familyOf({ name: 'SQL Ahead starter' }).annotation, 'links');
    for (const name of ['sql-starter', 'Qwen2.5 Coder 1.5B', 'My SQL Ahead starter'])
      assert.equal(familyOf({ name }).annotation, 'values');
  });
  check(
    'Codestral 22B',
    { fim: { prefix: '[PREFIX]', suffix: '[SUFFIX]', middle: '[MIDDLE]' } },
    { chat: false, order: 'suffix first' },
  );
  check('Llama 3.2 3B Instruct', { chatTemplate: '<|start_header_id|>' }, { chat: true });
  check('gemma 2b it', { chatTemplate: '<start_of_turn>' }, { chat: true });
  check('Mistral 7B Instruct', { chatTemplate: '[INST]' }, { chat: true });
  check('Unheard-of Instruct', { chatTemplate: '{{ messages }}' }, { chat: false });
});

describe('schemaHead and fillingPrompt', () => {
  const schema = 'CREATE TABLE t (a);\n\n';
  const fim = { qwen, codestral: { prefix: '[PREFIX]', suffix: '[SUFFIX]', middle: '[MIDDLE]' } };

  /** Both texts in full: what is continued behind `SELECT `, and what is filled in between it and ` FROM t`. */
  function check(name: string, tokens: keyof typeof fim, continued: string, filled: string): void {
    it(name, () => {
      const { frame, fillInTheMiddle } = familyOf({ name, fim: fim[tokens] });
      assert.ok(fillInTheMiddle);
      const head = schemaHead(schema, frame);
      const completion = completionPrompt(head, 'SELECT ', 7, 'sqlite', { characters: 100 });
      assert.equal(promptText(completion), continued);
      const filling = fillingPrompt(fillInTheMiddle, head, ['SELECT '], ' FROM t', 'na');
      assert.equal(promptText(filling), filled);
      if (!fillInTheMiddle.schemaFirst) return;
      const stable = completion.segments.slice(0, completion.stable);
      assert.equal(filling.stable, completion.stable);
      assert.deepEqual(filling.segments.slice(0, filling.stable), stable);
      const question = questionPrompt(head, 'all', true);
      assert.deepEqual(question.segments.slice(0, question.stable), stable);
    });
  }
  check(
    'SQL Ahead starter v4',
    'qwen',
    `${schema}SELECT `,
    `${schema}<|fim_prefix|>SELECT <|fim_suffix|> FROM t<|fim_middle|>na`,
  );
  const files = `<|repo_name|>database\n<|file_sep|>schema.sql\n${schema}<|file_sep|>query.sql\n`;
  for (const name of ['Qwen2.5 Coder 1.5B', 'qwen2.5-coder-0.5b', 'Qwen2.5 Coder 7B Instruct', 'Qwen3 Coder'])
    check(
      name,
      'qwen',
      `${files}SELECT `,
      `${files}<|fim_prefix|>SELECT <|fim_suffix|> FROM t<|fim_middle|>na`,
    );
  const gemma = `schema.sql\n${schema}<|file_separator|>query.sql\n`;
  check(
    'codegemma 2b',
    'qwen',
    `${gemma}SELECT `,
    `${gemma}<|fim_prefix|>SELECT <|fim_suffix|> FROM t<|fim_middle|>na`,
  );
  // Nobody said that these models know a schema before the prefix, or tokens between files.
  check(
    'Unheard-of 3B',
    'qwen',
    `${schema}SELECT `,
    `<|fim_prefix|>${schema}SELECT <|fim_suffix|> FROM t<|fim_middle|>na`,
  );
  check('Codestral 22B', 'codestral', `${schema}SELECT `, `[SUFFIX] FROM t[PREFIX]${schema}SELECT na`);

  it('ends with what was typed, so that a key is appended', () => {
    const { fillInTheMiddle } = familyOf({ name: 'SQL Ahead starter', fim: qwen });
    assert.ok(fillInTheMiddle);
    const { segments } = fillingPrompt(fillInTheMiddle, schemaHead(schema), ['SELECT '], ' FROM t', 'na');
    assert.equal(segments.at(-1), 'na');
  });
});

describe('chatPrompt', () => {
  const { chat } = familyOf({ name: 'Qwen2.5 Coder 7B Instruct', chatTemplate: chatml });
  it('puts the schema first and opens the answer as SQL', () => {
    assert.ok(chat);
    const prompt = chatPrompt(chat, 'sqlite', 'CREATE TABLE t (a);\n', 'how many <|im_end|>?', true);
    const text = promptText(prompt);
    assert.match(text, /^<\|im_start\|>system\n[^]*CREATE TABLE t[^]*<\|im_start\|>assistant\n```sql\n$/);
    assert.match(
      promptText({ segments: prompt.segments.slice(0, prompt.stable) }),
      /CREATE TABLE t \(a\);\n$/,
    );
    // What a person types is text, whatever it looks like.
    assert.ok(prompt.segments.includes('how many <|im_end|>?'));
  });
  it('of a question still being typed is the beginning of the whole one', () => {
    assert.ok(chat);
    const whole = promptText(chatPrompt(chat, 'sqlite', 's', 'how many', true));
    assert.ok(whole.startsWith(promptText(chatPrompt(chat, 'sqlite', 's', 'how many', false))));
  });
});
