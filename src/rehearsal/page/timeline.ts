import type { APIMessage } from 'discord-api-types/v10'
import { html, nothing, type TemplateResult } from 'lit'
import { repeat } from 'lit/directives/repeat.js'
import type { Interaction, Shown } from '../loopback.ts'
import type { Component } from '../rules.ts'
import { component, file, type Pressing } from './components.ts'
import './frame.ts'
import { avatar, icons } from './icons.ts'
import { inspect, refusal } from './inspect.ts'
import { markdown } from './markdown.ts'
import {
  channelNow,
  type Doing,
  type Entry,
  entriesOf,
  historyOf,
  memberNow,
  pressesOf,
  type State,
} from './state.ts'

type Place = NonNullable<State['place']>

export function timeline(state: State, place: Place, doing: Doing): TemplateResult {
  const name = channelNow(place)?.name ?? ''
  return html`<discord-messages
    role="log"
    aria-label=${`Messages in ${name}`}
    no-background
    ?light-theme=${document.documentElement.dataset.theme === 'light'}
  >
    ${welcome(place, doing)}
    ${repeat(
      entriesOf(state),
      (entry) => entry.id,
      (entry) => drawEntry(entry, state, place, doing),
    )}
  </discord-messages>`
}

function drawEntry(entry: Entry, state: State, place: Place, doing: Doing): TemplateResult {
  return 'shown' in entry
    ? message(entry.shown, state, place, doing)
    : unanswered(entry.interaction, state, place)
}

/** What the bot is for, and questions that its readings answer: no empty room at the start. */
function welcome(place: Place, doing: Doing): TemplateResult {
  const { readings, questions } = place.welcome
  const asks = place.commands.some((command) => command.name === 'ask')
  const ask = (question: string) =>
    doing.act({
      kind: 'command',
      member: place.member,
      channel: place.channel,
      command: 'ask',
      options: { question },
    })
  return html`<discord-message
    class="welcome"
    role="article"
    aria-label="Welcome"
    author=${place.world.bot.username}
    avatar="/icon.svg"
    bot
    timestamp="ready when you are"
  >
    <p>
      Hello. I answer questions about
      ${readings.map((title, index) => html`${separator(index, readings.length)}<cite>${title}</cite>`)}
      with the text’s own sentences, each with its place. Where the text says nothing, I say so.
    </p>
    ${
      asks && questions.length > 0
        ? html`<p id="first-questions">Press a question, or write your own below:</p>
            <div class="row" role="group" aria-labelledby="first-questions">
              ${questions.map(
                (question) =>
                  html`<button type="button" class="button primary" @click=${() => ask(question)}>
                    ${question}
                  </button>`,
              )}
            </div>`
        : nothing
    }
  </discord-message>`
}

const separator = (index: number, all: number) =>
  index === 0 ? '' : index === all - 1 ? ' and ' : ', '

function when(timestamp: string): string {
  const time = new Date(timestamp)
  const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' }).format(time)
  const day = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' }).format(time)
  return time.toDateString() === new Date().toDateString()
    ? `Today at ${clock}`
    : `${day}, ${clock}`
}

function authorOf(message: APIMessage): string {
  return message.author.global_name ?? message.author.username
}

function message(shown: Shown, state: State, place: Place, doing: Doing): TemplateResult {
  const { message: one } = shown
  const on = pressing(shown, state, place, doing)
  const history = historyOf(state, one.id)
  const refused = history.flatMap(({ payloads }) => payloads.filter(({ error }) => error))
  const failed = pressesOf(state, one.id).at(-1)?.state === 'failed'
  const author = authorOf(one)
  const inFiles = new Set(filesIn(one.components ?? []))
  const loose = one.attachments.filter(({ url }) => !inFiles.has(url))
  return html`<discord-message
    role="article"
    data-message=${one.id}
    aria-label=${`${author}, ${when(one.timestamp)}`}
    author=${author}
    avatar=${avatar(place.world, one.author.id)}
    ?bot=${one.author.bot ?? false}
    ?edited=${one.edited_timestamp !== null && !shown.onlyFor && !shown.interaction}
    class=${shown.onlyFor ? 'ephemeral' : ''}
    ?highlight=${one.mentions.some(({ id }) => id === place.member)}
    timestamp=${when(one.timestamp)}
  >
    ${answered(shown, state, place)}
    ${
      shown.thinking
        ? html`<span class="thinking">${author} is thinking…</span>`
        : markdown(one.content, on)
    }
    <div slot="components" class="components">
      ${(one.components ?? []).map((inner) => component(inner as Component, on))}
      ${loose.map(({ filename, size, url }) => file(filename, size, url))}
      ${failed ? html`<p class="failure" role="alert">This interaction failed.</p>` : nothing}
      ${refused.map(refusal)}
      ${
        shown.onlyFor
          ? html`<p class="private">
              ${icons.eye} Only you can see this ·
              <button type="button" class="link" @click=${() => doing.dismiss(one.id)}>
                Dismiss message
              </button>
            </p>`
          : nothing
      }
      ${inspect(history)}
    </div>
    ${messageMenu(shown, place, doing)}
  </discord-message>`
}

function filesIn(components: readonly unknown[]): string[] {
  return (components as readonly Component[]).flatMap((one) => [
    ...(one.file ? [one.file.url] : []),
    ...(one.media ? [one.media.url] : []),
    ...(one.items ?? []).map(({ media }) => media.url),
    ...filesIn(one.components ?? []),
  ])
}

/** The line above a message: what it answers. */
function answered(shown: Shown, state: State, place: Place): TemplateResult | typeof nothing {
  const { message: one } = shown
  const interaction = shown.interaction ? state.interactions.get(shown.interaction) : undefined
  const action = interaction?.action
  if (action?.kind === 'command' || action?.kind === 'message-command') {
    const name = place.world.members.find(({ id }) => id === action.member)?.displayName ?? ''
    const command = action.kind === 'command' ? action.command : action.command
    return html`<discord-command
      slot="reply"
      author=${name}
      avatar=${avatar(place.world, action.member)}
      command=${command}
    ></discord-command>`
  }
  const target = one.message_reference?.message_id
  const original = target ? state.messages.get(target)?.message : undefined
  if (!original) return nothing
  return html`<discord-reply
    slot="reply"
    author=${authorOf(original)}
    avatar=${avatar(place.world, original.author.id)}
    ?bot=${original.author.bot ?? false}
  >${excerpt(original)}</discord-reply>`
}

function excerpt(message: APIMessage): string {
  const first = (components: readonly Component[]): string =>
    components
      .flatMap((one) => [one.content ?? '', first(one.components ?? [])])
      .find((text) => text !== '') ?? ''
  const text = message.content || first((message.components ?? []) as readonly Component[])
  return (text.split('\n')[0] ?? '')
    .replace(/<@!?\d+>\s*/g, '')
    .replace(/^(?:#{1,3}|-#|>) /, '')
    .replace(/\\([^0-9A-Za-z\s])/g, '$1')
}

function pressing(shown: Shown, state: State, place: Place, doing: Doing): Pressing {
  const { id } = shown.message
  const { world, member } = place
  const presses = pressesOf(state, id)
  const channel = channelNow(place)
  const server =
    channel?.kind === 'text' ? world.servers.find((one) => one.id === channel.server) : undefined
  const people = world.members
    .filter((one) => !server || server.members.includes(one.id))
    .map((one) => ({ label: one.displayName, value: one.id }))
  const roles = (server?.roles ?? []).map((one) => ({ label: one.name, value: one.id }))
  return {
    world,
    prepare: doing.prepare,
    press: (customId) => void doing.act({ kind: 'press', member, message: id, customId }),
    choose: (customId, values) =>
      void doing.act({ kind: 'choose', member, message: id, customId, values: [...values] }),
    busy: (customId) =>
      presses.some(
        ({ action, state: now }) =>
          'customId' in action && action.customId === customId && now === 'waiting',
      ),
    choices(type) {
      if (type === 5) return people
      if (type === 6) return roles
      if (type === 7) return [...people, ...roles]
      return world.channels
        .filter((one) => one.kind === 'text' && one.server === server?.id)
        .map((one) => ({ label: `#${one.name}`, value: one.id }))
    },
  }
}

/** The commands that a message itself can be given ("Apps"). */
function messageMenu(shown: Shown, place: Place, doing: Doing): TemplateResult | typeof nothing {
  const commands = place.commands.filter((command) => command.type === 3)
  if (commands.length === 0 || shown.thinking) return nothing
  return html`<list-button
    slot="components"
    class="apps"
    kind="menu"
    name="Apps for this message"
    .content=${icons.more}
    .items=${commands.map(({ name }) => ({ label: name, value: name }))}
    @chosen=${(event: CustomEvent<readonly string[]>) =>
      doing.act({
        kind: 'message-command',
        member: place.member,
        command: event.detail[0] ?? '',
        message: shown.message.id,
      })}
  ></list-button>`
}

/** An interaction without a message: on its way, failed, or answered with what Discord refuses. */
function unanswered(interaction: Interaction, state: State, place: Place): TemplateResult {
  const { action, payloads } = interaction
  const name = memberNow(place)?.displayName ?? ''
  const command = 'command' in action ? action.command : ''
  const failed = interaction.state === 'failed'
  const refused = payloads.filter(({ error }) => error)
  const waiting = interaction.state === 'waiting' && refused.length === 0
  return html`<discord-message
    role="article"
    aria-label=${`${place.world.bot.username}, ${failed ? 'no answer' : 'sending'}`}
    class=${waiting ? 'sending' : 'ephemeral'}
    author=${place.world.bot.username}
    avatar="/icon.svg"
    bot
    timestamp=${when(new Date(interaction.sentAt).toISOString())}
  >
    ${
      command
        ? html`<discord-command slot="reply" author=${name}
            avatar=${avatar(place.world, place.member)} command=${command}></discord-command>`
        : nothing
    }
    ${waiting ? html`<span class="thinking">Sending…</span>` : nothing}
    <div slot="components" class="components">
      ${failed ? html`<p class="failure" role="alert">The application did not respond.</p>` : nothing}
      ${refused.map(refusal)} ${inspect([...openerOf(interaction, state), interaction])}
    </div>
  </discord-message>`
}

function openerOf(interaction: Interaction, state: State): readonly Interaction[] {
  const { action } = interaction
  const opener = action.kind === 'submit' ? state.interactions.get(action.interaction) : undefined
  return opener ? [opener] : []
}
