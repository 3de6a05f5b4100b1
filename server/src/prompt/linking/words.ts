/**
 * Compares the English words of a question with the words of names: `cities` and `city`, `quantity` and `qty`, synonyms, words
 * of one stem. The lists are in vocabulary.json. Pure.
 */
import vocabulary from './vocabulary.json';

const setOf = (text: string): ReadonlySet<string> => new Set(text.split(' '));

/** Words of a question that name nothing by themselves. */
export const stopWords = setOf(vocabulary.stop);
/** Words of names that say little: they count less than the others of the same name. */
export const genericWords = setOf(vocabulary.generic);
/** Words of names that say nothing. */
export const fillerWords = setOf(vocabulary.filler);
/** Words that names are often put together from: "petage" is "pet age". */
export const commonWords = setOf(vocabulary.common);

const irregular = new Map(Object.entries(vocabulary.irregular));
const abbreviations = new Map(
  Object.entries(vocabulary.abbreviations).map(([short, long]) => [short, long.split(' ')] as const),
);

/** The words a name's word or whole name is short for; undefined where it is no known abbreviation. */
export const writtenOut = (word: string): readonly string[] | undefined => abbreviations.get(word);

/** Words of names that a question's word may mean. */
const synonyms = new Map<string, Set<string>>();
for (const [said, meant] of vocabulary.synonyms) {
  for (const word of said?.split(' ') ?? []) {
    const known = synonyms.get(word) ?? new Set();
    synonyms.set(word, known);
    for (const name of meant?.split(' ') ?? []) if (name !== word) known.add(name);
  }
}

/** The singular of a word in lower case; of some verbs the base form. */
export function lemma(word: string): string {
  const known = irregular.get(word);
  if (known !== undefined) return known;
  if (word.length <= 3) return word;
  if (word.endsWith('ies')) return `${word.slice(0, -3)}y`;
  if (/(?:s|x|z|ch|sh)es$/.test(word) && !/(?:aches|ases|oses|izes|uses)$/.test(word))
    return word.slice(0, -2);
  return word.endsWith('s') && !/(?:ss|us|is)$/.test(word) ? word.slice(0, -1) : word;
}

/** Letters that two different words must begin with alike to mean the same; see `likeness`. */
export const sharedBeginning = 3;

/** Names' words that a question's word means although they may begin otherwise. */
export const synonymsOf = (word: string): ReadonlySet<string> => synonyms.get(word) ?? noWords;
const noWords: ReadonlySet<string> = new Set();

/** Whether a question's word is a year, which columns called "year" and "date" hold. */
export const isYear = (word: string): boolean => /^(?:1[89]|20)\d\d$/.test(word);

/** How much a question's word means a name's word, both as lemmas: 0 not at all, 1 the same word. */
export function likeness(word: string, name: string): number {
  // "of" is in "g_of", and means nothing.
  if (word === name) return stopWords.has(name) && fillerWords.has(name) ? 0 : 1;
  if (synonymsOf(word).has(name)) return 0.75;
  if (isYear(word)) return name === 'year' ? 0.75 : name === 'date' ? 0.6 : 0;
  if (stopWords.has(word) || word.length < 3 || name.length < 3) return 0;
  let same = 0;
  while (same < word.length && same < name.length && word[same] === name[same]) same++;
  if (same < sharedBeginning || !isLetters(word) || !isLetters(name)) return 0;
  const [shorter, longer] = word.length < name.length ? [word, name] : [name, word];
  // "directed" and "director", "nation" and "nationality" rather than "state" and "station".
  if (same >= 4 && same >= 0.6 * longer.length && longer.length - same <= 4) return 0.8;
  const rest = longer.slice(same);
  if (same === shorter.length && rest.length <= 3 && /^(?:d|r|s|ed|er|or|ing|ly|al|es|est)$/.test(rest))
    return 0.8;
  if (stem(word) === stem(name)) return 0.8;
  // A short name's word is the beginning of a long word: "temp", "dept".
  return same === name.length && name.length === 4 && word.length >= 8 ? 0.6 : 0;
}

const isLetters = (word: string): boolean => /^\p{L}+$/u.test(word);
const stem = (word: string): string => word.replace(/(?:ing|ed|er|or|e)$/, '');
