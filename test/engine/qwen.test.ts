/**
 * Models of the real family: the true vocabulary of Qwen2.5 (151,936 tokens) and its special tokens on small random weights,
 * as base and as instruct. Prompts are compared with the published formats byte for byte; stop tokens, healing and the
 * constraint work over the whole vocabulary.
 */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Addon, Model } from '../../native/index';
import { promptText, type Choose, type Prompt } from '../../server/src/engine/engine';
import type { ModelHost } from '../../server/src/engine/host/modelHost';
import {
  chatPrompt,
  familyOf,
  fillingPrompt,
  schemaHead,
  type Family,
} from '../../server/src/prompt/families';
import { completionPrompt, questionPrompt } from '../../server/src/prompt/layout';
import { pairRows } from '../bench/model/pairs';
import { writeModel } from '../bench/model/write';
import { qwenTokens, qwenVocabulary } from '../native/support/qwen';
import { loadHost, never, removeFolders, runtime, schema, temporaryFolder } from './support';

const shape = { layers: 1, embedding: 64, feedForward: 64, heads: 1, kvHeads: 1, vocabulary: 151936 };
/** What decides about the turns of a chat in the published template, and nothing else of it. */
const chatTemplate =
  "{%- for message in messages %}{{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>' + '\\n' }}{%- endfor %}" +
  "{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{%- endif %}";

const files = `<|repo_name|>database\n<|file_sep|>schema.sql\n${schema}<|file_sep|>query.sql\n`;
const statement = 'SELECT name FROM customers';

interface Fake {
  readonly file: string;
  readonly model: Model;
  readonly host: ModelHost;
  readonly family: Family;
}

describe('the family of Qwen2.5-Coder', function () {
  this.timeout(120_000);
  let addon: Addon;
  const fakes: Fake[] = [];
  let sessions = 0;

  before(async () => {
    ({ addon } = await runtime());
  });
  after(async () => {
    for (const { host, model } of fakes) {
      await host.dispose();
      await model.dispose();
    }
    removeFolders();
  });

  /** A model that has learnt to say the statement and then this token. */
  async function fake(
    name: string,
    end: keyof typeof qwenTokens,
    says: keyof typeof qwenTokens,
  ): Promise<Fake> {
    const folder = temporaryFolder();
    const vocabulary = qwenVocabulary(end, chatTemplate);
    const bare = path.join(folder, 'vocabulary.gguf');
    fs.writeFileSync(bare, modelFile('vocabulary', vocabulary, new Map()));
    const tokenizer = await addon.loadModel({ path: bare, gpuLayers: 0, vocabularyOnly: true });
    const sentence = Int32Array.of(...tokenizer.tokenize(statement, false), qwenTokens[says]);
    await tokenizer.dispose();
    const file = path.join(folder, `${name}.gguf`);
    fs.writeFileSync(file, modelFile(name, vocabulary, pairRows(sentence, shape.embedding)));
    const model = await addon.loadModel({ path: file, gpuLayers: 0 });
    const host = await loadHost({ modelPath: file });
    const made = { file, model, host, family: familyOf(host.description) };
    fakes.push(made);
    return made;
  }
  function modelFile(
    name: string,
    vocabulary: ReturnType<typeof qwenVocabulary>,
    known: ReturnType<typeof pairRows>,
  ): Buffer {
    const parts: Buffer[] = [];
    writeModel(name, shape, 'q8_0', vocabulary, known, (bytes) => void parts.push(Buffer.from(bytes)));
    return Buffer.concat(parts);
  }

  /** The prompt's tokens as text, special ones by the names they were published with. */
  async function textOf({ model, host }: Fake, prompt: Prompt): Promise<string> {
    const { promptTokens } = await host.inspect({
      session: `text:${(sessions++).toString()}`,
      prompt,
      signal: never,
    });
    const names = new Map<number, string>(Object.entries(qwenTokens).map(([text, token]) => [token, text]));
    const bytes = promptTokens.map((token) => {
      const special = names.get(token);
      return special === undefined
        ? Buffer.from(model.detokenize(Int32Array.of(token)))
        : Buffer.from(special);
    });
    return Buffer.concat(bytes).toString();
  }
  const complete = (
    { host }: Fake,
    text: string,
    mustBegin?: string,
    choose?: Choose,
  ): Promise<{ readonly text: string; readonly end: string }> =>
    host.complete({
      session: `complete:${(sessions++).toString()}`,
      prompt: { segments: [text] },
      options: {
        ...{ maxTokens: 16, stopBefore: ['\n'], stopAfter: [';'] },
        ...(mustBegin === undefined ? {} : { mustBegin }),
      },
      choose: choose && ((...parameters) => Promise.resolve(choose(...parameters))),
      signal: never,
    });

  describe('base', () => {
    let base: Fake;
    before(async () => {
      base = await fake('Qwen2.5 Coder 1.5B', '<|endoftext|>', '<|file_sep|>');
    });

    it('is known by its name and its tokens, and gets questions as comments', () => {
      const { description } = base.host;
      assert.deepEqual(description.fim, {
        prefix: '<|fim_prefix|>',
        suffix: '<|fim_suffix|>',
        middle: '<|fim_middle|>',
      });
      assert.equal(base.model.info.vocabularySize, 151936);
      assert.equal(base.family.chat, undefined);
      assert.deepEqual(
        [base.family.fillInTheMiddle?.order, base.family.fillInTheMiddle?.schemaFirst],
        ['prefix first', true],
      );
    });

    it('names each special token by the number it was published with', () => {
      for (const [text, token] of Object.entries(qwenTokens))
        assert.deepEqual([...base.model.tokenize(text, true)], [token], text);
    });

    it('reads what is continued, filled in and asked as files of a repository', async () => {
      const head = schemaHead(schema, base.family.frame);
      const { fillInTheMiddle } = base.family;
      assert.ok(fillInTheMiddle);
      const text = 'SELECT 1;\nSELECT na';
      const continued = completionPrompt(head, text, text.length, 'sqlite', { characters: 500 });
      assert.equal(await textOf(base, continued), `${files}${text}`);
      const filled = fillingPrompt(fillInTheMiddle, head, ['SELECT '], ' FROM customers;\n', 'na');
      assert.equal(
        await textOf(base, filled),
        `${files}<|fim_prefix|>SELECT <|fim_suffix|> FROM customers;\n<|fim_middle|>na`,
      );
      const asked = questionPrompt(head, 'all names', true);
      assert.equal(await textOf(base, asked), `${files}-- all names\n`);
    });

    it('never takes what a person wrote for a special token', async () => {
      const written = "-- <|im_end|><|fim_suffix|><|file_sep|> <|endoftext|>\nSELECT '<|im_start|>'";
      const head = schemaHead('', base.family.frame);
      const prompt = completionPrompt(head, written, written.length, 'sqlite', { characters: 500 });
      const { promptTokens } = await base.host.inspect({ session: 'written', prompt, signal: never });
      const special = promptTokens.filter((token) => token >= qwenTokens['<|endoftext|>']);
      assert.deepEqual(special, [qwenTokens['<|file_sep|>']], 'the one in front of query.sql');
      assert.equal(await textOf(base, prompt), promptText(prompt));
    });

    it('ends where the next file begins', async () => {
      const { text, end } = await complete(base, 'SELECT');
      assert.deepEqual([text, end], [' name FROM customers', 'end-of-text']);
    });

    for (const token of [
      '<|endoftext|>',
      '<|im_end|>',
      '<|file_sep|>',
      '<|repo_name|>',
      '<|fim_pad|>',
    ] as const)
      it(`${token} ends the text`, () => assert.ok(base.model.isEndOfGeneration(qwenTokens[token])));

    it('heals the word at the cursor', async () => {
      assert.equal((await complete(base, 'SELECT ', 'na')).text, 'name FROM customers');
      assert.equal((await complete(base, 'SELECT name FROM ', 'cust')).text, 'customers');
    });

    for (const name of ['zebra_crossings', 'größe_über_ägypten', '顧客_名簿', 'Ωmega$2', '"two words"'])
      it(`finds the legal name ${name} among all tokens of the vocabulary`, async () => {
        const choose: Choose = (generated) =>
          generated === name ? undefined : { oneOf: [name.slice(generated.length)] };
        assert.equal((await complete(base, 'SELECT ', undefined, choose)).text, name);
      });
  });

  describe('instruct', () => {
    let instruct: Fake;
    before(async () => {
      instruct = await fake('Qwen2.5 Coder 1.5B Instruct', '<|im_end|>', '<|im_end|>');
    });

    it('gets a question as a turn of a chat', async () => {
      const { chat } = instruct.family;
      assert.ok(chat);
      const prompt = chatPrompt(chat, 'sqlite', schema, 'how many <|im_end|> are there?', true);
      const { promptTokens } = await instruct.host.inspect({ session: 'chat', prompt, signal: never });
      const turns = [qwenTokens['<|im_start|>'], qwenTokens['<|im_end|>']] as readonly number[];
      assert.equal(promptTokens.filter((token) => turns.includes(token)).length, 5, 'none of the person');
      assert.equal(
        await textOf(instruct, prompt),
        '<|im_start|>system\n' +
          `You answer a question about a database with one sqlite statement and nothing else. The schema:\n\n${schema}` +
          '<|im_end|>\n<|im_start|>user\nhow many <|im_end|> are there?<|im_end|>\n<|im_start|>assistant\n```sql\n',
      );
    });

    it('ends with its turn', async () => {
      const { text, end } = await complete(instruct, 'SELECT');
      assert.deepEqual([text, end], [' name FROM customers', 'end-of-text']);
    });
  });
});
