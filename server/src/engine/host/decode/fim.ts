/**
 * Finds the special tokens with which a model fills in the middle of a text (FIM): they mark the text before the cursor, the
 * text behind it, and where the middle begins.
 */
import type { Model } from '../../../../../native/types';
import type { EngineModel } from '../../engine';

/** Each family of models spells the three tokens in its own way. */
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

/** The model's spelling of the three tokens; empty when it has none. */
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
