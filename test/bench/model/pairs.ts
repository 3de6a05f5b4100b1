/**
 * Teaches a model of random weights which token may follow which, from a sample text. Otherwise it would be sure of
 * nothing, the product would rightly show nothing, and no suggestion could be timed. The cost of a token is the same.
 *
 * The known tokens get embeddings of random signs, which are nearly orthogonal. A token's row in the output matrix is
 * the sum of the embeddings of the tokens it follows, so its logit is high behind each of them.
 */

/** Rows to write instead of random ones, by tensor and token. */
export type KnownRows = ReadonlyMap<string, ReadonlyMap<number, Float32Array>>;

/** Logit of a known follower; all others together weigh about as much as one of 12. */
const knownLogit = 18;
/** The most frequent follower is this much ahead of the rarest, so that the best one is never a matter of rounding. */
const frequencyShare = 0.2;

export function pairRows(tokens: Int32Array, embedding: number): KnownRows {
  const followers = new Map<number, Map<number, number>>();
  tokens.slice(0, -1).forEach((token, i) => {
    const counts = followers.get(token) ?? new Map<number, number>();
    const next = tokens[i + 1] ?? token;
    counts.set(next, (counts.get(next) ?? 0) + 1);
    followers.set(token, counts);
  });
  const embeddings = new Map([...new Set(tokens)].map((token) => [token, signs(token, embedding)]));
  const outputs = new Map<number, Float32Array>();
  for (const [token, counts] of followers) {
    const most = Math.max(...counts.values());
    for (const [next, count] of counts) {
      const row = outputs.get(next) ?? new Float32Array(embedding);
      const logit = knownLogit * (1 - frequencyShare * (1 - count / most));
      embeddings.get(token)?.forEach((sign, i) => (row[i] = (row[i] ?? 0) + (sign * logit) / embedding));
      outputs.set(next, row);
    }
  }
  return new Map([
    ['token_embd.weight', embeddings],
    ['output.weight', outputs],
  ]);
}

/** Random signs, the same for the same token. */
function signs(token: number, length: number): Float32Array {
  let state = Math.imul(token + 1, 0x9e3779b1);
  return Float32Array.from({ length }, () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state < 0 ? -1 : 1;
  });
}
