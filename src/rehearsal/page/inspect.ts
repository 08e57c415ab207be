import { html, nothing, type TemplateResult } from 'lit'
import { live } from 'lit/directives/live.js'
import type { Interaction, Payload } from '../loopback.ts'

/** Milliseconds that Discord gives a bot for its first response. */
const discordPatience = 3000

/** The time to acknowledgement, and behind it all that went over the wire. */
export function inspect(history: readonly Interaction[]): TemplateResult | typeof nothing {
  const last = history.at(-1)
  if (!last) return nothing
  const refused = history.flatMap(({ payloads }) => payloads.filter(({ error }) => error))
  const time = last.acknowledgedAfter
  return html`<details class="inspect" @toggle=${redraw} .open=${live(isOpen(last.id))} data-id=${last.id}>
    <summary>
      ${
        time === undefined
          ? 'Not acknowledged'
          : html`Acknowledged in <b>${milliseconds(time)}</b> of ${discordPatience.toLocaleString('en')} ms`
      }${
        refused.length > 0
          ? html` · <b class="bad">${refused.length} refused by Discord’s rules</b>`
          : html` · keeps Discord’s rules`
      }
    </summary>
    ${isOpen(last.id) ? history.map(exchange) : nothing}
  </details>`
}

/** Which fold-outs are open: JSON is drawn for those alone. */
const open = new Set<string>()
const isOpen = (id: string) => open.has(id)

function redraw(event: Event): void {
  const details = event.currentTarget as HTMLDetailsElement
  const id = details.dataset.id ?? ''
  if (details.open === open.has(id)) return
  if (details.open) open.add(id)
  else open.delete(id)
  details.dispatchEvent(new CustomEvent('redraw', { bubbles: true }))
}

const milliseconds = (time: number) => `${time < 10 ? time.toFixed(1) : Math.round(time)} ms`

const names: Readonly<Record<string, string>> = {
  command: 'Command',
  autocomplete: 'Autocomplete',
  'message-command': 'Message command',
  press: 'Press',
  choose: 'Choice',
  submit: 'Form',
}

function exchange(interaction: Interaction): TemplateResult {
  return html`<section>
    <h5>${names[interaction.action.kind]}: the interaction as the bot got it</h5>
    ${json(interaction.sent)}
    ${interaction.payloads.map(payload)}
  </section>`
}

function payload(one: Payload): TemplateResult {
  return html`<h5>
      The bot’s ${one.method} <code>${one.path}</code> after ${milliseconds(one.after)}:
      ${
        one.error
          ? html`<b class="bad">refused (${one.status})</b>`
          : html`<b class="good">taken (${one.status}), as Discord’s published schema has it</b>`
      }
    </h5>
    ${one.error ? html`${refusal(one)}` : nothing} ${json(one.body)}
    ${one.files.map((file) => html`<p>File ${file.name}, ${file.type}, ${file.size} bytes</p>`)}`
}

/** Discord's error as it would have answered. */
export function refusal({ error }: Payload): TemplateResult {
  return html`<div class="refusal">
    <p><b>Discord refuses what the bot sent: ${error?.code} ${error?.message}</b></p>
    ${error?.errors ? json(error.errors) : nothing}
  </div>`
}

function json(value: unknown): TemplateResult {
  return html`<pre tabindex="0" class="json">${JSON.stringify(value, null, 2)}</pre>`
}
