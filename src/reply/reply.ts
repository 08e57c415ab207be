import type { Citation } from '../citation/citation.ts'
import type { Range } from '../knowledge/article.ts'

/** A run of plain characters with at most one style. Nothing in it is Markdown: the renderer escapes. */
export type Span =
  | string
  | { readonly text: string; readonly style: 'bold' | 'italic' | 'strike' | 'underline' | 'code' }
  | { readonly link: string; readonly label: string }
  /** A mention of a command that a member can press, for example `ask` or `library add`. */
  | { readonly command: string }

export type Line = string | readonly Span[]

/** Something to press. `id` comes from `actionId` and carries all that the press needs. */
export type Button =
  | {
      readonly label: string
      readonly id: string
      readonly style?: 'primary' | 'secondary' | 'danger'
      readonly disabled?: boolean
    }
  | { readonly label: string; readonly url: string }

export type Select = {
  readonly placeholder: string
  readonly id: string
  /** At most 25. */
  readonly choices: readonly {
    readonly label: string
    readonly value: string
    readonly description?: string
  }[]
}

export type Block =
  /**
   * A verbatim quotation with its citation line. `marks` and `sentences` are ranges of `text`; where
   * room is short, it is cut at the end of one of its sentences.
   */
  | {
      readonly kind: 'excerpt'
      readonly text: string
      readonly marks: readonly Range[]
      readonly sentences?: readonly Range[]
      readonly citation: Citation
      readonly button?: Button
      /** Shows this excerpt and those after it; offered where they do not fit. */
      readonly more?: Button
    }
  | { readonly kind: 'heading'; readonly text: Line }
  | {
      readonly kind: 'text'
      readonly text: Line
      readonly button?: Button
      readonly more?: Button
    }
  | { readonly kind: 'list'; readonly items: readonly Line[] }
  /** Text to copy, shown in a fixed width: a bibliography entry, an id. */
  | { readonly kind: 'code'; readonly text: string; readonly language?: string }
  | { readonly kind: 'separator' }

/** What a command answers with: plain data, without Discord's limits or Markdown. */
export type Reply = {
  /** The question or the name of what is shown; the first line of the message. */
  readonly title?: string
  readonly blocks: readonly Block[]
  /** Small print under the blocks. */
  readonly notes?: readonly Line[]
  readonly buttons?: readonly Button[]
  readonly selects?: readonly Select[]
  /** Goes on after the last block; stands first among the buttons. */
  readonly more?: Button
  readonly file?: { readonly name: string; readonly content: string | Uint8Array }
  /** Seen by the asking member alone. */
  readonly private?: boolean
  /** Says that the texts have no answer. */
  readonly refused?: boolean
  /** Takes the place of the message that was pressed (turning a page) instead of following it. */
  readonly replaces?: boolean
}

/** A form that a command opens instead of replying (Discord's modal); at most 5 fields. */
export type Form = {
  readonly kind: 'form'
  readonly id: string
  readonly title: string
  readonly fields: readonly {
    readonly name: string
    readonly label: string
    readonly description?: string
    readonly required: boolean
    readonly input:
      | { readonly kind: 'line' | 'paragraph'; readonly maxLength: number; readonly value?: string }
      | { readonly kind: 'files'; readonly max: number }
  }[]
}
