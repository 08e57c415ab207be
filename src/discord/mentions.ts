import { type APIMessage, MessageType, Routes } from 'discord-api-types/v10'
import { MemberError } from '../problem.ts'
import { parse } from './dispatch.ts'
import { type Answering, apology, note } from './interactions.ts'
import { render } from './render.ts'

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
  const reply = await replyTo(question, author.id, server, answering).catch((error) => {
    note(answering.log, error, id)
    return { ...apology(error, id), private: false }
  })
  const { message: body } = render(reply, answering.commandIds())
  await answering.rest
    .post(Routes.channelMessages(message.channel_id), {
      body: { ...body, message_reference: { message_id: id, fail_if_not_exists: false } },
    })
    .catch((error) => note(answering.log, error, id))
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
