import { type APIMessage, MessageType, Routes } from 'discord-api-types/v10'
import { TooMuch } from '../operations/allowance.ts'
import type { Outcome } from '../operations/ending.ts'
import { MemberError } from '../problem.ts'
import type { Reply } from '../reply/reply.ts'
import { parse } from './dispatch.ts'
import { type Answering, apology, note, persist } from './interactions.ts'
import { render } from './render.ts'

/** Milliseconds in which a reply is tried again. */
const repliedWithin = 8_000

/**
 * Answers a message that mentions the bot, or a direct one, as `/ask` would, by a reply to it.
 * Discord sends the content of such messages without a privileged intent. Never rejects.
 * https://discord.com/developers/docs/events/gateway#message-content-intent
 */
export async function answerMessage(
  message: APIMessage & { readonly guild_id?: string },
  self: string,
  answering: Answering,
): Promise<void> {
  const { author, content, guild_id: server, id } = message
  const people = message.type === MessageType.Default || message.type === MessageType.Reply
  if (!people || author.bot || message.webhook_id) return
  const mention = new RegExp(`<@!?${self}>`, 'g')
  if (server !== undefined && !mention.test(content)) return
  const question = content.replace(mention, ' ').replace(/\s+/g, ' ').trim()
  const started = performance.now()
  const log = answering.log.child({ id })
  let outcome: Outcome
  let reply: Reply | undefined
  try {
    await answering.allowance?.ask({ member: author.id, channel: message.channel_id, server })
    const answer = await replyTo(question, author.id, server, answering)
    outcome = answer.refused ? 'refused' : 'answered'
    reply = answer
  } catch (error) {
    outcome = note(log, error)
    // A reply to a message is public: that it was too much is said once, not to each.
    if (!(error instanceof TooMuch) || error.first)
      reply = { ...apology(error, id), private: false }
  }
  if (reply) {
    const { message: body } = render(reply, answering.commandIds())
    try {
      const sent = {
        ...body,
        // Discord gives back the message that it has, should this arrive twice.
        nonce: id,
        enforce_nonce: true,
        message_reference: { message_id: id, fail_if_not_exists: false },
      }
      await persist(
        () => answering.rest.post(Routes.channelMessages(message.channel_id), { body: sent }),
        performance.now() + repliedWithin,
      )
    } catch (error) {
      outcome = note(log, error) === 'unconfirmed' ? 'unconfirmed' : 'lost'
    }
  }
  const seconds = (performance.now() - started) / 1000
  const given = answering.logQuestions && { given: { question } }
  log.info(
    { kind: 'mention', command: 'ask', outcome, ms: Math.round(seconds * 1000), ...given },
    'ended',
  )
  answering.ended?.({ kind: 'mention', command: 'ask', outcome, seconds })
}

async function replyTo(
  question: string,
  member: string,
  server: string | undefined,
  { library, libraries, commands, topics }: Answering,
) {
  const ask = commands().find(({ kind, name }) => kind === 'chat' && name === 'ask')
  if (ask?.kind !== 'chat') throw new MemberError('I have no command to answer questions with.')
  const outcome = await ask.run({
    library: libraries
      ? await libraries.libraryFor({ member, ...(server && { server }) })
      : library(server),
    commands: commands(),
    topics: topics(),
    member: { id: member, ...(server && { server }), manager: false },
    locale: 'en-US',
    options: parse(ask, { question }),
  })
  if ('kind' in outcome) throw new MemberError('Please ask with /ask.')
  return outcome
}
