import type { Choice, Typing } from '../commands/command.ts'
import { cut } from '../commands/suggest.ts'
import type { Passage } from '../knowledge/article.ts'
import { MemberError } from '../problem.ts'
import type { Library } from '../search/library.ts'

const mostChoices = 25

/** Paragraphs by their ids or by words that stand in them, for autocomplete. */
export function suggestPassages(typed: string, { library }: Typing): readonly Choice[] {
  const wanted = typed.trim().toLowerCase()
  const byId = library.passages.get(wanted)
  const found = wanted === '' ? [] : library.find(wanted).map(({ passage }) => passage)
  const first = [...library.passages.values()].slice(0, mostChoices)
  const passages = new Set([...(byId ? [byId] : []), ...(wanted === '' ? first : found)])
  return [...passages]
    .slice(0, mostChoices)
    .map(({ id, text }) => ({ name: cut(`${id} ${text}`), value: id }))
}

/**
 * The passage of an id, with or without the hash that a citation gives: `after-hanoi:4` or
 * `after-hanoi:4@f6da4839`.
 * @throws MemberError if there is none
 */
export function passageNamed(
  library: Library,
  given: string,
): { passage: Passage; hash: string | undefined } {
  const [id = '', hash] = given
    .trim()
    .toLowerCase()
    .split(/[@#\s]+/)
  const passage = library.passages.get(id)
  if (!passage) {
    throw new MemberError(
      `There is no paragraph "${cut(given)}". Type some of its words and choose it from the list.`,
    )
  }
  return { passage, hash: hash || undefined }
}
