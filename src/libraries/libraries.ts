import { join } from 'node:path'
import { LRUCache } from 'lru-cache'
import type { Config } from '../config.ts'
import type { Network } from '../documents/address.ts'
import type { Knowledge } from '../knowledge/article.ts'
import type { Log } from '../log.ts'
import { MemberError } from '../problem.ts'
import type { Refusal } from '../search/answer.ts'
import { type Library, openLibraryOf } from '../search/library.ts'
import { openDatabase } from '../store/database.ts'
import { type Deferred, openDeferred } from '../store/deferred.ts'
import { openStore } from '../store/store.ts'
import type { Owner, Settings } from '../store/tables.ts'
import { corpusOf } from './articles.ts'
import { openKeptWords } from './kept-words.ts'
import { type OwnLibrary, ownLibrary } from './own-library.ts'
import { openReadingQueue } from './reading-queue.ts'

/** Where somebody asks: in a server that has the bot, or on their own. */
export type Place = { readonly server?: string; readonly member: string }

/** A library for each server and each member: the bundled articles and what was added there. */
export type Libraries = {
  /** Never rejects: where the own articles cannot be read, what was loaded before, or the bundled ones. */
  libraryFor(place: Place): Library | Promise<Library>
  /** What to tell with an answer from `libraryFor`: that readings are missing in it. */
  missingAt(place: Place): string | undefined
  ownFor(place: Place, manager: boolean): OwnLibrary
  /** What becomes of the servers that the bot is in. */
  readonly servers: {
    left(server: string): Promise<void>
    joined(server: string): Promise<void>
    /**
     * All of them, at the start.
     * @param among those whose presence this process knows of; the others are passed over
     */
    present(servers: readonly string[], among?: (server: string) => boolean): Promise<void>
  }
  /** What must still be answered, where several processes share a database. */
  readonly deferred?: Deferred
  /** What is in memory, the bytes as they are estimated. */
  loaded(): { readonly libraries: number; readonly bytes: number }
  /** Deletes what has stood longer than it may. */
  sweep(now?: Date): Promise<void>
  close(): Promise<void>
}

type State = 'whole' | 'smaller' | 'stale'

type Entry = {
  readonly library: Library
  /** What it was built of. */
  readonly bundled: Library
  /** Whether it lacks what was added since, or may hold what is no longer so. */
  state: State
}

const HOUR = 3_600_000
const DAY = 24 * HOUR
const DAYS_OF_QUESTIONS = 30

/**
 * Bytes of memory for each character of an indexed text, on the safe side: 20 were measured with
 * 100,000 characters, 5 with 3 million (heap after collection, before and after `openLibrary`).
 */
const BYTES_PER_CHARACTER = 30

/** A text that is fetched while another is read; and 50 who wait have 10 seconds each at the worst. */
const queueLimits = { atOnce: 2, waiting: 50, waitingOfOne: 10 }

/** Opens the libraries. Where the database cannot be opened, all have the bundled articles until it can. */
export async function openLibraries(
  config: Pick<
    Config,
    'dataDir' | 'databaseUrl' | 'uploads' | 'libraryMemory' | 'daysAfterLeaving' | 'discordApi'
  >,
  log: Log,
  bundled: { readonly library: () => Library; readonly knowledge: () => Knowledge },
  network?: Network,
): Promise<Libraries> {
  const store = openStore((again) => openDatabase(config, log, again), log)
  const deferred = config.databaseUrl ? openDeferred(store.opened, log) : undefined
  const loaded = new LRUCache<Owner, Entry>({ maxSize: config.libraryMemory })
  const loading = new Map<Owner, Promise<Library>>()
  const changedMeanwhile = new Map<Owner, State>()
  /** Libraries whose own articles could not be read. */
  const unread = new Set<Owner>()
  const queue = openReadingQueue(queueLimits)
  const kept = openKeptWords(join(config.dataDir, 'index'), log)
  // A rehearsal on this machine, or a proxy of the operator, serves attachments itself.
  const { origin } = new URL(config.discordApi)
  const trustedOrigins = origin === 'https://discord.com' ? [] : [origin]

  store.onChange(({ owner, grew = false }) => {
    const all = [...loaded.keys(), ...loading.keys()]
    for (const one of owner === undefined ? all : [owner as Owner]) {
      const entry = loaded.peek(one)
      if (entry) entry.state = grew && entry.state !== 'stale' ? 'smaller' : 'stale'
      changedMeanwhile.set(one, grew && changedMeanwhile.get(one) !== 'stale' ? 'smaller' : 'stale')
    }
    if (owner !== undefined && !grew) void removeUnheld([owner as Owner])
  })

  /** What is gone from a library goes from the disk too. */
  async function removeUnheld(owners: readonly Owner[]): Promise<void> {
    for (const owner of owners) {
      // Where the database cannot be used now, the next hour's look removes it.
      const held = await store.list(owner).catch(() => undefined)
      // The words of what stays are written without those of what is gone.
      if (held && held.length > 0 && loaded.has(owner)) await loadOnce(owner)
      else if (held) await kept.of(owner).keepOnly(held)
    }
  }

  async function load(owner: Owner): Promise<Library> {
    for (;;) {
      changedMeanwhile.delete(owner)
      const shared = bundled.library()
      const { articles, synonyms } = bundled.knowledge()
      let built = shared
      let keep: (() => Promise<void>) | undefined
      let settings: Settings
      try {
        const held = await store.list(owner)
        if (held.length > 0) {
          const files = kept.of(owner)
          const read = await corpusOf(articles, store.eachText(owner), await files.read())
          built = await openLibraryOf(read.corpus, synonyms)
          if (read.cutAnew || !(await files.isOf(held)))
            keep = () => files.write(held, read.own, read.corpus)
        }
        settings = await store.settings(owner)
      } catch (error) {
        // The store has logged what is wrong with the database.
        if (!(error instanceof MemberError))
          log.error({ err: error, owner }, 'this library could not be read; what is loaded stays')
        const before = loaded.peek(owner)?.library
        if (!before) unread.add(owner)
        return before ?? bundled.library()
      }
      const state = changedMeanwhile.get(owner) ?? 'whole'
      if (state === 'stale') continue
      const library = adjusted(built, settings, (question) => {
        void store.noteUnanswered(owner, question).catch(() => {})
      })
      const characters = built === shared ? 0 : sizeOf(built)
      const size = Math.min(1_000 + characters * BYTES_PER_CHARACTER, config.libraryMemory)
      loaded.set(owner, { library, bundled: shared, state }, { size })
      unread.delete(owner)
      if (state !== 'whole') continue
      void keep?.()
      return library
    }
  }

  function loadOnce(owner: Owner): Promise<Library> {
    const under =
      loading.get(owner) ??
      load(owner)
        .catch((error) => {
          log.error({ err: error, owner }, 'this library could not be built; what is loaded stays')
          return loaded.peek(owner)?.library ?? bundled.library()
        })
        .finally(() => loading.delete(owner))
    loading.set(owner, under)
    return under
  }

  const libraries: Libraries = {
    libraryFor(place) {
      const owner = ownerOf(place)
      const entry = loaded.get(owner)
      if (!entry || entry.state === 'stale' || entry.bundled !== bundled.library())
        return loadOnce(owner)
      // What was there before is still right: nobody waits while something is added.
      if (entry.state === 'smaller') void loadOnce(owner)
      return entry.library
    },

    missingAt: (place) =>
      unread.has(ownerOf(place))
        ? `The readings of ${place.server ? 'this server' : 'your own library'} cannot be reached just now: this is from the others.`
        : undefined,

    ownFor: (place, manager) =>
      ownLibrary(
        ownerOf(place),
        { id: place.member, manager },
        {
          store,
          limits: config.uploads,
          queue,
          trustedOrigins,
          ...(network && { network }),
          isBundled: (id) => bundled.library().articles.has(id),
          whole: async () => {
            if (loaded.peek(ownerOf(place))?.state !== 'whole') await loadOnce(ownerOf(place))
          },
          isKnown: async (id) => (await libraries.libraryFor(place)).articles.has(id),
        },
      ),

    servers: {
      left: (server) => store.left(`server:${server}`),
      joined: (server) => store.returned(`server:${server}`),
      async present(servers, among = () => true) {
        const here = new Set(servers.map((server): Owner => `server:${server}`))
        for (const owner of await store.servers()) {
          if (!here.has(owner) && among(owner.slice('server:'.length))) await store.left(owner)
        }
        for (const owner of here) await store.returned(owner)
      },
    },

    ...(deferred && { deferred }),

    loaded: () => ({ libraries: loaded.size, bytes: loaded.calculatedSize }),

    async sweep(now = new Date()) {
      const before = (days: number) => new Date(now.getTime() - days * DAY)
      const gone = await store.sweep({
        left: before(config.daysAfterLeaving),
        asked: before(DAYS_OF_QUESTIONS),
        counted: new Date(now.getTime() - HOUR),
      })
      await removeUnheld(await kept.owners())
      if (gone.length > 0) log.info({ libraries: gone.length }, 'deleted some time after leaving')
    },

    async close() {
      clearInterval(hourly)
      await Promise.allSettled([...loading.values(), deferred?.close()])
      await kept.close()
      await store.close()
    },
  }

  const sweep = () =>
    libraries.sweep().catch((error) => {
      if (!(error instanceof MemberError))
        log.error({ err: error }, 'old libraries were not deleted')
    })
  const hourly = setInterval(sweep, HOUR)
  hourly.unref()
  await sweep()
  return libraries
}

function ownerOf({ server, member }: Place): Owner {
  return server ? `server:${server}` : `member:${member}`
}

function sizeOf({ passages }: Library): number {
  let characters = 0
  for (const { text } of passages.values()) characters += text.length
  return characters
}

/** The library as its settings want it: the default article first, unanswered questions noted. */
function adjusted(
  library: Library,
  settings: Settings,
  noteUnanswered: (question: string) => void,
): Library {
  const { defaultArticle, unanswered } = settings
  const first =
    defaultArticle !== undefined && library.articles.has(defaultArticle)
      ? defaultArticle
      : undefined
  if (first === undefined && !unanswered) return library
  return {
    ...library,
    ask(question, within = {}) {
      const inFirst =
        first !== undefined && within.article === undefined
          ? library.ask(question, { ...within, article: first })
          : undefined
      const outcome = inFirst?.kind === 'answer' ? inFirst : library.ask(question, within)
      if (unanswered && isRefusal(outcome)) noteUnanswered(question)
      return outcome
    },
  }
}

function isRefusal(outcome: { readonly kind: string }): outcome is Refusal {
  return outcome.kind === 'refusal'
}
