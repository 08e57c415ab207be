import type { Config } from '../config.ts'
import type { Network } from '../documents/address.ts'
import { fetchAttachment, fetchDocument } from '../documents/fetch.ts'
import { readDocument } from '../documents/read.ts'
import { articleSteps, slugOf, tidy } from '../knowledge/passage.ts'
import { MemberError } from '../problem.ts'
import { inSlices } from '../slices.ts'
import type { Holding, Original, Store, Stored, Unanswered } from '../store/store.ts'
import { type Owner, type Settings, type StoredText, textSchema } from '../store/tables.ts'
import { paragraphsOf } from './articles.ts'
import { type Details, longestTitle } from './details.ts'
import type { ReadingQueue } from './reading-queue.ts'

/** Where a text comes from. */
export type Source =
  | { readonly kind: 'file'; readonly name: string; readonly size: number; readonly url: string }
  | { readonly kind: 'link'; readonly url: string }
  | { readonly kind: 'text'; readonly text: string }

/** What was understood of a text that is now in the library. */
export type Added = {
  readonly holding: Holding
  readonly sections: number
  readonly paragraphs: number
  readonly pages?: number
  readonly firstLines: string
  readonly warnings: readonly string[]
}

/** The library of one server or member, to be looked after. Nothing in it reaches another. */
export type OwnLibrary = {
  readonly whose: 'server' | 'member'
  /** Whether links may be added. */
  readonly links: boolean
  readonly limits: UploadLimits
  /** @throws MemberError if this member may not change it */
  mustChange(): Promise<void>
  /**
   * Fetches, reads and adds one text, wholly or not at all.
   * @param progress is told in words how far it has come
   * @throws MemberError in one sentence
   */
  add(source: Source, details: Details, progress: (line: string) => void): Promise<Added>
  /** Resolves when questions are put to all that was added. */
  whole(): Promise<void>
  list(): Promise<readonly Holding[]>
  /**
   * @param id or the title
   * @throws MemberError if there is no such article; so the others that take an id
   */
  remove(id: string): Promise<Holding>
  rename(id: string, title: string): Promise<Holding>
  /** Puts questions to this article first, or to all alike. @returns its id */
  setDefault(id: string | undefined): Promise<string | undefined>
  settings(): Promise<Settings>
  changeSettings(change: Partial<Settings>): Promise<Settings>
  unanswered(): Promise<readonly Unanswered[]>
  texts(): Promise<readonly Stored[]>
  originals(): AsyncIterable<Original>
  forget(): Promise<number>
}

export type UploadLimits = Config['uploads']

const FIRST_LINES = 240

export function ownLibrary(
  owner: Owner,
  member: { readonly id: string; readonly manager: boolean },
  around: {
    readonly store: Store
    readonly limits: UploadLimits
    readonly queue: ReadingQueue
    /** Origins beside Discord's own from which attachments are taken. */
    readonly trustedOrigins: readonly string[]
    /** The network in which links are followed; the Internet without it. */
    readonly network?: Network
    /** Resolves when questions are put to all that was added. */
    readonly whole: () => Promise<void>
    /** Whether an id is one of the bundled articles. */
    readonly isBundled: (id: string) => boolean
    /** Whether a default may be set to it: an article that this library shows. */
    readonly isKnown: (id: string) => Promise<boolean>
  },
): OwnLibrary {
  const { store, limits, queue, trustedOrigins } = around
  const whose = owner.startsWith('server:') ? 'server' : 'member'

  /** By its id, or by its title where one types it out and only one has it. */
  async function held(named: string): Promise<Holding> {
    const all = await store.list(owner)
    const same = (title: string) => title.toLowerCase() === named.trim().toLowerCase()
    const titled = all.filter(({ title }) => same(title))
    const found =
      all.find(({ id }) => id === named) ?? (titled.length === 1 ? titled[0] : undefined)
    if (!found)
      throw new MemberError(
        'There is no such reading here. Choose one from those that are offered, or see /library list.',
      )
    return found
  }

  async function bytesOf(source: Source) {
    if (source.kind === 'text') return { bytes: Buffer.from(source.text), name: 'Text.txt' }
    if (source.kind === 'link') {
      if (!limits.links) throw new MemberError('Links are not followed here: upload the file.')
      return fetchDocument(source.url, {
        bytes: limits.documentBytes,
        ...(around.network && { network: around.network }),
      })
    }
    const fetched = await fetchAttachment(source.url, {
      declaredSize: source.size,
      bytes: limits.documentBytes,
      trustedOrigins,
    })
    return { ...fetched, name: source.name }
  }

  /** @throws MemberError if the member or the server has sent too much within an hour */
  async function countUpload(): Promise<void> {
    const mine = { who: `member:${member.id}` as const, most: limits.perHour }
    const ours = { who: owner, most: limits.perHourToServer }
    const full = await store.countUpload(whose === 'server' ? [mine, ours] : [mine])
    if (!full) return
    const minutes = Math.max(1, Math.ceil((full.until.getTime() - Date.now()) / 60_000))
    const who =
      full.who === mine.who
        ? `You have sent ${mine.most} texts`
        : `This server has been sent ${ours.most} texts`
    throw new MemberError(
      `${who} within an hour, which is the limit. Please go on in ${minutes} ${minutes === 1 ? 'minute' : 'minutes'}.`,
    )
  }

  async function fetchedAndRead(
    source: Source,
    details: Details,
    progress: (line: string) => void,
  ): Promise<Added> {
    const fetched = await bytesOf(source)
    const { bytes, name } = fetched
    const document = await readDocument(bytes, {
      name,
      limits: { bytes: limits.documentBytes },
      progress,
      ...('charset' in fetched && fetched.charset && { charset: fetched.charset }),
    })
    const title = details.title ?? (shortened(tidy(document.title ?? '')) || titleOf(name))
    const url =
      details.url ?? ('url' in fetched && source.kind === 'link' ? fetched.url : undefined)
    const authors = details.authors ?? document.authors
    const published = details.published ?? document.published
    const text: StoredText = textSchema.parse({
      ...(authors && { authors }),
      ...(published && { published }),
      ...(url && { url }),
      ...(document.language && { language: document.language }),
      sections: document.sections,
    })
    const holding = await store.add(
      owner,
      {
        id: slugOf(title) || 'reading',
        title,
        text,
        original: { name, bytes },
        uploader: member.id,
      },
      limits,
      around.isBundled,
    )
    const { sections } = await inSlices(
      articleSteps({ id: holding.id, title, sections: paragraphsOf(text) }),
    )
    const passages = sections.flatMap((section) => section.passages)
    return {
      holding,
      sections: sections.filter(({ heading }) => heading !== '').length,
      paragraphs: passages.length,
      ...(document.pages && { pages: document.pages }),
      firstLines: beginning(passages[0]?.text ?? ''),
      warnings: document.warnings,
    }
  }

  return {
    whose,
    links: limits.links,
    limits,

    async mustChange() {
      if (whose === 'member' || member.manager) return
      if ((await store.settings(owner)).changes === 'everyone') return
      throw new MemberError('Only members who may manage the server can change its readings.')
    },

    async add(source, details, progress) {
      await countUpload()
      return queue.run(
        owner,
        () => fetchedAndRead(source, details, progress),
        (before) =>
          progress(`waiting: ${before} ${before === 1 ? 'text goes' : 'texts go'} before this one`),
      )
    },

    whole: around.whole,
    list: () => store.list(owner),

    async remove(named) {
      const holding = await held(named)
      const { id } = holding
      await store.remove(owner, id)
      const { defaultArticle } = await store.settings(owner)
      if (defaultArticle === id) await store.changeSettings(owner, { defaultArticle: undefined })
      return holding
    },

    async rename(named, title) {
      const holding = await held(named)
      await store.rename(owner, holding.id, title)
      return { ...holding, title }
    },

    async setDefault(named) {
      const known = named === undefined || (await around.isKnown(named))
      const id = known ? named : (await held(named)).id
      await store.changeSettings(owner, { defaultArticle: id })
      return id
    },

    settings: () => store.settings(owner),
    changeSettings: (change) => store.changeSettings(owner, change),
    unanswered: () => store.unanswered(owner),
    texts: () => store.texts(owner),
    originals: () => store.originals(owner),
    forget: () => store.forget(owner),
  }
}

function titleOf(name: string): string {
  const bare = tidy(name.replace(/\.[a-z0-9]{1,5}$/i, '').replaceAll('_', ' '))
  return shortened(bare) || 'Untitled'
}

/** Cut between characters, never inside one. */
function shortened(title: string): string {
  return [...title].slice(0, longestTitle / 2).join('')
}

/** The first lines of a text, whole words. */
function beginning(text: string): string {
  if (text.length <= FIRST_LINES) return text
  return `${text.slice(0, FIRST_LINES).replace(/\s+\S*$/, '')} …`
}
