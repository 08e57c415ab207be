import { createHash, subtle } from 'node:crypto'
import type { Kysely, Transaction } from 'kysely'
import { sql } from 'kysely'
import type { z } from 'zod'
import type { Log } from '../log.ts'
import { MemberError, OperatorError } from '../problem.ts'
import type { Change, Database } from './database.ts'
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
export type Stored = {
  readonly id: string
  readonly title: string
  readonly text: StoredText
  /** Of the text as it is stored, in hexadecimal digits. */
  readonly sha256: string
}

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
  /**
   * One after the other; the database reads the next while one is used. What is added or removed
   * meanwhile is told as a change.
   */
  eachText(owner: Owner): AsyncIterable<Stored>
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
  /**
   * Counts an upload for each of these, unless one of them has no room for it.
   * @param counts how many each may have within an hour
   * @returns who has no room, and when there will be some; nothing if it was counted
   */
  countUpload(
    counts: readonly { readonly who: Owner; readonly most: number }[],
    at?: Date,
  ): Promise<{ readonly who: Owner; readonly until: Date } | undefined>
  noteUnanswered(owner: Owner, question: string, at?: Date): Promise<void>
  /** The most frequent first. */
  unanswered(owner: Owner): Promise<readonly Unanswered[]>
  left(owner: Owner, at?: Date): Promise<void>
  returned(owner: Owner): Promise<void>
  /** The libraries of servers that are not marked as left. */
  servers(): Promise<readonly Owner[]>
  /** Deletes libraries that were left, unanswered questions asked, and uploads counted, before these times. */
  sweep(before: {
    readonly left: Date
    readonly asked: Date
    readonly counted: Date
  }): Promise<readonly Owner[]>
  /** Is told of every change of a library, in any process. */
  onChange(listener: (change: Change) => void): void
  /** The database itself, for what is kept beside the libraries. */
  opened(): Promise<Database>
  close(): Promise<void>
}

const HOUR = 3_600_000
/** Milliseconds between two attempts to use a database that could not be used. */
const TRY_AGAIN = 5_000

/**
 * The store in a database. A database that is not there, damaged or moved away, at the start or
 * later, is said so in the log and to who needs it, is tried again every few seconds, and never
 * written over.
 * @param open throws an OperatorError where it cannot be opened; is told whether it ever was
 */
export function openStore(open: (again: boolean) => Promise<Database>, log: Log): Store {
  const listeners = new Set<(change: Change) => void>()
  const tell = (change: Change) => {
    for (const listener of listeners) listener(change)
  }
  let opening: Promise<Database> | undefined
  /** What is told while the database cannot be used. */
  let trouble: { readonly sentence: string; readonly logged: string } | undefined
  let again: NodeJS.Timeout | undefined
  let wasOpen = false
  let closed = false

  function database(): Promise<Database> {
    opening ??= open(wasOpen).then((opened) => {
      wasOpen = true
      opened.onAnnounced(tell)
      return opened
    })
    return opening
  }

  async function guarded<T>(task: (database: Database) => Promise<T>): Promise<T> {
    if (trouble) throw new MemberError(trouble.sentence)
    return attempt(task)
  }

  async function attempt<T>(task: (database: Database) => Promise<T>): Promise<T> {
    const using = database()
    try {
      const result = await task(await using)
      if (trouble && !closed) {
        trouble = undefined
        log.info('the database can be used again')
        tell({})
      }
      return result
    } catch (error) {
      const why = error instanceof MemberError ? undefined : whyNot(error)
      if (!why) throw error
      const logged = error instanceof OperatorError ? error.message : `${error}`
      if (trouble?.logged !== logged)
        log.error(
          error instanceof OperatorError ? {} : { err: error },
          error instanceof OperatorError
            ? `${logged} Until then the bundled articles and what is loaded answer.`
            : 'the database cannot be used',
        )
      if (why.lasting && opening === using) giveUp(using, why.sentence, logged)
      throw new MemberError(why.sentence, { cause: error })
    }
  }

  function giveUp(using: Promise<Database>, sentence: string, logged: string): void {
    trouble = { sentence, logged }
    opening = undefined
    void using.then((opened) => opened.close()).catch(() => {})
    clearTimeout(again)
    if (closed) return
    again = setTimeout(() => void attempt(async () => {}).catch(() => {}), TRY_AGAIN)
    again.unref()
  }

  /** One transaction that holds the library's row from its start, so that limits are kept. */
  function change<T>(
    owner: Owner,
    task: (transaction: Transaction<Tables>) => Promise<T>,
    { grew = false } = {},
  ): Promise<T> {
    return guarded(async ({ db, announce }) => {
      const result = await db.transaction().execute(async (transaction) => {
        await transaction
          .insertInto('libraries')
          .values({ owner, settings: '{}', left_at: null })
          .onConflict((conflict) => conflict.column('owner').doUpdateSet({ owner }))
          .execute()
        const made = await task(transaction)
        await announce(transaction, { owner, grew })
        return made
      })
      tell({ owner, grew })
      return result
    })
  }

  async function settingsOf(of: Kysely<Tables>, owner: Owner): Promise<Settings> {
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

  const holdings = (of: Kysely<Tables>, owner: Owner) =>
    of
      .selectFrom('articles')
      .select(['id', 'title', 'uploader', 'size', 'characters', 'added_at'])
      .where('owner', '=', owner)
      .orderBy('added_at')
      .orderBy('id')

  return {
    list: (owner) =>
      guarded(async ({ db }) => (await holdings(db, owner).execute()).map((row) => holdingOf(row))),

    async *eachText(owner) {
      const held = await guarded(({ db }) => holdings(db, owner).execute())
      const read = (id: string) =>
        guarded(({ db }) =>
          db
            .selectFrom('articles')
            .select(['id', 'title', 'source'])
            .where('owner', '=', owner)
            .where('id', '=', id)
            .executeTakeFirst(),
        )
      const [first, ...others] = held
      let next = first && read(first.id)
      for (const following of [...others, undefined]) {
        const row = await next
        next = following && read(following.id)
        // Where this one is given up, nobody waits for the next.
        next?.catch(() => {})
        if (!row) continue
        const { id, title, source } = rows.text.parse(row)
        yield { id, title, text: source, sha256: await sha256Apart(row.source) }
      }
    },

    async texts(owner) {
      const texts: Stored[] = []
      for await (const text of this.eachText(owner)) texts.push(text)
      return texts
    },

    async *originals(owner) {
      const articles = await guarded(({ db }) => holdings(db, owner).execute())
      for (const { id } of articles) {
        const row = await guarded(({ db }) =>
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
      change(
        owner,
        async (transaction) => {
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
          const hash = sha256(original.bytes)
          const same = await transaction
            .selectFrom('originals')
            .select('article')
            .where('owner', '=', owner)
            .where('sha256', '=', hash)
            .executeTakeFirst()
          if (same) {
            const known = held.find(({ id }) => id === same.article)
            throw new MemberError(
              `This text is here already, as "${known?.title ?? same.article}".`,
            )
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
              sha256: hash,
              bytes: Buffer.from(original.bytes),
            })
            .execute()
          return holdingOf(row)
        },
        { grew: true },
      ),

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

    settings: (owner) => guarded(({ db }) => settingsOf(db, owner)),

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

    countUpload: (counts, at = new Date()) =>
      guarded(({ db }) =>
        db.transaction().execute(async (transaction) => {
          const now = at.getTime()
          const counted: { who: Owner; times: readonly number[] }[] = []
          for (const { who, most } of counts) {
            // Taken for writing from the start: two processes count one after the other.
            await transaction
              .insertInto('uploads')
              .values({ who, times: '[]', last_at: at.toISOString() })
              .onConflict((conflict) => conflict.column('who').doUpdateSet({ who }))
              .execute()
            const row = await transaction
              .selectFrom('uploads')
              .select('times')
              .where('who', '=', who)
              .executeTakeFirstOrThrow()
            const recent = rows.uploads.parse(row).times.filter((time) => time > now - HOUR)
            const [room] = recent.slice(-most)
            if (recent.length >= most) return { who, until: new Date((room ?? now) + HOUR) }
            counted.push({ who, times: [...recent, now] })
          }
          for (const { who, times } of counted)
            await transaction
              .updateTable('uploads')
              .set({ times: JSON.stringify(times), last_at: at.toISOString() })
              .where('who', '=', who)
              .execute()
          return undefined
        }),
      ),

    noteUnanswered: (owner, question, at = new Date()) =>
      guarded(async ({ db }) => {
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
      guarded(async ({ db }) => {
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
      guarded(async ({ db }) => {
        await db
          .updateTable('libraries')
          .set({ left_at: at.toISOString() })
          .where('owner', '=', owner)
          .where('left_at', 'is', null)
          .execute()
      }),

    returned: (owner) =>
      guarded(async ({ db }) => {
        await db
          .updateTable('libraries')
          .set({ left_at: null })
          .where('owner', '=', owner)
          .where('left_at', 'is not', null)
          .execute()
      }),

    servers: () =>
      guarded(async ({ db }) => {
        const found = await db
          .selectFrom('libraries')
          .select('owner')
          .where('owner', 'like', 'server:%')
          .where('left_at', 'is', null)
          .execute()
        return found.map(({ owner }) => owner as Owner)
      }),

    sweep: async (before) => {
      const gone = await guarded(({ db }) =>
        db
          .selectFrom('libraries')
          .select('owner')
          .where('left_at', '<', before.left.toISOString())
          .execute(),
      )
      for (const { owner } of gone)
        await change(owner as Owner, (transaction) => erase(transaction, owner as Owner))
      await guarded(({ db }) =>
        db.deleteFrom('unanswered').where('day', '<', dayOf(before.asked)).execute(),
      )
      await guarded(({ db }) =>
        db.deleteFrom('uploads').where('last_at', '<', before.counted.toISOString()).execute(),
      )
      return gone.map(({ owner }) => owner as Owner)
    },

    onChange(listener) {
      listeners.add(listener)
      void guarded(async () => {}).catch(() => {})
    },
    opened: () => guarded(async (using) => using),
    async close() {
      closed = true
      clearTimeout(again)
      await opening?.then((opened) => opened.close()).catch(() => {})
    },
  }
}

function holdingOf(row: unknown): Holding {
  const { added_at, ...rest } = rows.holding.parse(row)
  return { ...rest, addedAt: new Date(added_at) }
}

function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex')
}

/** As `sha256`, in a thread of its own. */
async function sha256Apart(text: string): Promise<string> {
  return Buffer.from(await subtle.digest('SHA-256', Buffer.from(text))).toString('hex')
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

/**
 * What a member is told of a database that cannot be used; nothing for a mistake of ours. What is
 * lasting is not mended by the next statement: the database has to be opened anew.
 */
function whyNot(error: unknown): { sentence: string; lasting: boolean } | undefined {
  if (error instanceof OperatorError)
    return { sentence: whyNot(error.cause)?.sentence ?? UNREACHABLE, lasting: true }
  const { code = '' } = (error ?? {}) as { code?: string }
  if (/^SQLITE_(BUSY|LOCKED)/.test(code))
    return {
      sentence: `The library is locked by another program just now. ${KEPT} Please try again in a minute.`,
      lasting: false,
    }
  // https://www.postgresql.org/docs/current/errcodes-appendix.html: 53100 disk_full
  if (/^SQLITE_FULL|^ENOSPC$|^53100$/.test(code))
    return {
      sentence: `There is no room left where the library is kept. ${KEPT} Please tell who runs this bot.`,
      lasting: false,
    }
  if (/^SQLITE_(CORRUPT|NOTADB)|^XX00[12]$/.test(code))
    return {
      sentence: `The file of the library is damaged. ${KEPT} Please tell who runs this bot.`,
      lasting: true,
    }
  if (code === 'SQLITE_READONLY_DBMOVED') return { sentence: UNREACHABLE, lasting: true }
  if (/^SQLITE_(READONLY|IOERR|CANTOPEN|PERM)|^25006$/.test(code))
    return {
      sentence: `The library cannot be written to just now. ${KEPT} Please tell who runs this bot.`,
      lasting: !code.startsWith('SQLITE_READONLY'),
    }
  if (
    /^(08|57P|53)|^E(CONN|HOSTUN|TIMEDOUT|PIPE)/.test(code) ||
    /terminated|timeout/i.test(`${error}`)
  )
    return { sentence: UNREACHABLE, lasting: true }
  return undefined
}

const KEPT = 'Nothing was changed.'
const UNREACHABLE = `The library cannot be reached just now. ${KEPT} Please try again in a minute.`
