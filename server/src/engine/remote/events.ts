/** Reads a streamed answer (server-sent events): each `data:` line as JSON, until `[DONE]` or the end of the stream. */

/** Most characters of a line; a token with its candidates takes a few thousand. */
const longestLine = 1024 * 1024;

/** @throws SyntaxError on data that is no JSON, RangeError on a line that does not end */
export async function* eventData(body: AsyncIterable<Uint8Array>): AsyncGenerator {
  const utf8 = new TextDecoder();
  let pending = '';
  for await (const bytes of body) {
    const lines = (pending + utf8.decode(bytes, { stream: true })).split(/\r?\n/);
    pending = lines.pop() ?? '';
    if (pending.length > longestLine) throw new RangeError('it sent a line that does not end');
    for (const line of lines) {
      const data = dataOf(line);
      if (data === '[DONE]') return;
      if (data !== undefined) yield JSON.parse(data);
    }
  }
  const last = dataOf(pending);
  if (last !== undefined && last !== '[DONE]') yield JSON.parse(last);
}

/** Comments, event names and blank lines are no data. */
function dataOf(line: string): string | undefined {
  return line.startsWith('data:') ? line.slice('data:'.length).trim() : undefined;
}
