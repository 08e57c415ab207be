/**
 * A text as SQuAD's evaluation compares it: lower case, without punctuation and the articles a, an
 * and the, white space folded (Rajpurkar et al. 2016, `normalize_answer` of `evaluate-v1.1.py`;
 * here any Unicode punctuation or symbol counts as punctuation).
 */
export function normalizeAnswer(text: string): string {
  return text
    .normalize('NFC')
    .toLowerCase()
    .replace(/[\p{P}\p{S}]/gu, '')
    .replace(/\b(?:a|an|the)\b/gu, ' ')
    .replace(/\s+/gu, ' ')
    .trim()
}

/** Whether a text holds any of the answers as whole words, both normalised. */
export function holdsAnswer(text: string, answers: readonly string[]): boolean {
  const hay = ` ${normalizeAnswer(text)} `
  return answers.some((answer) => {
    const needle = normalizeAnswer(answer)
    return needle !== '' && hay.includes(` ${needle} `)
  })
}
