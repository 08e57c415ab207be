import type { z } from 'zod'
import type { OwnLibrary } from '../libraries/own-library.ts'
import type { Form, Reply } from '../reply/reply.ts'
import type { Library } from '../search/library.ts'

/** What every run, press and autocomplete of a command is given. */
export type Context = {
  /** The articles that the server or the member may see, as they are now. */
  readonly library: Library
  /** Every command that the bot has, for `/help` and for autocomplete. */
  readonly commands: readonly Command[]
  readonly topics: readonly Topic[]
  readonly member: { readonly id: string; readonly server?: string; readonly manager: boolean }
  /** A BCP 47 tag, as Discord gives it. */
  readonly locale: string
  /** What the server or the member has added; absent where nothing is kept. */
  readonly own?: OwnLibrary
  /** Says in one line how far a reply that takes its time has come; absent where nobody would see it. */
  readonly progress?: (line: string) => void
}

/** A press of a button, a choice of a select menu, or a form sent. */
export type Press = Context & {
  /** What `actionId` was given after the action's name. */
  readonly args: readonly string[]
  /** The values chosen in a select menu. */
  readonly values: readonly string[]
  /** The fields of a form by name. */
  readonly fields: Readonly<Record<string, string>>
  /** The files sent with a form. Their addresses are Discord's and hold for a day. */
  readonly files?: readonly {
    readonly name: string
    /** In bytes, as Discord says. */
    readonly size: number
    readonly url: string
    readonly field: string
  }[]
  /** The title of the message that was pressed, as plain text: the question, where it is an answer. */
  readonly title: string
  /** True if the pressed message is seen by this member alone. */
  readonly private: boolean
}

/** What an autocomplete is given besides what was typed: the other options, as far as filled in. */
export type Typing = Context & { readonly options: Readonly<Record<string, unknown>> }

export type Outcome = Reply | Form

export type Choice = { readonly name: string; readonly value: string }

/** A topic command as data: one file of `commands/topics/`. */
export type Topic = {
  readonly name: string
  readonly description: string
  readonly question: string
  /** Passage ids that are shown first. */
  readonly passages: readonly string[]
  readonly note?: string
  readonly names: Readonly<Record<string, string>>
  readonly descriptions: Readonly<Record<string, string>>
}

export type Shape = Readonly<Record<string, z.ZodType>>
type Parsed<S extends Shape> = z.output<z.ZodObject<{ -readonly [K in keyof S]: S[K] }>>

type Actions = Readonly<Record<string, (press: Press) => Outcome | Promise<Outcome>>>

/** A slash command. */
export type ChatCommand<S extends Shape = Shape> = {
  readonly kind: 'chat'
  readonly name: string
  readonly description: string
  readonly names?: Readonly<Record<string, string>>
  readonly descriptions?: Readonly<Record<string, string>>
  /** The command's options: strings, numbers, booleans and enumerations, each with `.describe()`. */
  readonly options: S
  readonly autocomplete?: {
    readonly [K in keyof S]?: (
      typed: string,
      context: Typing,
    ) => readonly Choice[] | Promise<readonly Choice[]>
  }
  /** What its buttons, menus and forms do, by the name given to `actionId`. */
  readonly actions?: Actions
  /**
   * True if its replies are seen by the asking member alone; without it, the option `private` says
   * so. Discord wants to know before a reply that takes its time.
   */
  readonly private?: boolean
  /** True for options with which it opens a form: Discord takes one as the first response alone. */
  form?(options: Parsed<S>): boolean
  run(given: Context & { readonly options: Parsed<S> }): Outcome | Promise<Outcome>
}

/** A command in a message's menu ("Apps"). */
export type MessageCommand = {
  readonly kind: 'message'
  /** As members see it: 1 to 32 characters. */
  readonly name: string
  readonly actions?: Actions
  /** As for `ChatCommand`. */
  readonly private?: boolean
  run(given: Context & { readonly message: string }): Outcome | Promise<Outcome>
}

/** A slash command that is divided, as `/library add` and `/library list` are. */
export type GroupCommand = {
  readonly kind: 'group'
  readonly name: string
  readonly description: string
  readonly names?: Readonly<Record<string, string>>
  readonly descriptions?: Readonly<Record<string, string>>
  /**
   * True if in a server Discord offers it only to members who may manage it, unless the server
   * decides otherwise (Server Settings, Integrations).
   */
  readonly manageServer?: boolean
  /** Each with the second word as its name; their `actions` are not looked at. */
  readonly subcommands: readonly ChatCommand[]
  readonly actions?: Actions
}

export type Command = ChatCommand | MessageCommand | GroupCommand

/** Declares a slash command: one schema gives Discord's options, the check at run time, and the type. */
export function command<const S extends Shape>(
  definition: Omit<ChatCommand<S>, 'kind'>,
): ChatCommand<S> {
  return { kind: 'chat', ...definition }
}

/** Declares a command of the message menu. */
export function messageCommand(definition: Omit<MessageCommand, 'kind'>): MessageCommand {
  return { kind: 'message', ...definition }
}

/** Declares a slash command with subcommands, each made by `command`. */
export function groupCommand(definition: Omit<GroupCommand, 'kind'>): GroupCommand {
  return { kind: 'group', ...definition }
}
