import { createHash } from 'node:crypto'
import type { Transaction } from 'kysely'
import { sql } from 'kysely'
import type { z } from 'zod'
import type { Log } from '../log.ts'
import { MemberError } from '../problem.ts'
import type { Database } from './database.ts'
import {
  type Owner,
  rows,
  type Settings,
  type StoredText,
  settingsSchema,
  type Tables,
  tableNames,
} from './tables.ts'

/** An article of a library as a list shows it. */
export type Holding = {
  readonly id: string
  readonly title: string
  /** The id of the member who added it. */
  readonly uploader: string
  /** Of the original, in bytes. */
  readonly size: number
  readonly characters: number
  readonly addedAt: Date
}

/** An article's text as it was read from its original. */
export type Stored = { readonly id: string; readonly title: string; readonly text: StoredText }

export type Addition = {
  /** What the id is made of; a number is added where it is taken. */
  readonly id: string
  readonly title: string
  readonly text: StoredText
  readonly original: { readonly name: string; readonly bytes: Uint8Array }
  readonly uploader: string
}

export type Unanswered = {
  readonly question: string
  readonly times: number
  readonly last: string
}

export type Original = z.output<typeof rows.original>

/** What the bot keeps. Every function may throw a MemberError if the database cannot be used now. */
export type Store = {
  list(owner: Owner): Promise<readonly Holding[]>
  texts(owner: Owner): Promise<readonly Stored[]>
  originals(owner: Owner): AsyncIterable<Original>
  /**
   * Adds one article with its original, wholly or not at all.
   * @param limits of the library, the new article counted
   * @param isTaken ids that are not to be used
   * @throws MemberError if the library is full or holds the same file already
   */
  add(
    owner: Owner,
    addition: Addition,
    limits: { readonly articles: number; readonly bytes: number },
    isTaken: (id: string) => boolean,
  ): Promise<Holding>
  /** @returns whether there was such an article */
  remove(owner: Owner, id: string): Promise<boolean>
  rename(owner: Owner, id: string, title: string): Promise<boolean>
  settings(owner: Owner): Promise<Settings>
  changeSettings(owner: Owner, change: Partial<Settings>): Promise<Settings>
  /** Deletes all that is kept of a library. @returns how many articles it had */
  forget(owner: Owner): Promise<number>
  noteUnanswered(owner: Owner, question: string, at?: Date): Promise<void>
  /** The most frequent first. */
  unanswered(owner: Owner): Promise<readonly Unanswered[]>
  left(owner: Owner, at?: Date): Promise<void>
  returned(owner: Owner): Promise<void>
  /** The libraries of servers that are not marked as left. */
  servers(): Promise<readonly Owner[]>
  /** Deletes libraries that were left, and unanswered questions asked, before these times. */
  sweep(before: { readonly left: Date; readonly asked: Date }): Promise<readonly Owner[]>
  /** Is told whose library has changed, in any process; `undefined`: it may be any. */
  onChange(listener: (owner: Owner | undefined) => void): void
  close(): Promise<void>
}

/** The store in an open database. */
export function openStore(database: Database, log: Log): Store {
  const { db } = database
  const listeners = new Set<(owner: Owner | undefined) => void>()
  const tell = (owner: Owner | undefined) => {
    for (const listener of listeners) listener(owner)
  }
  database.onAnnounced((owner) => tell(owner as Owner | undefined))

  async function guarded<T>(task: () => Promise<T>): Promise<T> {
    try {
      return await task()
    } catch (error) {
      const sentence = error instanceof MemberError ? undefined : whyNot(error)
      if (!sentence) throw error
      log.error({ err: error }, 'the database cannot be used')
      throw new MemberError(sentence, { cause: error })
    }
  }

  /** One transaction that holds the library's row from its start, so that limits are kept. */
  function change<T>(
    owner: Owner,
    task: (transaction: Transaction<Tables>) => Promise<T>,
  ): Promise<T> {
    return guarded(async () => {
      const result = await db.transaction().execute(async (transaction) => {
        await transaction
          .insertInto('libraries')
          .values({ owner, settings: '{}', left_at: null })
          .onConflict((conflict) => conflict.column('owner').doUpdateSet({ owner }))
          .execute()
        const made = await task(transaction)
        await database.announce(transaction, owner)
        return made
      })
      tell(owner)
      return result
    })
  }

  async function settingsOf(of: typeof db, owner: Owner): Promise<Settings> {
    const row = await of
      .selectFrom('libraries')
      .selectAll()
      .where('owner', '=', owner)
      .executeTakeFirst()
    return row ? rows.library.parse(row).settings : settingsSchema.parse({})
  }

  async function erase(transaction: Transaction<Tables>, owner: Owner): Promise<number> {
    const held = await transaction
      .selectFrom('articles')
      .select('id')
      .where('owner', '=', owner)
      .execute()
    for (const table of tableNames) {
      await transaction.deleteFrom(table).where('owner', '=', owner).execute()
    }
    return held.length
  }

  const holdings = (of: typeof db, owner: Owner) =>
    of
      .selectFrom('articles')
      .select(['id', 'title', 'uploader', 'size', 'characters', 'added_at'])
      .where('owner', '=', owner)
      .orderBy('added_at')
      .orderBy('id')

  return {
    list: (owner) =>
      guarded(async () => (await holdings(db, owner).execute()).map((row) => holdingOf(row))),

    texts: (owner) =>
      guarded(async () => {
        const found = await db
          .selectFrom('articles')
          .select(['id', 'title', 'source'])
          .where('owner', '=', owner)
          .orderBy('added_at')
          .orderBy('id')
          .execute()
        return found.map((row) => {
          const { id, title, source } = rows.text.parse(row)
          return { id, title, text: source }
        })
      }),

    async *originals(owner) {
      const articles = await guarded(() => holdings(db, owner).execute())
      for (const { id } of articles) {
        const row = await guarded(() =>
          db
            .selectFrom('originals')
            .selectAll()
            .where('owner', '=', owner)
            .where('article', '=', id)
            .executeTakeFirst(),
        )
        if (row) yield rows.original.parse(row)
      }
    },

    add: (owner, addition, limits, isTaken) =>
      change(owner, async (transaction) => {
        const { title, text, original, uploader } = addition
        const size = original.bytes.length
        const held = (await holdings(transaction, owner).execute()).map((row) => holdingOf(row))
        if (held.length >= limits.articles)
          throw new MemberError(
            `This library is full: it holds ${held.length} of at most ${limits.articles} readings. Remove one first.`,
          )
        if (held.reduce((sum, one) => sum + one.size, size) > limits.bytes)
          throw new MemberError(
            `"${title}" does not fit: the readings may have ${Math.floor(limits.bytes / 1e6)} MB together. Remove one first.`,
          )
        const sha256 = createHash('sha256').update(original.bytes).digest('hex')
        const same = await transaction
          .selectFrom('originals')
          .select('article')
          .where('owner', '=', owner)
          .where('sha256', '=', sha256)
          .executeTakeFirst()
        if (same) {
          const known = held.find(({ id }) => id === same.article)
          throw new MemberError(`This text is here already, as "${known?.title ?? same.article}".`)
        }
        const taken = new Set(held.map(({ id }) => id))
        const id = freeId(addition.id, (wanted) => taken.has(wanted) || isTaken(wanted))
        const row = {
          id,
          title,
          uploader,
          size,
          characters: charactersIn(text),
          added_at: new Date().toISOString(),
        }
        await transaction
          .insertInto('articles')
          .values({ owner, ...row, source: JSON.stringify(text) })
          .execute()
        await transaction
          .insertInto('originals')
          .values({
            owner,
            article: id,
            name: original.name,
            sha256,
            bytes: Buffer.from(original.bytes),
          })
          .execute()
        return holdingOf(row)
      }),

    remove: (owner, id) =>
      change(owner, async (transaction) => {
        const { numDeletedRows } = await transaction
          .deleteFrom('articles')
          .where('owner', '=', owner)
          .where('id', '=', id)
          .executeTakeFirst()
        await transaction
          .deleteFrom('originals')
          .where('owner', '=', owner)
          .where('article', '=', id)
          .execute()
        return numDeletedRows > 0n
      }),

    rename: (owner, id, title) =>
      change(owner, async (transaction) => {
        const { numUpdatedRows } = await transaction
          .updateTable('articles')
          .set({ title })
          .where('owner', '=', owner)
          .where('id', '=', id)
          .executeTakeFirst()
        return numUpdatedRows > 0n
      }),

    settings: (owner) => guarded(() => settingsOf(db, owner)),

    changeSettings: (owner, wanted) =>
      change(owner, async (transaction) => {
        const settings = settingsSchema.parse({
          ...(await settingsOf(transaction, owner)),
          ...wanted,
        })
        await transaction
          .updateTable('libraries')
          .set({ settings: JSON.stringify(settings) })
          .where('owner', '=', owner)
          .execute()
        if (!settings.unanswered)
          await transaction.deleteFrom('unanswered').where('owner', '=', owner).execute()
        return settings
      }),

    forget: (owner) => change(owner, (transaction) => erase(transaction, owner)),

    noteUnanswered: (owner, question, at = new Date()) =>
      guarded(async () => {
        await db
          .insertInto('unanswered')
          .values({ owner, question, day: dayOf(at), times: 1 })
          .onConflict((conflict) =>
            conflict
              .columns(['owner', 'question', 'day'])
              .doUpdateSet({ times: sql<number>`unanswered.times + 1` }),
          )
          .execute()
      }),

    unanswered: (owner) =>
      guarded(async () => {
        const found = await db
          .selectFrom('unanswered')
          .select((select) => [
            'question',
            select.fn.sum<number>('times').as('times'),
            select.fn.max('day').as('day'),
          ])
          .where('owner', '=', owner)
          .groupBy('question')
          .execute()
        return found
          .map((row) => rows.unanswered.parse(row))
          .sort((one, other) => other.times - one.times || (one.day < other.day ? 1 : -1))
          .map(({ question, times, day }) => ({ question, times, last: day }))
      }),

    left: (owner, at = new Date()) =>
      guarded(async () => {
        await db
          .updateTable('libraries')
          .set({ left_at: at.toISOString() })
          .where('owner', '=', owner)
          .where('left_at', 'is', null)
          .execute()
      }),

    returned: (owner) =>
      guarded(async () => {
        await db
          .updateTable('libraries')
          .set({ left_at: null })
          .where('owner', '=', owner)
          .where('left_at', 'is not', null)
          .execute()
      }),

    servers: () =>
      guarded(async () => {
        const found = await db
          .selectFrom('libraries')
          .select('owner')
          .where('owner', 'like', 'server:%')
          .where('left_at', 'is', null)
          .execute()
        return found.map(({ owner }) => owner as Owner)
      }),

    sweep: async (before) => {
      const gone = await guarded(() =>
        db
          .selectFrom('libraries')
          .select('owner')
          .where('left_at', '<', before.left.toISOString())
          .execute(),
      )
      for (const { owner } of gone)
        await change(owner as Owner, (transaction) => erase(transaction, owner as Owner))
      await guarded(() =>
        db.deleteFrom('unanswered').where('day', '<', dayOf(before.asked)).execute(),
      )
      return gone.map(({ owner }) => owner as Owner)
    },

    onChange: (listener) => {
      listeners.add(listener)
    },
    close: () => database.close(),
  }
}

function holdingOf(row: unknown): Holding {
  const { added_at, ...rest } = rows.holding.parse(row)
  return { ...rest, addedAt: new Date(added_at) }
}

function dayOf(at: Date): string {
  return at.toISOString().slice(0, 10)
}

function charactersIn(text: StoredText): number {
  return text.sections
    .flatMap(({ paragraphs }) => paragraphs)
    .reduce((sum, paragraph) => sum + paragraph.text.length, 0)
}

/** `wanted`, or `wanted-2` and so on, within the 40 characters of an article's id. */
export function freeId(wanted: string, isTaken: (id: string) => boolean): string {
  for (let number = 1; ; number += 1) {
    const tail = number === 1 ? '' : `-${number}`
    const id = `${wanted.slice(0, 40 - tail.length).replace(/-+$/, '')}${tail}`
    if (!isTaken(id)) return id
  }
}

/** What a member is told of a database that cannot be used; nothing for a mistake of ours. */
function whyNot(error: unknown): string | undefined {
  const { code = '' } = error as { code?: string }
  const kept = 'Nothing was changed.'
  if (/^SQLITE_(BUSY|LOCKED)/.test(code))
    return `The library is locked by another program just now. ${kept} Please try again in a minute.`
  // https://www.postgresql.org/docs/current/errcodes-appendix.html: 53100 disk_full
  if (/^SQLITE_FULL|^ENOSPC$|^53100$/.test(code))
    return `There is no room left where the library is kept. ${kept} Please tell who runs this bot.`
  if (/^SQLITE_(CORRUPT|NOTADB)|^XX00[12]$/.test(code))
    return `The file of the library is damaged. ${kept} Please tell who runs this bot.`
  if (/^SQLITE_(READONLY|IOERR|CANTOPEN|PERM)|^25006$/.test(code))
    return `The library cannot be written to just now. ${kept} Please tell who runs this bot.`
  if (
    /^(08|57P|53)|^E(CONN|HOSTUN|TIMEDOUT|PIPE)/.test(code) ||
    /terminated|timeout/i.test(`${error}`)
  )
    return `The library cannot be reached just now. ${kept} Please try again in a minute.`
  return undefined
}
