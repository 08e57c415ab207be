import { html, nothing, type TemplateResult } from 'lit'
import { keyed } from 'lit/directives/keyed.js'
import type { Channel } from '../world.ts'
import './command-box.ts'
import './form.ts'
import { avatar, icons } from './icons.ts'
import { sendables } from './options.ts'
import { channelNow, type Doing, memberNow, type State } from './state.ts'
import { timeline } from './timeline.ts'

type Place = NonNullable<State['place']>

/** The whole page. */
export function view(state: State, doing: Doing): TemplateResult {
  const { place } = state
  if (!place) return html`<p class="waiting" role="status">Starting the rehearsal…</p>`
  const channel = channelNow(place)
  return html`
    <div class="page" data-width=${state.width} ?data-navigation=${state.navigation}>
      ${navigation(state, place, doing)}
      <main>
        ${head(state, place, channel, doing)}
        ${
          state.connected
            ? nothing
            : html`<p class="notice" role="status">The rehearsal has stopped. Start it again with <code>npm start</code>; this page will find it.</p>`
        }
        <div role="status">
          ${place.welcome.mistakes.map(
            (mistake) =>
              html`<p class="notice mistake">${mistake} Until it is mended, I answer from what was read before.</p>`,
          )}
        </div>
        <div class="scroll" tabindex="0" role="region" aria-label="Channel">
          ${keyed(`${place.member} ${place.channel}`, timeline(state, place, doing))}
        </div>
        ${keyed(
          `${place.member} ${place.channel}`,
          html`<command-box
            .commands=${sendables(place.commands)}
            .world=${place.world}
            member=${place.member}
            .channel=${channel}
            .doing=${doing}
          ></command-box>`,
        )}
      </main>
    </div>
    ${
      state.form
        ? keyed(
            state.form.interaction,
            html`<modal-form
              interaction=${state.form.interaction}
              .modal=${state.form.modal}
              member=${place.member}
              .around=${{ world: place.world, prepare: doing.prepare }}
              .doing=${doing}
            ></modal-form>`,
          )
        : nothing
    }
  `
}

function head(
  state: State,
  place: Place,
  channel: Channel | undefined,
  doing: Doing,
): TemplateResult {
  const server =
    channel?.kind === 'text'
      ? place.world.servers.find(({ id }) => id === channel.server)
      : undefined
  return html`<header class="head">
    <button
      type="button"
      class="quiet only-narrow"
      aria-label="Channels and people"
      aria-expanded=${state.navigation}
      @click=${() => doing.look({ navigation: !state.navigation })}
    >${icons.menu}</button>
    ${channel?.kind === 'text' ? icons.hash : icons.at}
    <h1>${channel?.name}</h1>
    <span class="head-about">${server ? server.name : 'Direct message'}</span>
  </header>`
}

function navigation(state: State, place: Place, doing: Doing): TemplateResult {
  const { world, member } = place
  const inServer = world.servers.filter(({ members }) => members.includes(member))
  const direct = world.channels.filter(
    (one) =>
      (one.kind === 'bot-dm' && one.member === member) ||
      (one.kind === 'private' && one.members.includes(member)),
  )
  return html`<nav aria-label="Channels and people">
    <div class="brand">
      <img src="/icon.svg" alt="" width="28" height="28" />
      <div>
        <strong>${world.bot.username}</strong>
        <span class="status" ?data-online=${place.online}>${place.online ? 'online, on this machine' : 'starting…'}</span>
      </div>
    </div>
    <div class="places">
      ${inServer.map(
        (
          server,
        ) => html`<h2>${server.name}${server.hasBot ? nothing : html` <small>without the bot</small>`}</h2>
          <ul>
            ${world.channels
              .filter((one) => one.kind === 'text' && one.server === server.id)
              .map((one) => channelButton(one, place, doing))}
          </ul>`,
      )}
      <h2>Direct messages</h2>
      <ul>
        ${direct.map((one) => channelButton(one, place, doing))}
      </ul>
    </div>
    ${people(place, doing)} ${looks(state, doing)}
  </nav>`
}

function channelButton(channel: Channel, place: Place, doing: Doing): TemplateResult {
  return html`<li>
    <button
      type="button"
      class="channel"
      aria-current=${channel.id === place.channel ? 'page' : nothing}
      @click=${() => doing.enter(place.member, channel.id)}
    >${channel.kind === 'text' ? icons.hash : icons.at} ${channel.name}</button>
  </li>`
}

function people(place: Place, doing: Doing): TemplateResult {
  const { world } = place
  return html`<fieldset class="people">
    <legend>You are</legend>
    ${world.members.map((member) => {
      const manages = world.servers.some(({ managers }) => managers.includes(member.id))
      return html`<label>
        <input
          type="radio"
          name="member"
          value=${member.id}
          .checked=${member.id === place.member}
          @change=${() => doing.enter(member.id, sameChannel(place, member.id))}
        />
        <img src=${avatar(world, member.id)} alt="" width="24" height="24" />
        <span>${member.displayName}</span>
        <span class="role">${manages ? 'server manager' : 'member'}, ${member.locale}</span>
      </label>`
    })}
  </fieldset>`
}

/** Where another member goes: the same channel if they see it, else their first one. */
function sameChannel(place: Place, member: string): string {
  const { world } = place
  const channel = channelNow(place)
  if (channel?.kind === 'bot-dm') {
    return world.channels.find((one) => one.kind === 'bot-dm' && one.member === member)?.id ?? ''
  }
  const sees = (one: Channel | undefined) =>
    one?.kind === 'text'
      ? world.servers.some(({ id, members }) => id === one.server && members.includes(member))
      : one?.kind === 'private' && one.members.includes(member)
  return (sees(channel) ? channel : world.channels.find(sees))?.id ?? ''
}

function looks(state: State, doing: Doing): TemplateResult {
  const choice = <T extends string>(name: 'theme' | 'width', values: readonly T[]) =>
    html`<label class="look">${name === 'theme' ? 'Colours' : 'Width'}
      <select @change=${(event: Event) => doing.look({ [name]: (event.target as HTMLSelectElement).value })}>
        ${values.map((value) => html`<option value=${value} ?selected=${state[name] === value}>${value}</option>`)}
      </select>
    </label>`
  return html`<div class="looks">
    ${choice('theme', ['system', 'dark', 'light'])} ${choice('width', ['desktop', 'phone'])}
  </div>`
}

/** The page's title says who and where one is. */
export function titleOf(state: State): string {
  const { place } = state
  if (!place) return 'Footnote: rehearsal'
  const channel = channelNow(place)
  const name = channel?.kind === 'text' ? `#${channel.name}` : channel?.name
  return `${name} · ${memberNow(place)?.displayName} · Footnote rehearsal`
}
