import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Article, type Passage, passagesOf } from '../knowledge/article.ts'
import { readKnowledge } from '../knowledge/read.ts'
import { OperatorError } from '../problem.ts'
import { randomFrom } from '../random.ts'
import { articlesOf } from '../search/evaluation/articles.ts'
import { readDataset } from '../search/evaluation/dataset.ts'
import { table } from '../search/evaluation/table.ts'
import { type Library, openLibrary } from '../search/library.ts'
import { normalForm, tokensOf } from './normal-form.ts'
import { type Verdict, verifyQuote } from './verify.ts'

const usage = `Measures the check of quotations, on quotations made of real passages.

  npm run eval -- quotes [DIR] [--count N] [--seed N] [--misses] [--json]

DIR      a set in the BEIR layout; its questions are the paraphrases. Without DIR, or where it
         is not there, the articles in knowledge/ and the questions that they say they answer.
--count  quotations of each kind; 500 unless told
--seed   of the random choices; 1 unless told
--misses print the quotations that were judged wrongly
--json   for machines: the fields of QuoteFigures in src/citation/evaluation.ts
`

/** The kinds of quotations, and the verdicts that are right. */
const rightVerdicts = {
  exact: ['exact'],
  'in other type': ['exact'],
  omission: ['exact'],
  elsewhere: ['elsewhere'],
  'word changed': ['altered'],
  'negation changed': ['altered'],
  'number changed': ['altered'],
  paraphrased: ['altered', 'not found'],
  'from no article': ['altered', 'not found'],
} as const satisfies Record<string, readonly Verdict['kind'][]>

type Kind = keyof typeof rightVerdicts
const verdicts: readonly Verdict['kind'][] = ['exact', 'elsewhere', 'altered', 'not found']

/** A quotation whose verdict is known. */
type Case = {
  readonly kind: Kind
  readonly quotation: string
  readonly article?: string
  /** The passage that it was made of. */
  readonly passage?: Passage
  /** The word that was put in and the word that was there, in lower case; empty if none. */
  readonly changed?: { readonly to: string; readonly from: string }
}

type QuoteFigures = {
  readonly source: string
  readonly passages: number
  readonly kinds: Readonly<
    Record<
      string,
      {
        readonly count: number
        /** How often each verdict was given. */
        readonly verdicts: Readonly<Record<Verdict['kind'], number>>
        /** The share with a right verdict on the right passage, the change named; null for none. */
        readonly right: number | null
      }
    >
  >
  /** Verdicts *exact* or *elsewhere* on a quotation that was changed, paraphrased or foreign. */
  readonly falseExact: number
  readonly milliseconds: { readonly median: number; readonly p99: number; readonly most: number }
}

export async function evaluateQuotes(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      count: { type: 'string', default: '500' },
      seed: { type: 'string', default: '1' },
      misses: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) {
    console.log(usage)
    return
  }
  const count = wholeNumber('count', values.count)
  const source = await readSource(positionals[0])
  const cases = quotationCases(source, count, wholeNumber('seed', values.seed))
  const library = openLibrary({ articles: source.articles, synonyms: [] })
  const { figures, misses } = measure(source.name, library, cases)
  if (values.json) console.log(JSON.stringify(figures, null, 2))
  else console.log(report(figures))
  if (values.misses) {
    for (const { one, verdict } of misses) {
      console.log(`\n${one.kind} → ${verdict.kind}\n  ${one.quotation}`)
      if ('difference' in verdict) {
        const shown = verdict.difference.changes.map(
          ({ kind, text }) =>
            ({ same: '', inserted: '+', deleted: '-', omitted: '…' })[kind] + text.trim(),
        )
        console.log(`  ${shown.join(' | ')}\n  ${verdict.remarks.join(' ')}`)
      }
      console.log(`  from ${one.passage?.id ?? 'nowhere'}: ${one.passage?.text ?? ''}`)
    }
  }
}

function wholeNumber(option: string, given: string): number {
  const number = Number(given)
  if (Number.isInteger(number) && number >= 1 && number <= 1_000_000) return number
  throw new OperatorError(`--${option} ${given}: give a whole number from 1 to 1000000.`)
}

type Source = {
  readonly name: string
  readonly articles: readonly Article[]
  /** Articles that the library does not hold. */
  readonly foreign: readonly Article[]
  /** What people ask about the articles, in their own words. */
  readonly paraphrases: readonly string[]
}

async function readSource(folder: string | undefined): Promise<Source> {
  const there = folder && (await stat(join(folder, 'corpus.jsonl')).catch(() => undefined))
  if (!folder || !there) {
    if (folder) console.error(`${folder} holds no corpus.jsonl; taking the articles in knowledge/.`)
    const { articles } = await readKnowledge('knowledge')
    const paraphrases = articles.flatMap(passagesOf).flatMap(({ hints }) => hints)
    return { name: 'knowledge', articles, foreign: [], paraphrases }
  }
  const dataset = await readDataset(folder)
  const { articles } = articlesOf(dataset.passages)
  return {
    name: dataset.name,
    articles: articles.filter((_, index) => index % 8 !== 7),
    foreign: articles.filter((_, index) => index % 8 === 7),
    paraphrases: dataset.questions.map(({ text }) => text),
  }
}

const auxiliary =
  /^(?:is|are|was|were|has|have|had|can|could|will|would|should|may|might|must|did|does|do)$/
const negation = /^(?:not|never|no|without|cannot|neither|nor)$|n't$/

/** Quotations of each kind, `count` at most; the same for the same seed. */
function quotationCases(source: Source, count: number, seed: number): readonly Case[] {
  const random = randomFrom(seed)
  const below = (limit: number) => Math.floor(random() * limit)
  const pick = <T>(from: readonly T[]): T => from[below(from.length)] as T
  const passages = source.articles
    .flatMap(passagesOf)
    .filter(({ text }) => text.split(' ').length > 8)
  const folded = source.articles.map((article) => ({
    id: article.id,
    text: passagesOf(article)
      .map(({ text }) => normalForm(text).folded)
      .join(' '),
  }))
  const articlesWith = (quotation: string) => {
    const key = normalForm(quotation).folded
    return folded.filter(({ text }) => text.includes(key)).map(({ id }) => id)
  }

  /** A slice of a passage from the start of one word to the end of another. */
  const slice = (passage: Passage, least: number, most: number) => {
    const words = [...passage.text.matchAll(/\S+/g)]
    const length = Math.min(words.length, least + below(most - least + 1))
    const from = below(words.length - length + 1)
    const first = words[from]
    const last = words[from + length - 1]
    const end = (last?.index ?? 0) + (last?.[0].length ?? 0)
    return passage.text.slice(first?.index, end)
  }
  const replaceToken = (
    quotation: string,
    fits: (key: string, index: number) => boolean,
    write: (token: string) => string,
  ): { quotation: string; from: string; to: string } | undefined => {
    const tokens = tokensOf(quotation).filter(
      ({ key, isWord }, index) => isWord && fits(key, index),
    )
    if (tokens.length === 0) return undefined
    const token = pick(tokens)
    const written = write(token.text)
    if (written.toLowerCase() === token.text.toLowerCase()) return undefined
    const after = written === '' ? token.end + 1 : token.end
    return {
      quotation: (quotation.slice(0, token.start) + written + quotation.slice(after)).trim(),
      from: token.key,
      to: written.toLowerCase(),
    }
  }
  const vocabulary = [
    ...new Set(passages.slice(0, 2000).flatMap(({ text }) => text.match(/\b[a-z]{4,}\b/g) ?? [])),
  ]

  const makers: Record<Kind, () => Case | undefined> = {
    exact() {
      const passage = pick(passages)
      const next = passages[passages.indexOf(passage) + 1]
      const spans = random() < 0.1 && next?.articleId === passage.articleId && next
      if (spans) {
        const ending = passage.text
          .split(' ')
          .slice(-(3 + below(12)))
          .join(' ')
        const beginning = next.text
          .split(' ')
          .slice(0, 3 + below(12))
          .join(' ')
        return { kind: 'exact', quotation: `${ending}\n\n${beginning}`, passage }
      }
      return { kind: 'exact', quotation: slice(passage, 1, 60), passage }
    },
    'in other type'() {
      const passage = pick(passages)
      const [open, close] = pick([...'“” "" «» „“'.split(' ')])
      const quotation = slice(passage, 4, 60)
        .replace(/(?<=^|[\s([—–-])["“]/g, open ?? '')
        .replace(/["”](?=$|[^\p{L}\p{N}])/gu, close ?? '')
        .replace(/['’]/g, () => pick(["'", '’']))
        .replace(/ ?[–—] ?/g, () => pick(['—', ' — ', ' – ', '--']))
        .replace(/fi/g, () => pick(['fi', 'ﬁ']))
        .replace(/ /g, () => pick([' ', ' ', ' ', '\u00a0', '  ', '\n']))
        .replace(/(?<=[a-z]{4})(?=[a-z]{3})/g, () => (random() < 0.05 ? '\u00ad' : ''))
      return { kind: 'in other type', quotation, passage }
    },
    omission() {
      const passage = pick(passages)
      const words = slice(passage, 14, 60).split(' ')
      if (words.length < 14) return undefined
      for (let gaps = 1 + below(2); gaps > 0; gaps -= 1) {
        const from = 4 + below(words.length - 9)
        const mark = pick(['[…]', '[...]', '...', '…', '(…)', '. . .'])
        if (words.slice(from - 3, from + 6).some((word) => /…|\.\s?\./.test(word))) continue
        words.splice(from, 1 + below(Math.min(5, words.length - from - 4)), mark)
      }
      return { kind: 'omission', quotation: words.join(' '), passage }
    },
    elsewhere() {
      const passage = pick(passages)
      const other = pick(source.articles)
      const quotation = slice(passage, 5, 60)
      if (articlesWith(quotation).includes(other.id)) return undefined
      return { kind: 'elsewhere', quotation, article: other.id, passage }
    },
    'word changed'() {
      const passage = pick(passages)
      const plain = (key: string) => /^\p{Ll}{4,}$/u.test(key) && !negation.test(key)
      const made = replaceToken(slice(passage, 5, 60), plain, () => pick(vocabulary))
      return made && { kind: 'word changed', passage, quotation: made.quotation, changed: made }
    },
    'negation changed'() {
      const passage = pick(passages)
      const quotation = slice(passage, 5, 60)
      const drop = replaceToken(
        quotation,
        (key) => /^(?:not|never)$/.test(key),
        () => '',
      )
      const add = () =>
        replaceToken(
          quotation,
          (key) => auxiliary.test(key),
          (word) => `${word} not`,
        )
      const made = drop ?? add()
      if (!made) return undefined
      const changed = drop ? { from: drop.from, to: '' } : { from: '', to: 'not' }
      return { kind: 'negation changed', passage, quotation: made.quotation, changed }
    },
    'number changed'() {
      const passage = pick(passages)
      const digits = (key: string) => /^[\d.,]+$/.test(key)
      const made = replaceToken(slice(passage, 5, 60), digits, (number) =>
        number.replace(/\d(?=\D*$)/, (digit) => String((Number(digit) + 1 + below(8)) % 10)),
      )
      return made && { kind: 'number changed', passage, quotation: made.quotation, changed: made }
    },
    paraphrased() {
      if (source.paraphrases.length === 0) return undefined
      return { kind: 'paraphrased', quotation: pick(source.paraphrases) }
    },
    'from no article'() {
      if (source.foreign.length === 0) return undefined
      const passage = pick(pick(source.foreign).sections.flatMap((section) => section.passages))
      return { kind: 'from no article', quotation: slice(passage, 6, 60) }
    },
  }

  const cases: Case[] = []
  for (const [kind, make] of Object.entries(makers)) {
    const exactByMeaning = ['exact', 'in other type', 'omission', 'elsewhere'].includes(kind)
    for (let made = 0, tries = 0; made < count && tries < 20 * count; tries += 1) {
      const one = make()
      if (!one || !/[\p{L}\p{N}]/u.test(one.quotation)) continue
      // A change may happen to give words that do stand somewhere.
      if (!exactByMeaning && articlesWith(one.quotation).length > 0) continue
      cases.push(one)
      made += 1
    }
  }
  return cases
}

function measure(source: string, library: Library, cases: readonly Case[]) {
  const kinds: Record<
    string,
    { count: number; verdicts: Record<Verdict['kind'], number>; right: number }
  > = {}
  const misses: { one: Case; verdict: Verdict }[] = []
  const times: number[] = []
  let falseExact = 0
  verifyQuote(library, 'The first check makes the index.')
  for (const one of cases) {
    const started = performance.now()
    const given = verifyQuote(library, one.quotation, one.article ? { article: one.article } : {})
    times.push(performance.now() - started)
    // Where only quotations inside the text were judged, the text as a whole was not found.
    const verdict: Verdict = given.find(
      ({ range }) => range.end - range.start >= one.quotation.length - 2,
    ) ?? {
      kind: 'not found',
      quotation: one.quotation,
      range: { start: 0, end: one.quotation.length },
      excerpts: [],
      remarks: [],
    }
    kinds[one.kind] ??= {
      count: 0,
      verdicts: { exact: 0, elsewhere: 0, altered: 0, 'not found': 0 },
      right: 0,
    }
    const figures = kinds[one.kind]
    if (!figures) continue
    figures.count += 1
    figures.verdicts[verdict.kind] += 1
    const isExact = verdict.kind === 'exact' || verdict.kind === 'elsewhere'
    if (isExact && !(rightVerdicts[one.kind] as readonly string[]).includes(verdict.kind))
      falseExact += 1
    if (isRight(one, verdict)) figures.right += 1
    else misses.push({ one, verdict })
  }
  times.sort((a, b) => a - b)
  const figures: QuoteFigures = {
    source,
    passages: library.passages.size,
    kinds: Object.fromEntries(
      Object.entries(kinds).map(([kind, { right, count, verdicts }]) => [
        kind,
        { count, verdicts, right: count > 0 ? right / count : null },
      ]),
    ),
    falseExact,
    milliseconds: {
      median: times[Math.floor(times.length / 2)] ?? 0,
      p99: times[Math.floor(times.length * 0.99)] ?? 0,
      most: times.at(-1) ?? 0,
    },
  }
  return { figures, misses }
}

/** The verdict is right, it shows the place, and it names what was changed. */
function isRight(one: Case, verdict: Verdict): boolean {
  const allowed: readonly string[] = rightVerdicts[one.kind]
  if (!allowed.includes(verdict.kind)) return false
  if (verdict.kind === 'exact' || verdict.kind === 'elsewhere') {
    return one.kind === 'omission' || showsTheSame(one.quotation, verdict)
  }
  if (!one.changed || verdict.kind !== 'altered') return true
  const { from, to } = one.changed
  const words = (kind: 'inserted' | 'deleted') =>
    verdict.difference.changes
      .filter((change) => change.kind === kind)
      .flatMap(({ text }) => tokensOf(text).map(({ key }) => key))
  const isNamed =
    (from === '' || words('deleted').includes(from)) &&
    (to === '' || words('inserted').includes(to))
  const kindWord = one.kind.split(' ')[0] ?? ''
  const isCalledOut =
    one.kind === 'word changed' || verdict.remarks.some((remark) => remark.includes(kindWord))
  return (
    isNamed && isCalledOut && verdict.excerpts.some(({ passage }) => passage.id === one.passage?.id)
  )
}

/** The marked words are those of the quotation. */
function showsTheSame(quotation: string, verdict: Verdict): boolean {
  const shown = verdict.excerpts.flatMap(({ passage, marks }) =>
    marks.map(({ start, end }) => passage.text.slice(start, end)),
  )
  const keys = (text: string) =>
    tokensOf(text)
      .filter(({ isWord }) => isWord)
      .map(({ key }) => key)
      .join(' ')
  return keys(shown.join(' ')) === keys(quotation)
}

function report({ source, passages, kinds, falseExact, milliseconds }: QuoteFigures): string {
  const percent = (share: number | null) => (share === null ? '–' : `${(100 * share).toFixed(1)} %`)
  const rows = Object.entries(kinds).map(([kind, figures]) => [
    kind,
    String(figures.count),
    ...verdicts.map((verdict) => String(figures.verdicts[verdict])),
    percent(figures.right),
  ])
  return [
    `${source}: ${passages} passages`,
    '',
    table([['quotation', 'count', ...verdicts, 'right'], ...rows]),
    '',
    `called exact though changed: ${falseExact}`,
    `milliseconds a quotation: median ${milliseconds.median.toFixed(2)}, 99th percentile ${milliseconds.p99.toFixed(2)}, most ${milliseconds.most.toFixed(2)}`,
  ].join('\n')
}
