/** A half-open range of UTF-16 code units: `text.slice(start, end)`. */
export type Range = { readonly start: number; readonly end: number }

/** One paragraph of an article, the unit that is indexed, cited and hashed. */
export type Passage = {
  /** `article:paragraph`, for example `after-hanoi:4`. */
  readonly id: string
  readonly articleId: string
  /** Heading of the section that the paragraph stands in; empty before the first heading. */
  readonly heading: string
  /** Counted from 1 through the whole article. */
  readonly paragraph: number
  /** The page on which the paragraph begins, counted from 1, where the source has pages. */
  readonly page?: number
  readonly text: string
  /** Whole sentences, in order; together with the white space between them they are `text`. */
  readonly sentences: readonly Range[]
  /** The first eight hexadecimal digits of the SHA-256 of `text`. */
  readonly hash: string
  /** Questions in readers' words that the paragraph answers: searched, never shown. */
  readonly hints: readonly string[]
}

export type Section = {
  /** Empty for paragraphs before the first heading. */
  readonly heading: string
  readonly passages: readonly Passage[]
}

/** A person or a body, as CSL-JSON names them. */
export type Name =
  | { readonly family: string; readonly given?: string }
  | { readonly literal: string }

export type Article = {
  /** A slug of 1 to 40 characters: `a-z`, `0-9` and single hyphens. */
  readonly id: string
  readonly title: string
  readonly authors: readonly Name[]
  readonly publisher?: string
  /** `2019`, `2019-06` or `2019-06-14`. */
  readonly published?: string
  readonly url?: string
  /** A BCP 47 tag. */
  readonly language: string
  /** What the operator says of the text: where it comes from, what it retells. */
  readonly note?: string
  /** Any further CSL-JSON fields of the front matter (`container-title`, `volume`, `DOI`, …). */
  readonly csl: Readonly<Record<string, unknown>>
  readonly sections: readonly Section[]
}

/** Groups of words that mean the same in these texts; see `knowledge/synonyms.yaml`. */
export type Synonyms = readonly (readonly string[])[]

/** All that the bot knows: the articles in the order of their files' names, and the synonyms. */
export type Knowledge = {
  readonly articles: readonly Article[]
  readonly synonyms: Synonyms
}

/** The paragraphs of an article in reading order. */
export function passagesOf(article: Article): readonly Passage[] {
  return article.sections.flatMap((section) => section.passages)
}
