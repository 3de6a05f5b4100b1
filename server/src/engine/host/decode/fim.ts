/** Texts of a vocabulary's special tokens for filling in the middle. */
import type { Model } from '../../../../../native/types';
import type { EngineModel } from '../../engine';

/** How families write the three special tokens; the vocabulary says which of them it has. */
const fimSpellings = [
  ['<|fim_prefix|>', '<|fim_suffix|>', '<|fim_middle|>'],
  ['<fim_prefix>', '<fim_suffix>', '<fim_middle>'],
  ['<fim-prefix>', '<fim-suffix>', '<fim-middle>'],
  ['<｜fim▁begin｜>', '<｜fim▁hole｜>', '<｜fim▁end｜>'],
  ['▁<PRE>', '▁<SUF>', '▁<MID>'],
  ['<PRE>', '<SUF>', '<MID>'],
  ['[PREFIX]', '[SUFFIX]', '[MIDDLE]'],
  ['<[fim-prefix]>', '<[fim-suffix]>', '<[fim-middle]>'],
] as const;

/** Nothing where the vocabulary has none. */
export function fimTexts(model: Model): Pick<EngineModel, 'fim'> {
  const { fimPrefix, fimSuffix, fimMiddle } = model.info.special;
  const is = (text: string, token: number): boolean => {
    const tokens = model.tokenize(text, true);
    return tokens.length === 1 && tokens[0] === token;
  };
  for (const [prefix, suffix, middle] of fimSpellings) {
    if (is(prefix, fimPrefix) && is(suffix, fimSuffix) && is(middle, fimMiddle))
      return { fim: { prefix, suffix, middle } };
  }
  return {};
}
