import { diffArrays } from 'diff'
import { endsWord, startsWord, type Token, tokensOf } from './normal-form.ts'
import { omissionMark } from './quotations.ts'

/**
 * A run of words: in both texts, only in the quotation (inserted) or only in the source (deleted;
 * omitted, where the quotation says itself that it leaves something out).
 */
export type Change = {
  readonly kind: 'same' | 'inserted' | 'deleted' | 'omitted'
  readonly text: string
}

/** How a quotation differs from its source, word by word, and what of it may turn the meaning. */
export type Difference = {
  readonly changes: readonly Change[]
  /** In words, most serious first: a dropped negation, another number, another name. */
  readonly remarks: readonly string[]
}

export function difference(source: string, quotation: string): Difference {
  const ours = tokensOf(source)
  const theirs = withOmissions(quotation)
  const parts = diffArrays([...ours], [...theirs], { comparator: (a, b) => a.key === b.key })
  const runs: Run[] = []
  let [inSource, inQuotation] = [0, 0]
  for (const { added, removed, value } of parts) {
    const kind = added ? 'inserted' : removed ? 'deleted' : 'same'
    const tokens =
      kind === 'deleted'
        ? ours.slice(inSource, inSource + value.length)
        : theirs.slice(inQuotation, inQuotation + value.length)
    if (kind !== 'inserted') inSource += value.length
    if (kind !== 'deleted') inQuotation += value.length
    runs.push({ kind, tokens })
  }
  const marked = runs.map(markOmission)
  const changes = marked.flatMap(({ kind, tokens }): Change[] => {
    const fromSource = kind === 'deleted' || kind === 'omitted'
    const all = fromSource ? ours : theirs
    const last = tokens.at(-1)
    if (!last) return []
    const following = all[all.indexOf(last) + 1]
    const text = fromSource ? source : quotation
    return [{ kind, text: text.slice(tokens[0]?.start, following?.start ?? last.end) }]
  })
  return { changes, remarks: remarksOf(marked, ours, theirs) }
}

type Run = { readonly kind: Change['kind']; readonly tokens: readonly Token[] }

const omitted = '…'

/** The words of a quotation, with one token for each mark of an omission. */
function withOmissions(quotation: string): readonly Token[] {
  const marks = [...quotation.matchAll(omissionMark)].map(({ 0: text, index }) => ({
    text,
    key: omitted,
    start: index,
    end: index + text.length,
    isWord: false,
  }))
  const words = tokensOf(quotation).filter(
    (token) => !marks.some((mark) => mark.start < token.end && token.start < mark.end),
  )
  return [...words, ...marks].sort((a, b) => a.start - b.start)
}

/** Words missing beside an omission mark are left out by the quotation's own account. */
function markOmission(run: Run, index: number, runs: readonly Run[]): Run {
  const hasMark = (other: Run | undefined) =>
    other?.kind === 'inserted' && other.tokens.some(({ key }) => key === omitted)
  if (run.kind === 'deleted' && (hasMark(runs[index - 1]) || hasMark(runs[index + 1]))) {
    return { ...run, kind: 'omitted' }
  }
  if (!hasMark(run)) return run
  return { ...run, tokens: run.tokens.filter(({ key }) => key !== omitted) }
}

const negations = new Set(
  `not no never none nobody nothing nowhere neither nor without cannot hardly scarcely barely
  nicht nie niemals kein keine keinen niemand nichts ohne ne pas jamais rien aucun sans nunca jamás
  nada nadie sin non mai нет не ни никогда без لا لم لن ليس بدون غير לא אין 不 没 沒 無 无 未 非
  않 안 못 아니다 없다 ない`.split(/\s+/),
)

function isNegation(key: string): boolean {
  return negations.has(key) || /n't$|^(?:can|don|won)t$|^(?:없|않|아니|못)/.test(key)
}

/** One word is the other with a prefix that turns it round: likely, unlikely. */
function areOpposites(a: string, b: string): boolean {
  const [short, long] = a.length < b.length ? [a, b] : [b, a]
  const prefix = long.slice(0, long.length - short.length)
  return (
    long.endsWith(short) &&
    short.length > 2 &&
    /^(?:un|in|im|il|ir|dis|mis|non-?|anti-?)$/.test(prefix)
  )
}

const numberWords = new Set(
  `zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
  sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred
  hundreds thousand thousands million millions billion billions trillion dozen dozens half quarter
  first second third fourth fifth sixth seventh eighth ninth tenth once twice double triple`.split(
    /\s+/,
  ),
)

function isNumber(key: string): boolean {
  return /\p{N}/u.test(key) || key.split('-').every((part) => numberWords.has(part))
}

type Kind = { readonly of: string; readonly is: (token: Token, all: readonly Token[]) => boolean }

const kinds: readonly Kind[] = [
  { of: 'negation', is: ({ key }) => isNegation(key) },
  { of: 'number', is: ({ key }) => isNumber(key) },
  { of: 'name', is: isName },
]

/** A word with a capital letter that does not start a sentence. */
function isName(token: Token, all: readonly Token[]): boolean {
  if (!/^\p{Lu}/u.test(token.text) || /^I(?:['’]|$)/.test(token.text)) return false
  const at = all.indexOf(token)
  const before = all[at - 1]
  const followsWord = before !== undefined && !/[.!?:"“”‘]/.test(before.text)
  return (
    followsWord || /^\p{Lu}/u.test(all[at + 1]?.text ?? '') || /\p{Lu}/u.test(token.text.slice(1))
  )
}

function remarksOf(
  runs: readonly Run[],
  ours: readonly Token[],
  theirs: readonly Token[],
): string[] {
  const deleted = runs.flatMap(({ kind, tokens }) => (kind === 'deleted' ? tokens : []))
  const inserted = runs.flatMap(({ kind, tokens }) => (kind === 'inserted' ? tokens : []))
  const remarks: string[] = []
  for (const token of deleted) {
    const opposite = inserted.find(({ key }) => areOpposites(key, token.key))
    if (opposite) remarks.push(`“${token.text}” has become “${opposite.text}”.`)
  }
  for (const { of, is } of kinds) {
    const dropped = deleted.filter((token) => is(token, ours))
    const added = inserted.filter((token) => is(token, theirs))
    const [lost, put] = [listed(dropped), listed(added)]
    if (lost && put)
      remarks.push(`The ${of} is another: ${lost} in the source, ${put} in the quotation.`)
    else if (lost) remarks.push(`The source has the ${of} ${lost}; the quotation drops it.`)
    else if (put) remarks.push(`The quotation adds the ${of} ${put}; the source does not have it.`)
  }
  if (remarks.length === 0 && ![...deleted, ...inserted].some(({ isWord }) => isWord)) {
    remarks.push('The words are the same; the punctuation is not.')
  }
  return remarks
}

function listed(tokens: readonly Token[]): string {
  return tokens.map(({ text }) => `“${text}”`).join(', ')
}

/** What words left out by `[…]` may turn: negations among them, in words. */
export function omissionRemark(omitted: string): string | undefined {
  const dropped = tokensOf(omitted).filter(({ key }) => isNegation(key))
  return dropped.length > 0 ? `The omission leaves out ${listed(dropped)}.` : undefined
}

export function hasNegation(text: string): boolean {
  return tokensOf(text).some(({ key }) => isNegation(key))
}

/** Widens a range of a text until it starts and ends at whole words. */
export function wholeWords(text: string, start: number, end: number): [number, number] {
  const inWord = (at: number) => /[\p{L}\p{N}\p{M}]/u.test(text.charAt(at))
  let [from, to] = [start, end]
  while (from > 0 && !(startsWord(text, from) && inWord(from))) from -= 1
  while (to < text.length && !(endsWord(text, to) && inWord(to - 1))) to += 1
  return [from, to]
}
