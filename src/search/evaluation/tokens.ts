import { encode } from '../encoder.ts'

/** The words of a text as our encoder gives them, without stop words: what comparisons index. */
export function tokens(text: string): string[] {
  return encode(text)
    .filter(({ stop }) => !stop)
    .map(({ key }) => key)
}
