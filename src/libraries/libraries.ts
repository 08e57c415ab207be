import { LRUCache } from 'lru-cache'
import type { Config } from '../config.ts'
import type { Article, Knowledge } from '../knowledge/article.ts'
import type { Log } from '../log.ts'
import type { Refusal } from '../search/answer.ts'
import { type Library, openLibrary } from '../search/library.ts'
import { openDatabase } from '../store/database.ts'
import { type Deferred, openDeferred } from '../store/deferred.ts'
import { openStore, type Stored } from '../store/store.ts'
import type { Owner, Settings } from '../store/tables.ts'
import { together } from './articles.ts'
import { type OwnLibrary, openUploadCount, ownLibrary } from './own-library.ts'

/** Where somebody asks: in a server that has the bot, or on their own. */
export type Place = { readonly server?: string; readonly member: string }

/** A library for each server and each member: the bundled articles and what was added there. */
export type Libraries = {
  /** Never rejects: where the own articles cannot be read, what was loaded before, or the bundled ones. */
  libraryFor(place: Place): Library | Promise<Library>
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

type Entry = {
  readonly library: Library
  /** What it was built of. */
  readonly bundled: Library
  stale: boolean
}

const DAY = 86_400_000
const DAYS_OF_QUESTIONS = 30

/**
 * Bytes of memory for each character of an indexed text, on the safe side: 20 were measured with
 * 100,000 characters, 5 with 3 million (heap after collection, before and after `openLibrary`).
 */
const BYTES_PER_CHARACTER = 30

/**
 * Opens the libraries.
 * @throws OperatorError if the database cannot be opened
 */
export async function openLibraries(
  config: Pick<
    Config,
    'dataDir' | 'databaseUrl' | 'uploads' | 'libraryMemory' | 'daysAfterLeaving' | 'discordApi'
  >,
  log: Log,
  bundled: { readonly library: () => Library; readonly knowledge: () => Knowledge },
): Promise<Libraries> {
  const database = await openDatabase(config, log)
  const store = openStore(database, log)
  const deferred = database.kind === 'postgres' ? openDeferred(database, log) : undefined
  const loaded = new LRUCache<Owner, Entry>({ maxSize: config.libraryMemory })
  const loading = new Map<Owner, Promise<Library>>()
  const changedMeanwhile = new Set<Owner>()
  const uploads = openUploadCount(config.uploads.perHour)
  // A rehearsal on this machine, or a proxy of the operator, serves attachments itself.
  const { origin } = new URL(config.discordApi)
  const trustedOrigins = origin === 'https://discord.com' ? [] : [origin]

  store.onChange((owner) => {
    for (const one of owner === undefined ? [...loaded.keys(), ...loading.keys()] : [owner]) {
      const entry = loaded.peek(one)
      if (entry) entry.stale = true
      changedMeanwhile.add(one)
    }
  })

  async function load(owner: Owner): Promise<Library> {
    for (;;) {
      changedMeanwhile.delete(owner)
      let texts: readonly Stored[]
      let settings: Settings
      try {
        texts = await store.texts(owner)
        settings = await store.settings(owner)
      } catch (error) {
        log.error({ err: error, owner }, 'this library could not be read; what is loaded stays')
        return loaded.peek(owner)?.library ?? bundled.library()
      }
      if (changedMeanwhile.has(owner)) continue
      changedMeanwhile.delete(owner)
      const shared = bundled.library()
      const { articles, synonyms } = bundled.knowledge()
      const all = together(articles, texts)
      const built = texts.length === 0 ? shared : openLibrary({ articles: all, synonyms })
      const library = adjusted(built, settings, (question) => {
        void store.noteUnanswered(owner, question).catch(() => {})
      })
      const characters = built === shared ? 0 : sizeOf(all)
      const size = Math.min(1_000 + characters * BYTES_PER_CHARACTER, config.libraryMemory)
      loaded.set(owner, { library, bundled: shared, stale: false }, { size })
      return library
    }
  }

  const libraries: Libraries = {
    libraryFor(place) {
      const owner = ownerOf(place)
      const entry = loaded.get(owner)
      if (entry && !entry.stale && entry.bundled === bundled.library()) return entry.library
      let under = loading.get(owner)
      if (!under) {
        under = load(owner)
          .catch((error) => {
            log.error(
              { err: error, owner },
              'this library could not be built; what is loaded stays',
            )
            return loaded.peek(owner)?.library ?? bundled.library()
          })
          .finally(() => loading.delete(owner))
        loading.set(owner, under)
      }
      return under
    },

    ownFor: (place, manager) =>
      ownLibrary(
        ownerOf(place),
        { id: place.member, manager },
        {
          store,
          limits: config.uploads,
          uploads,
          trustedOrigins,
          isBundled: (id) => bundled.library().articles.has(id),
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
      })
      if (gone.length > 0) log.info({ libraries: gone.length }, 'deleted some time after leaving')
    },

    async close() {
      clearInterval(daily)
      await Promise.allSettled([...loading.values(), deferred?.close()])
      await store.close()
    },
  }

  const sweep = () =>
    libraries.sweep().catch((error) => log.error({ err: error }, 'old libraries were not deleted'))
  const daily = setInterval(sweep, DAY)
  daily.unref()
  await sweep()
  return libraries
}

function ownerOf({ server, member }: Place): Owner {
  return server ? `server:${server}` : `member:${member}`
}

function sizeOf(articles: readonly Article[]): number {
  let characters = 0
  for (const { sections } of articles)
    for (const { passages } of sections) for (const { text } of passages) characters += text.length
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
