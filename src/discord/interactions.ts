import { setImmediate, setTimeout as wait } from 'node:timers/promises'
import { DiscordAPIError, type RawFile, type REST } from 'discord.js'
import {
  type APIInteraction,
  type APIInteractionResponse,
  InteractionResponseType,
  InteractionType,
  MessageFlags,
  Routes,
} from 'discord-api-types/v10'
import type { Outcome } from '../commands/command.ts'
import type { Log } from '../log.ts'
import { MemberError } from '../problem.ts'
import type { Reply } from '../reply/reply.ts'
import { complete, prepare, type Sources } from './dispatch.ts'
import { modalOf } from './form.ts'
import { acknowledgeAfter } from './limits.ts'
import type { CommandIds } from './markdown.ts'
import { type Rendered, render } from './render.ts'

export type Answering = Sources & {
  readonly log: Log
  readonly rest: REST
  readonly commandIds: () => CommandIds
}

/** https://discord.com/developers/docs/topics/opcodes-and-status-codes#json */
const unknownInteraction = 10062
const alreadyAcknowledged = 40060
const late: ReadonlySet<string | number> = new Set([unknownInteraction, alreadyAcknowledged])

/** What a member is told of a failure; the log has the rest under the same id. */
export function apology(error: unknown, id: string): Reply {
  const text =
    error instanceof MemberError
      ? error.message
      : isLate(error)
        ? 'The answer came too late. Please ask again.'
        : `Something went wrong here, and it has been noted (${id}). Please try again.`
  return { blocks: [{ kind: 'text', text }], private: true }
}

/** Logs a failure in one line. A member's mistake is no error of ours. */
export function note(log: Log, error: unknown, id: string): void {
  if (error instanceof MemberError) log.info({ id, said: error.message }, 'not answered')
  else if (isLate(error))
    log.warn({ id, code: (error as DiscordAPIError).code }, 'answered too late')
  else log.error({ id, err: error }, 'failed')
}

function isLate(error: unknown): boolean {
  return error instanceof DiscordAPIError && late.has(error.code)
}

/**
 * Answers one interaction, whatever it is, and never rejects: what goes wrong ends in a short
 * private message and one line in the log.
 */
export async function answerInteraction(
  interaction: APIInteraction,
  answering: Answering,
): Promise<void> {
  const { id } = interaction
  const { log } = answering
  if (interaction.type === InteractionType.Ping) return
  const channel = openChannel(interaction, answering.rest)
  if (interaction.type === InteractionType.ApplicationCommandAutocomplete) {
    const choices = await inTurn(() => complete(answering, interaction)).catch((error) => {
      note(log, error, id)
      return []
    })
    const data = { choices: [...choices] }
    await channel
      .callback({ type: InteractionResponseType.ApplicationCommandAutocompleteResult, data })
      .catch((error) => log.debug({ id, err: error }, 'choices not wanted any more'))
    return
  }
  try {
    await answer(interaction, channel, answering)
  } catch (error) {
    note(log, error, id)
    await channel
      .send(render(apology(error, id), answering.commandIds()), { private: true })
      .catch((again) => log.debug({ id, err: again }, 'the apology did not arrive'))
  }
}

type Exchange = Exclude<
  APIInteraction,
  { type: InteractionType.Ping | InteractionType.ApplicationCommandAutocomplete }
>

async function answer(
  interaction: Exchange,
  channel: Channel,
  answering: Answering,
): Promise<void> {
  const prepared = prepare(answering, interaction)
  const timer = setTimeout(() => channel.defer(prepared.private), acknowledgeAfter)
  let outcome: Outcome
  try {
    outcome = await inTurn(() =>
      prepared.run((line) =>
        channel.progress(
          render({ blocks: [{ kind: 'text', text: line }] }, answering.commandIds()),
        ),
      ),
    )
  } finally {
    clearTimeout(timer)
  }
  if ('kind' in outcome) {
    await channel.open(outcome)
    return
  }
  const replaces = outcome.replaces === true && mayReplace(interaction)
  const copy = outcome.replaces === true && !replaces ? { ...outcome, private: true } : outcome
  await channel.send(render(copy, answering.commandIds()), {
    private: copy.private ?? false,
    replaces,
  })
}

/** A public message is changed only by who asked for it; anybody else gets a copy. */
function mayReplace(interaction: APIInteraction): boolean {
  const { message } = interaction
  if (!message) return false
  if (((message.flags ?? 0) & MessageFlags.Ephemeral) !== 0) return true
  const user = interaction.member?.user ?? interaction.user
  return user !== undefined && message.interaction_metadata?.user.id === user.id
}

/**
 * Runs the tasks one after another and lets timers and sockets have their turn in between, so that
 * a crowd of questions is acknowledged in time although each takes the processor for itself.
 */
async function inTurn<T>(task: () => T | Promise<T>): Promise<T> {
  const before = lastTurn
  let done = () => {}
  lastTurn = new Promise((resolve) => {
    done = resolve
  })
  await before
  if (deferring.size > 0) await Promise.race([Promise.all(deferring), wait(patience)])
  await setImmediate()
  try {
    const started = task()
    done()
    return await started
  } finally {
    done()
  }
}

let lastTurn: Promise<void> = Promise.resolve()

/** Acknowledgements under way: they go before any new task, but nobody waits long for them. */
const deferring = new Set<Promise<void>>()
const patience = 200

/** Milliseconds between two signs of progress: an edit counts against Discord's rate limits. */
const betweenProgress = 1_500

type Channel = {
  callback(response: APIInteractionResponse, files?: readonly RawFile[]): Promise<void>
  /** Tells Discord that the answer takes its time. */
  defer(hidden: boolean): void
  /** Shows how far a deferred answer has come; every few seconds at most, and only where it is awaited. */
  progress(rendered: Rendered): void
  /** Sends a message, as whatever Discord still takes for this interaction. */
  send(rendered: Rendered, as: { private: boolean; replaces?: boolean }): Promise<void>
  /** Opens a form. */
  open(form: Parameters<typeof modalOf>[0]): Promise<void>
}

/**
 * The way back to one interaction. A press is put off without a sign (its message stays as it is),
 * a command with "is thinking", which already says whether the answer will be private.
 * https://discord.com/developers/docs/interactions/receiving-and-responding
 */
function openChannel(interaction: APIInteraction, rest: REST): Channel {
  const { id, token, application_id: application } = interaction
  const pressed =
    interaction.type === InteractionType.MessageComponent ||
    (interaction.type === InteractionType.ModalSubmit && interaction.message !== undefined)
  const original = Routes.webhookMessage(application, token, '@original')
  let first: Promise<void> | undefined
  let deferred: { hidden: boolean } | undefined
  let progressing: Promise<void> = Promise.resolve()
  let shownAt = 0

  const callback: Channel['callback'] = (response, files = []) => {
    const sent = rest.post(Routes.interactionCallback(id, token), {
      body: response,
      files: [...files],
      auth: false,
    })
    first = sent.then(() => {})
    return first
  }
  const acknowledged = async () =>
    first?.then(
      () => true,
      (error) => error instanceof DiscordAPIError && error.code === alreadyAcknowledged,
    )
  const followUp = (body: unknown, files: RawFile[]) =>
    rest.post(Routes.webhook(application, token), { body, files, auth: false })
  const edit = (body: unknown, files: RawFile[]) =>
    rest.patch(original, { body, files, auth: false })

  return {
    callback,
    defer(hidden) {
      deferred = { hidden }
      const acknowledging = callback(
        pressed
          ? { type: InteractionResponseType.DeferredMessageUpdate }
          : {
              type: InteractionResponseType.DeferredChannelMessageWithSource,
              data: hidden ? { flags: MessageFlags.Ephemeral } : {},
            },
      )
        .catch(() => {})
        .finally(() => deferring.delete(acknowledging))
      deferring.add(acknowledging)
    },
    progress({ message }) {
      const now = Date.now()
      if (pressed || !deferred || now - shownAt < betweenProgress) return
      shownAt = now
      progressing = progressing
        .then(acknowledged)
        .then(() => edit({ ...message, flags: MessageFlags.IsComponentsV2 }, []))
        .then(
          () => {},
          () => {},
        )
    },
    async send({ message, files: named }, { private: hidden, replaces = false }) {
      const files = named.map(({ name, data }) => ({ name, data: Buffer.from(data) }))
      const edited = { ...message, flags: MessageFlags.IsComponentsV2 }
      await progressing
      if (!(await acknowledged())) {
        const type = replaces
          ? InteractionResponseType.UpdateMessage
          : InteractionResponseType.ChannelMessageWithSource
        const data = replaces ? edited : message
        return callback({ type, data } as APIInteractionResponse, files)
      }
      if (!deferred || (pressed && !replaces)) await followUp(message, files)
      else if (pressed || deferred.hidden === hidden) await edit(edited, files)
      else {
        await rest.delete(original, { auth: false })
        await followUp(message, files)
      }
      deferred = undefined
    },
    async open(form) {
      if (first) throw new MemberError('That took too long to open. Please try once more.')
      await callback({ type: InteractionResponseType.Modal, data: modalOf(form) })
    },
  }
}
