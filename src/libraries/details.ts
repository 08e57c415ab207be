import { z } from 'zod'
import type { Name } from '../knowledge/article.ts'
import { MemberError } from '../problem.ts'

/** What a member may say of a text, as it is typed; an empty field says nothing. */
export type DetailFields = {
  readonly title?: string
  readonly author?: string
  readonly date?: string
  readonly address?: string
}

export type Details = {
  readonly title?: string
  readonly authors?: readonly Name[]
  readonly published?: string
  readonly url?: string
}

export const longestTitle = 200

const month = z.string().regex(/^[12]\d{3}-(0[1-9]|1[0-2])$/)
const date = z.union([z.string().regex(/^[12]\d{3}$/), month, z.iso.date()])
const address = z.url({ protocol: /^https?$/ }).max(2_000)

/**
 * The details that a member gave, checked.
 * @throws MemberError naming the field that is not right
 */
export function checkDetails(fields: DetailFields): Details {
  const given = (text: string | undefined) =>
    text?.replace(/[\s\p{Cc}]+/gu, ' ').trim() || undefined
  const [title, author] = [given(fields.title), given(fields.author)]
  const [published, url] = [given(fields.date), given(fields.address)]
  if (title && title.length > longestTitle)
    throw new MemberError(`The title has more than ${longestTitle} characters: give a shorter one.`)
  if (published && !date.safeParse(published).success)
    throw new MemberError(
      `"${published}" is not a date that I can read: write 2019, 2019-06 or 2019-06-14.`,
    )
  if (url && !address.safeParse(url).success)
    throw new MemberError('The address must be a link that begins with https:// or http://.')
  return {
    ...(title && { title }),
    ...(author && { authors: namesIn(author) }),
    ...(published && { published }),
    ...(url && { url }),
  }
}

/** `Lee, Sung-Yoon; Ines Park`: several by semicolons, the family name first only with a comma. */
function namesIn(text: string): readonly Name[] {
  return text
    .split(';')
    .map((name) => name.trim())
    .filter((name) => name !== '')
    .slice(0, 20)
    .map((name) => {
      const [, family, given] = /^([^,]+),\s*([^,]+)$/.exec(name) ?? []
      return family && given ? { family: family.trim(), given } : { literal: name }
    })
}
