import { render } from 'lit'
import type { Interaction } from '../loopback.ts'
import type { CommandBox } from './command-box.ts'
import { connect } from './connection.ts'
import { type Doing, newState, type State, takeEvent, takePlace } from './state.ts'
import { titleOf, view } from './view.ts'

/** Who and where one is at first; the address remembers it afterwards: `#member/channel`. */
const firstMember = '1100000000000000011'
const firstChannel = '1100000000000000031'

/** How close to the end of a channel counts as being there, in pixels. */
const nearEnd = 120

/** Above a message that is shown from its beginning, in pixels. */
const marginAbove = 8

const state = newState()
const root = document.createElement('div')
document.body.append(root)

const waiting = new Map<string, ((interaction: Interaction) => void)[]>()
const answered = (interaction: Interaction) => interaction.state !== 'waiting'

const connection = connect({
  opened() {
    state.connected = true
    const [member = firstMember, channel = firstChannel] = location.hash.slice(1).split('/')
    connection.enter(member || firstMember, channel)
    draw()
  },
  closed() {
    state.connected = false
    draw()
  },
  news(news) {
    if (news.kind === 'place') takePlace(state, news.place)
    else if (news.kind === 'event') {
      takeEvent(state, news.event)
      if (news.event.kind === 'interaction' && answered(news.event.interaction)) {
        const { interaction } = news.event
        for (const resolve of waiting.get(interaction.id) ?? []) resolve(interaction)
        waiting.delete(interaction.id)
      }
    } else if (state.place) {
      state.place =
        news.kind === 'welcome'
          ? { ...state.place, welcome: news.welcome }
          : { ...state.place, commands: news.commands }
    }
    draw(news.kind === 'place')
    if (news.kind === 'place' && innerWidth > 700) box()?.focus()
  },
})

const box = () => root.querySelector<CommandBox>('command-box')

const doing: Doing = {
  enter(member, channel) {
    history.replaceState(null, '', `#${member}/${channel}`)
    state.navigation = false
    connection.enter(member, channel)
  },
  act: (action) => connection.ask({ kind: 'act', action }),
  post(content) {
    const { member = '', channel = '' } = state.place ?? {}
    return connection.ask({ kind: 'post', member, channel, content })
  },
  acknowledged(id) {
    const now = state.interactions.get(id)
    if (now && answered(now)) return Promise.resolve(now)
    return new Promise((resolve) => waiting.set(id, [...(waiting.get(id) ?? []), resolve]))
  },
  prepare: (command) => box()?.prepare(command),
  dismiss(message) {
    state.dismissed.add(message)
    draw()
    box()?.focus()
  },
  closeForm() {
    state.form = undefined
    draw()
    box()?.focus()
  },
  look(changed) {
    Object.assign(state, changed)
    if (changed.theme) localStorage.setItem('theme', changed.theme)
    draw()
  },
}

/** As in Discord's own apps, what is typed anywhere goes to the message box. */
document.addEventListener('keydown', (event) => {
  const { key, target } = event
  if (event.ctrlKey || event.metaKey || event.altKey || !/^\S$/u.test(key)) return
  const elsewhere = 'input, textarea, select, dialog, .choices'
  if (target instanceof Element && target.closest(elsewhere)) return
  box()?.focus()
})

const lightOutside = matchMedia('(prefers-color-scheme: light)')

function draw(fromStart = false): void {
  const light = state.theme === 'system' ? lightOutside.matches : state.theme === 'light'
  document.documentElement.dataset.theme = light ? 'light' : 'dark'
  document.title = titleOf(state)
  const scroll = root.querySelector('.scroll')
  const follows =
    !scroll ||
    scroll.scrollTop === scrolledTo ||
    scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < nearEnd
  render(view(state, doing), root)
  if (fromStart || follows) requestAnimationFrame(showNewest)
}

let scrolledTo = 0

/** Scrolls to the end; a message that is taller than the channel is shown from its beginning. */
function showNewest(): void {
  const scroll = root.querySelector('.scroll')
  const newest = scroll?.querySelector('discord-message:last-of-type')
  if (!scroll || !newest) return
  const top = newest.getBoundingClientRect().top - scroll.getBoundingClientRect().top
  scroll.scrollTop = Math.min(scroll.scrollHeight, scroll.scrollTop + top - marginAbove)
  scrolledTo = scroll.scrollTop
}

const themes: readonly State['theme'][] = ['system', 'dark', 'light']
state.theme = themes.find((theme) => theme === localStorage.getItem('theme')) ?? 'system'
lightOutside.addEventListener('change', () => draw())
root.addEventListener('redraw', () => draw())
draw()
