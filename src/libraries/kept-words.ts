import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { deserialize, serialize } from 'node:v8'
import { crc32 } from 'node:zlib'
import type { Range } from '../knowledge/article.ts'
import type { CutPassage } from '../knowledge/passage.ts'
import type { Log } from '../log.ts'
import type { ArticleWords, Corpus } from '../search/corpus.ts'
import type { Holding, Stored } from '../store/store.ts'
import type { Owner } from '../store/tables.ts'

/** The passages of an article and its words: what is slow to find in a text. */
export type Cut = {
  /** Whether the paragraphs, as they are stored, are the very texts of the passages. */
  readonly tidy: boolean
  readonly passages: readonly CutPassage[]
  readonly words: ArticleWords
}

/** What was kept of a library's texts. */
export type Kept = {
  /** Of all texts. */
  readonly words: number
  /** Nothing where another text was cut, or this one by other rules. */
  of(stored: Stored): Cut | undefined
}

/** The file of one library. */
export type KeptWordsOf = {
  /** Nothing is kept where there is no file, or it is damaged. */
  read(): Promise<Kept>
  /**
   * Keeps the words of a library, and nothing else of it. Never rejects: what cannot be written is
   * cut anew the next time.
   * @param own the own articles, which are the last ones of the corpus
   */
  write(held: readonly Holding[], own: readonly CutText[], corpus: Corpus): Promise<void>
  /** Whether the file was made when the library held just this. */
  isOf(held: readonly Holding[]): Promise<boolean>
  /** Removes the file unless it was made when the library held just this. Never rejects. */
  keepOnly(held: readonly Holding[]): Promise<void>
}

/**
 * What was found in the texts of the libraries, kept in a folder so that it need not be found again:
 * a file for each library. The database alone holds what counts; the folder may be deleted at any
 * time, and processes may share it.
 */
export type KeptWords = {
  of(owner: Owner): KeptWordsOf
  /** The libraries that have a file. */
  owners(): Promise<readonly Owner[]>
  /** Waits for what is being written. */
  close(): Promise<void>
}

/**
 * Raise it with every change in how texts are cut into sentences and words, or how that is written:
 * older files are then passed over.
 */
export const VERSION = 1

/** A library of two million passages takes less. */
const mostBytes = 2_000_000_000
const HOUR = 3_600_000
const ENDING = '.words'
const CHECKSUM = 4

/** A text that was cut. */
export type CutText = Pick<Cut, 'tidy'> & {
  readonly fingerprint: string
}

/** Of a text and the rules by which it is cut. */
export function fingerprintOf({ sha256, text }: Stored): string {
  // Sentences are cut by the rules of a language, which differ between versions of ICU.
  return JSON.stringify([process.versions.icu, text.language ?? '', sha256])
}

export function openKeptWords(folder: string, log: Log): KeptWords {
  let warned = false
  // One after the other, so that what was asked for last is what stands.
  let working = Promise.resolve()
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    working = working.then(work)
    return working
  }

  async function write(place: string, name: string, packed: Packed): Promise<void> {
    // Who waits for the library has it first.
    await setImmediate()
    const unfinished = join(place, `${name}.${randomUUID()}`)
    try {
      const content = serialize(packed)
      if (content.length > mostBytes) return
      await mkdir(place, { recursive: true, mode: 0o700 })
      const sum = Buffer.alloc(CHECKSUM)
      sum.writeUInt32LE(checksum(content))
      await writeFile(unfinished, [sum, content], { mode: 0o600 })
      await rename(unfinished, join(place, name))
      warned = false
    } catch (error) {
      await rm(unfinished, { force: true }).catch(() => {})
      if (warned) return
      warned = true
      const code = (error as NodeJS.ErrnoException).code ?? `${error}`
      log.warn(
        `${folder}: nothing can be written there (${code}), so large libraries open slowly; make room, or give the folder to the user that the bot runs as.`,
      )
    }
  }

  return {
    of(owner) {
      const place = join(folder, owner.replace(':', '-'))
      return {
        async read() {
          for (const name of await filesIn(place)) {
            if (!name.endsWith(ENDING)) continue
            const file = join(place, name)
            try {
              if ((await stat(file)).size > mostBytes) continue
              const bytes = await readFile(file)
              const content = bytes.subarray(CHECKSUM)
              if (bytes.length < CHECKSUM || bytes.readUInt32LE() !== checksum(content)) continue
              return unpacked(deserialize(content))
            } catch (error) {
              const { code, message } = error as NodeJS.ErrnoException
              if (code !== 'ENOENT')
                log.warn(`${file} could not be read (${message}); it is made anew`)
            }
          }
          return { words: 0, of: () => undefined }
        },

        write(held, own, corpus) {
          const packed = packedWords(own, corpus)
          return inTurn(async () => {
            await write(place, nameOf(held), packed)
            await removeOthers(place, held)
          })
        },

        isOf: async (held) => (await filesIn(place)).includes(nameOf(held)),

        keepOnly: (held) => inTurn(() => removeOthers(place, held)),
      }
    },

    async owners() {
      const names = await readdir(folder).catch(() => [])
      return names
        .filter((name) => /^(server|member)-/.test(name))
        .map((name) => name.replace('-', ':') as Owner)
    },

    close: () => working,
  }
}

function filesIn(place: string): Promise<readonly string[]> {
  return readdir(place).catch(() => [])
}

async function removeOthers(place: string, held: readonly Holding[]): Promise<void> {
  const names = await filesIn(place)
  let kept = 0
  for (const name of names) {
    const file = join(place, name)
    const wanted = name.endsWith(ENDING)
      ? held.length > 0 && name === nameOf(held)
      : // Another process may be writing it.
        Date.now() - (await stat(file).catch(() => ({ mtimeMs: 0 }))).mtimeMs < HOUR
    if (wanted) kept++
    else await rm(file, { force: true }).catch(() => {})
  }
  if (names.length > 0 && kept === 0)
    await rm(place, { recursive: true, force: true }).catch(() => {})
}

/** Of what a library holds: it is another one as soon as anything is added or removed. */
function nameOf(held: readonly Holding[]): string {
  const what = JSON.stringify(held.map(({ id, addedAt }) => [id, addedAt]))
  return `${createHash('sha256').update(what).digest('hex').slice(0, 16)}${ENDING}`
}

/** Tells a damaged file, and one of another version. */
function checksum(content: Uint8Array): number {
  return crc32(content, VERSION)
}

/** Few large arrays and strings: they are read many times faster than very many small objects. */
type Packed = Omit<ArticleWords, 'keys' | 'words'> & {
  readonly texts: readonly (CutText & { readonly passages: number })[]
  readonly keys: string
  readonly words: string
  /** Start and end of each sentence, in order. */
  readonly ranges: Uint32Array
  /** The hash of each passage, as a number. */
  readonly hashes: Uint32Array
}

function packedWords(own: readonly CutText[], corpus: Corpus): Packed {
  const articles = corpus.articles.length - own.length
  const [first = 0, ...ends] = corpus.articleAt.subarray(articles)
  const texts = own.map((text, index) => ({
    ...text,
    passages: (ends[index] ?? 0) - (ends[index - 1] ?? first),
  }))
  const passages = corpus.passages.slice(first)
  const sentence = corpus.passageAt[first] ?? 0
  const tokens = corpus.tokens.subarray(corpus.sentenceAt[sentence])
  // The words of other texts, and of titles, are none of this file's.
  const used = new Uint8Array(corpus.words.length)
  for (let t = 0; t < tokens.length; t++) used[tokens[t] ?? 0] = 1
  const ranges = new Uint32Array(2 * (corpus.contentWords.length - sentence))
  let at = 0
  for (const { sentences } of passages) {
    for (const { start, end } of sentences) {
      ranges[at++] = start
      ranges[at++] = end
    }
  }
  return {
    texts,
    keys: [...corpus.vocabulary.keys()].map((key, id) => (used[id] ? key : '')).join('\n'),
    words: corpus.words.map((word, id) => (used[id] ? word : '')).join('\n'),
    tokens,
    flags: corpus.flags.subarray(corpus.sentenceAt[sentence]),
    sentenceAt: corpus.sentenceAt.subarray(sentence),
    passageAt: corpus.passageAt.subarray(first),
    contentWords: corpus.contentWords.subarray(sentence),
    ranges,
    hashes: Uint32Array.from(passages, ({ hash }) => Number.parseInt(hash, 16)),
  }
}

function unpacked(packed: Packed): Kept {
  const keys = packed.keys.split('\n')
  const words = packed.words.split('\n')
  const { sentenceAt, passageAt } = packed
  const [firstSentence = 0] = passageAt
  const [firstToken = 0] = sentenceAt
  const cutOf = ({ tidy, from, to }: Pick<Cut, 'tidy'> & { from: number; to: number }): Cut => {
    const [start, end] = [
      (passageAt[from] ?? 0) - firstSentence,
      (passageAt[to] ?? 0) - firstSentence,
    ]
    const tokens = [
      (sentenceAt[start] ?? 0) - firstToken,
      (sentenceAt[end] ?? 0) - firstToken,
    ] as const
    return {
      tidy,
      passages: Array.from({ length: to - from }, (_, index) => {
        const passage = from + index
        const sentences: Range[] = []
        const last = (passageAt[passage + 1] ?? 0) - firstSentence
        for (let s = (passageAt[passage] ?? 0) - firstSentence; s < last; s++)
          sentences.push({ start: packed.ranges[2 * s] ?? 0, end: packed.ranges[2 * s + 1] ?? 0 })
        return { sentences, hash: (packed.hashes[passage] ?? 0).toString(16).padStart(8, '0') }
      }),
      words: {
        keys,
        words,
        tokens: packed.tokens.subarray(...tokens),
        flags: packed.flags.subarray(...tokens),
        sentenceAt: sentenceAt.subarray(start, end + 1),
        passageAt: passageAt.subarray(from, to + 1),
        contentWords: packed.contentWords.subarray(start, end),
      },
    }
  }

  const places = new Map<string, Parameters<typeof cutOf>[0]>()
  let from = 0
  for (const { fingerprint, tidy, passages } of packed.texts) {
    places.set(fingerprint, { tidy, from, to: from + passages })
    from += passages
  }
  return {
    words: packed.tokens.length,
    of(stored) {
      const place = places.get(fingerprintOf(stored))
      return place && cutOf(place)
    },
  }
}
