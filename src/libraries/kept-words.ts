import { createHash, randomUUID, subtle } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { deserialize, serialize } from 'node:v8'
import type { Range } from '../knowledge/article.ts'
import type { CutPassage } from '../knowledge/passage.ts'
import type { Log } from '../log.ts'
import type { ArticleWords } from '../search/corpus.ts'
import type { Stored } from '../store/store.ts'
import type { Owner } from '../store/tables.ts'

/** The passages of an article and its words: what is slow to find in a text. */
export type Cut = {
  readonly passages: readonly CutPassage[]
  readonly words: ArticleWords
}

/** The files of one library. */
export type KeptWordsOf = {
  /** Nothing where there is no file, or it is damaged, or it was made from another text or otherwise. */
  read(stored: Stored): Promise<Cut | undefined>
  /** Never rejects: what cannot be written is cut anew the next time. */
  write(stored: Stored, cut: Cut): Promise<void>
  /** Removes the files of all other articles. */
  keepOnly(ids: ReadonlySet<string>): Promise<void>
}

/**
 * What was found in the texts of the libraries, kept in a folder so that it need not be found again:
 * a file for each article. The database alone holds what counts; the folder may be deleted at any
 * time, and processes may share it.
 */
export type KeptWords = {
  of(owner: Owner): KeptWordsOf
  /** The libraries that have files. */
  owners(): Promise<readonly Owner[]>
}

/**
 * Raise it with every change in how texts are cut into sentences and words, or how that is written:
 * older files are then passed over.
 */
export const VERSION = 1

/** A text of 50 MB, the most that can be added, takes less. */
const mostBytes = 500_000_000
const HOUR = 3_600_000
const ENDING = '.words'
const CHECKSUM = 32

export function openKeptWords(folder: string, log: Log): KeptWords {
  let warned = false

  return {
    of(owner) {
      const place = join(folder, owner.replace(':', '-'))
      const fileOf = ({ id }: Stored) => join(place, nameOf(id))

      return {
        async read(stored) {
          const file = fileOf(stored)
          try {
            if ((await stat(file)).size > mostBytes) return undefined
            const bytes = await readFile(file)
            const content = bytes.subarray(CHECKSUM)
            if (!(await checksum(stored, content)).equals(bytes.subarray(0, CHECKSUM)))
              return undefined
            return unpacked(deserialize(content))
          } catch (error) {
            const { code, message } = error as NodeJS.ErrnoException
            if (code !== 'ENOENT')
              log.warn(`${file} could not be read (${message}); it is made anew`)
            return undefined
          }
        },

        async write(stored, cut) {
          const content = serialize(packed(cut))
          const unfinished = `${fileOf(stored)}.${randomUUID()}`
          try {
            await mkdir(place, { recursive: true, mode: 0o700 })
            await writeFile(unfinished, [await checksum(stored, content), content], { mode: 0o600 })
            await rename(unfinished, fileOf(stored))
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
        },

        async keepOnly(ids) {
          const names = await readdir(place).catch(() => [])
          const held = new Set([...ids].map(nameOf))
          let kept = 0
          for (const name of names) {
            const file = join(place, name)
            const wanted = name.endsWith(ENDING)
              ? held.has(name)
              : // Another process may be writing it.
                Date.now() - (await stat(file).catch(() => ({ mtimeMs: 0 }))).mtimeMs < HOUR
            if (wanted) kept++
            else await rm(file, { force: true }).catch(() => {})
          }
          if (names.length > 0 && kept === 0)
            await rm(place, { recursive: true, force: true }).catch(() => {})
        },
      }
    },

    async owners() {
      const names = await readdir(folder).catch(() => [])
      return names
        .filter((name) => /^(server|member)-/.test(name))
        .map((name) => name.replace('-', ':') as Owner)
    },
  }
}

function nameOf(id: string): string {
  return `${encodeURIComponent(id)}${ENDING}`
}

/** Of the content and of all that it was made from: it is right for nothing else. */
async function checksum({ sha256, text }: Stored, content: Uint8Array): Promise<Buffer> {
  // Sentences are cut by the rules of a language, which differ between versions of ICU.
  const madeFrom = JSON.stringify([VERSION, process.versions.icu, text.language ?? '', sha256])
  // In a thread of its own, unlike that of `createHash`: a large library has some 100 MB.
  const ofContent = new Uint8Array(await subtle.digest('SHA-256', content))
  return createHash('sha256').update(madeFrom).update(ofContent).digest()
}

/** Few large arrays and strings: they are read many times faster than very many small objects. */
type Packed = Omit<ArticleWords, 'keys' | 'words'> & {
  readonly keys: string
  readonly words: string
  /** Start and end of each sentence, in order. */
  readonly ranges: Uint32Array
  /** The hash of each passage, as a number. */
  readonly hashes: Uint32Array
}

function packed({ passages, words }: Cut): Packed {
  return {
    ...words,
    keys: words.keys.join('\n'),
    words: words.words.join('\n'),
    ranges: Uint32Array.from(
      passages.flatMap(({ sentences }) => sentences.flatMap(({ start, end }) => [start, end])),
    ),
    hashes: Uint32Array.from(passages, ({ hash }) => Number.parseInt(hash, 16)),
  }
}

function unpacked({ ranges, hashes, ...packed }: Packed): Cut {
  const keys = packed.keys === '' ? [] : packed.keys.split('\n')
  const words = { ...packed, keys, words: packed.words.split('\n').slice(0, keys.length) }
  const passages = Array.from(hashes, (hash, passage) => {
    const sentences: Range[] = []
    const end = words.passageAt[passage + 1] ?? 0
    for (let s = words.passageAt[passage] ?? 0; s < end; s++)
      sentences.push({ start: ranges[2 * s] ?? 0, end: ranges[2 * s + 1] ?? 0 })
    return { sentences, hash: hash.toString(16).padStart(8, '0') }
  })
  return { passages, words }
}
