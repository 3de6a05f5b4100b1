/** Families of models: what their names, vocabularies and templates say becomes the layout of a prompt. */
import assert from 'node:assert/strict';
import { promptText } from '../../../server/src/engine/engine';
import { chatPrompt, familyOf, fillingPrompt } from '../../../server/src/prompt/families';

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

describe('fillingPrompt', () => {
  it('ends with what was typed, so that a key is appended', () => {
    const { fillInTheMiddle } = familyOf({ name: '', fim: qwen });
    assert.ok(fillInTheMiddle);
    const prompt = fillingPrompt(fillInTheMiddle, ['schema\n', 'SELECT '], ' FROM t', 'na', 1);
    assert.equal(promptText(prompt), '<|fim_prefix|>schema\nSELECT <|fim_suffix|> FROM t<|fim_middle|>na');
    assert.equal(prompt.stable, 2);
    assert.equal(
      promptText(fillingPrompt({ ...fillInTheMiddle, order: 'suffix first' }, ['a'], 'b', 'c')),
      '<|fim_suffix|>b<|fim_prefix|>ac',
    );
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
