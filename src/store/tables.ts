import { z } from 'zod'

export type DatabaseKind = 'sqlite' | 'postgres'

/** Whose library it is: a server's, or a member's own for direct messages. */
export type Owner = `server:${string}` | `member:${string}`

/** The tables, the same in SQLite and PostgreSQL. Times are ISO 8601 in UTC, JSON is text. */
export type Tables = {
  libraries: {
    owner: string
    /** JSON of `Settings`. */
    settings: string
    /** When the bot left the server. */
    left_at: string | null
    /** New at every change: where nobody is told, this is compared. */
    changed: string | null
  }
  articles: {
    owner: string
    id: string
    title: string
    /** JSON of `StoredText`. */
    source: string
    uploader: string
    /** Of the original, in bytes. */
    size: number
    characters: number
    added_at: string
  }
  originals: {
    owner: string
    article: string
    name: string
    sha256: string
    bytes: Uint8Array
  }
  /** Questions that the readings did not answer, without who asked, on which day and how often. */
  unanswered: {
    owner: string
    question: string
    /** `2026-11-23` */
    day: string
    times: number
  }
  /**
   * Interactions that Discord was told will be answered later, until they are. Used where several
   * processes share a PostgreSQL database, by whose clock the times are, in seconds since 1970.
   */
  deferred: {
    interaction: string
    /** JSON of the interaction as it came. */
    payload: string
    /** Who answers it. */
    process: string
    attempts: number
    kept_at: number
    /** Until then, that process is believed to be alive. */
    held_until: number
  }
  /** What was sent to be read within the last hour, so that nobody sends more than is allowed. */
  uploads: {
    /** A member or a server, as `Owner`. */
    who: string
    /** JSON of the times in milliseconds since 1970, oldest first. */
    times: string
    /** The last of them, ISO 8601. */
    last_at: string
  }
}

/** What belongs to a library, by its owner: what is copied, brought back and forgotten. */
export const tableNames = ['libraries', 'articles', 'originals', 'unanswered'] as const

export const settingsSchema = z.object({
  /** The article that a question is put to when none is named. */
  defaultArticle: z.string().optional(),
  /** Whether unanswered questions are kept. */
  unanswered: z.boolean().default(false),
  /** Who may change the library, of those whom Discord lets use the command. */
  changes: z.enum(['managers', 'everyone']).default('managers'),
})

export type Settings = z.output<typeof settingsSchema>

const paragraph = z.object({ text: z.string(), page: z.number().int().positive().optional() })

/** The text of an article and what is known of it, but for its id and title. */
export const textSchema = z.object({
  authors: z
    .array(
      z.union([
        z.object({ family: z.string(), given: z.string().optional() }),
        z.object({ literal: z.string() }),
      ]),
    )
    .optional(),
  published: z.string().optional(),
  url: z.string().optional(),
  language: z.string().optional(),
  sections: z.array(z.object({ heading: z.string(), paragraphs: z.array(paragraph) })),
})

export type StoredText = z.output<typeof textSchema>

const json = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    context.addIssue('is not JSON')
    return z.NEVER
  }
})

/** libsql gives an ArrayBuffer, pg a Buffer. */
const bytes = z
  .union([z.instanceof(ArrayBuffer), z.instanceof(Uint8Array)])
  .transform((given) => Buffer.from(given as Uint8Array))

/** Each row passes its schema once, when it is read. */
export const rows = {
  uploads: z.object({ times: json.pipe(z.array(z.number())) }),
  library: z.object({
    owner: z.string().transform((owner) => owner as Owner),
    settings: json.pipe(settingsSchema),
    left_at: z.string().nullable(),
  }),
  holding: z.object({
    id: z.string(),
    title: z.string(),
    uploader: z.string(),
    size: z.number(),
    characters: z.number(),
    added_at: z.string(),
  }),
  text: z.object({ id: z.string(), title: z.string(), source: json.pipe(textSchema) }),
  original: z.object({ article: z.string(), name: z.string(), sha256: z.string(), bytes }),
  deferred: z.object({ payload: json, attempts: z.number() }),
  unanswered: z.object({ question: z.string(), day: z.string(), times: z.coerce.number() }),
}
