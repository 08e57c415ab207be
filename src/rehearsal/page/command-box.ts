import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit'
import { live } from 'lit/directives/live.js'
import { repeat } from 'lit/directives/repeat.js'
import type { Upload } from '../loopback.ts'
import type { CommandOption } from '../rules.ts'
import type { Channel, World } from '../world.ts'
import { icons } from './icons.ts'
import { type Choice, choicesOf, fitting, type Sendable, wrongWith } from './options.ts'
import type { Doing } from './state.ts'
import { upload } from './upload.ts'

/** What stands in an option: the characters shown, and the value if one was chosen from a list. */
type Filled = { readonly shown: string; readonly chosen?: Choice['value']; readonly file?: Upload }

type Prepared = {
  readonly command: Sendable
  /** The options that have a field, in the order of their fields. */
  readonly fields: readonly string[]
  readonly filled: Readonly<Record<string, Filled>>
}

type Sent = { readonly text: string } | { readonly prepared: Prepared }

type Suggestion = { readonly label: string; readonly about?: string; readonly take: () => void }

/** Discord's own apps wait about as long before they ask the bot. */
const debounceMs = 250
const suggestionsAtMost = 25
const attachment = 11

/** The message box: text, or a slash command with its options. */
export class CommandBox extends LitElement {
  static override properties = {
    commands: { attribute: false },
    world: { attribute: false },
    member: {},
    channel: { attribute: false },
    doing: { attribute: false },
    text: { state: true },
    prepared: { state: true },
    focused: { state: true },
    suggested: { state: true },
    active: { state: true },
    listOpen: { state: true },
    problem: { state: true },
  }
  declare commands: readonly Sendable[]
  declare world: World
  declare member: string
  declare channel: Channel | undefined
  declare doing: Doing
  declare private text: string
  declare private prepared: Prepared | undefined
  /** The option whose field has the focus. */
  declare private focused: string | undefined
  /** What the bot suggests for it; nothing while it is asked. */
  declare private suggested: readonly Choice[] | 'asking' | 'failed'
  declare private active: number
  declare private listOpen: boolean
  declare private problem: string

  private readonly sent: Sent[] = []
  private recalled = 0
  private asked = 0
  private timer: ReturnType<typeof setTimeout> | undefined
  private focusNext: string | undefined

  constructor() {
    super()
    this.commands = []
    this.member = ''
    this.text = ''
    this.prepared = undefined
    this.focused = undefined
    this.suggested = []
    this.active = 0
    this.listOpen = true
    this.problem = ''
  }

  protected override createRenderRoot(): HTMLElement {
    return this
  }

  /** Puts a command into the box, as if it had been chosen from the list. */
  prepare(path: string): void {
    const command = this.commands.find((one) => one.path === path)
    if (!command) {
      this.text = `/${path}`
      this.focusNext = 'text'
      return
    }
    const required = command.options.filter((option) => option.required)
    this.prepared = { command, fields: required.map(({ name }) => name), filled: {} }
    this.problem = ''
    this.focusNext = required[0]?.name ?? 'send'
    this.focused = undefined
  }

  override focus(): void {
    this.querySelector<HTMLElement>('textarea, input, .send')?.focus()
  }

  private empty(text = ''): void {
    this.prepared = undefined
    this.focused = undefined
    this.text = text
    this.problem = ''
    this.focusNext = 'text'
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (!changed.has('commands') || !this.prepared) return
    const { path } = this.prepared.command
    if (!this.commands.some((one) => one.path === path)) this.empty()
  }

  protected override updated(): void {
    const next = this.focusNext
    this.focusNext = undefined
    if (next === 'text') {
      const box = this.querySelector('textarea')
      box?.focus()
      box?.setSelectionRange(box.value.length, box.value.length)
    } else if (next === 'send') this.querySelector<HTMLElement>('.send')?.focus()
    else if (next) this.querySelector<HTMLElement>(`[data-option="${CSS.escape(next)}"]`)?.focus()
    this.querySelector('.choices .active')?.scrollIntoView({ block: 'nearest' })
  }

  // What is suggested

  private suggestions(): readonly Suggestion[] {
    if (!this.listOpen) return []
    if (this.prepared) return this.optionSuggestions(this.prepared)
    if (this.text.startsWith('/')) {
      return fitting(this.commands, this.text.slice(1)).map((command) => ({
        label: `/${command.path}`,
        about: command.description,
        take: () => this.prepare(command.path),
      }))
    }
    const mention = /(?:^|\s)@([\p{L}]*)$/u.exec(this.text)
    if (!mention) return []
    const typed = mention[1]?.toLowerCase() ?? ''
    return this.names()
      .filter(([name]) => name.toLowerCase().startsWith(typed))
      .map(([name]) => ({
        label: `@${name}`,
        take: () => {
          this.text = this.text.replace(/@[\p{L}]*$/u, `@${name} `)
          this.focusNext = 'text'
        },
      }))
  }

  private names(): readonly (readonly [name: string, id: string])[] {
    const { bot, members } = this.world
    return [
      [bot.username, bot.id],
      ...members.map(({ displayName, id }) => [displayName, id] as const),
    ]
  }

  private option(name: string | undefined): CommandOption | undefined {
    return this.prepared?.command.options.find((option) => option.name === name)
  }

  private optionSuggestions({ filled }: Prepared): readonly Suggestion[] {
    const option = this.option(this.focused)
    if (!option) return []
    const { shown = '', chosen } = filled[option.name] ?? {}
    const fixed = choicesOf(option, this.world, this.channel)
    if (fixed && chosen !== undefined) return []
    const choices = fixed
      ? fixed.filter(({ name }) => name.toLowerCase().includes(shown.toLowerCase()))
      : option.autocomplete && Array.isArray(this.suggested)
        ? this.suggested
        : []
    return choices.slice(0, suggestionsAtMost).map((choice: Choice) => ({
      label: choice.name,
      take: () => {
        this.fill(option.name, { shown: choice.name, chosen: choice.value })
        this.listOpen = false
        this.focusNext = this.nextNeeded(option.name) ?? option.name
      },
    }))
  }

  private nextNeeded(after: string): string | undefined {
    const { fields = [], filled = {} } = this.prepared ?? {}
    return fields.find(
      (name) => name !== after && !filled[name]?.shown && this.option(name)?.required,
    )
  }

  private fill(name: string, filled: Filled): void {
    if (!this.prepared) return
    this.prepared = { ...this.prepared, filled: { ...this.prepared.filled, [name]: filled } }
  }

  private valueIn(option: CommandOption, filled: Filled | undefined): Choice['value'] | undefined {
    if (!filled || (filled.shown === '' && filled.chosen === undefined)) return undefined
    if (filled.chosen !== undefined) return filled.chosen
    const exact = choicesOf(option, this.world, this.channel)?.find(
      ({ name }) => name.toLowerCase() === filled.shown.toLowerCase(),
    )
    if (exact) return exact.value
    return option.type === 4 || option.type === 10 ? Number(filled.shown) : filled.shown
  }

  private values(prepared: Prepared): Record<string, Choice['value'] | Upload> {
    return Object.fromEntries(
      prepared.command.options.flatMap((option) => {
        const filled = prepared.filled[option.name]
        const value = filled?.file ?? this.valueIn(option, filled)
        return value === undefined ? [] : [[option.name, value]]
      }),
    )
  }

  /** Asks the bot for suggestions, once the typing has paused. */
  private complete(option: CommandOption): void {
    clearTimeout(this.timer)
    if (!option.autocomplete) return
    this.suggested = 'asking'
    this.asked += 1
    const asked = this.asked
    this.timer = setTimeout(async () => {
      const { prepared, channel } = this
      if (!prepared || !channel) return
      const shown = { [option.name]: prepared.filled[option.name]?.shown ?? '' }
      const { interaction } = await this.doing.act({
        kind: 'autocomplete',
        member: this.member,
        channel: channel.id,
        command: prepared.command.path,
        options: { ...this.values(prepared), ...shown },
        focused: option.name,
      })
      const answer = interaction ? await this.doing.acknowledged(interaction) : undefined
      if (asked === this.asked) this.suggested = answer?.choices ?? 'failed'
    }, debounceMs)
  }

  // Sending

  private async send(): Promise<void> {
    const { prepared } = this
    if (prepared) return this.sendCommand(prepared)
    const text = this.text.trim()
    if (!text) return
    if (text.startsWith('/')) {
      this.problem = `There is no command ${text.split(' ')[0]} here.`
      return
    }
    const content = this.names().reduce(
      (said, [name, id]) => said.replaceAll(new RegExp(`@${name}(?!\\p{L})`, 'gu'), `<@${id}>`),
      text,
    )
    const { impossible } = await this.doing.post(content)
    if (impossible) {
      this.problem = impossible
      return
    }
    this.remember({ text })
    this.empty()
  }

  private async sendCommand(prepared: Prepared): Promise<void> {
    for (const option of prepared.command.options) {
      const filled = prepared.filled[option.name]
      const value = filled?.file ? 'a file' : this.valueIn(option, filled)
      const fixed = choicesOf(option, this.world, this.channel)
      const unknown =
        value !== undefined && fixed && !fixed.some((choice) => choice.value === value)
      const wrong = unknown ? 'Choose one from the list.' : wrongWith(option, value)
      if (wrong) {
        this.problem = `${option.name}: ${wrong}`
        this.show(option.name)
        return
      }
    }
    const { interaction, impossible } = await this.doing.act({
      kind: 'command',
      member: this.member,
      channel: this.channel?.id ?? '',
      command: prepared.command.path,
      options: this.values(prepared),
    })
    if (!interaction) {
      this.problem = impossible ?? 'This cannot be sent.'
      return
    }
    this.remember({ prepared })
    this.empty()
  }

  private remember(sent: Sent): void {
    this.sent.push(sent)
    this.recalled = 0
  }

  /** Arrow up: what was sent last, then what was sent before that. */
  private recall(): boolean {
    const sent = this.sent.at(-1 - this.recalled)
    if (!sent) return false
    this.recalled += 1
    this.problem = ''
    if ('text' in sent) this.empty(sent.text)
    else {
      this.prepared = sent.prepared
      this.listOpen = false
      this.focusNext = sent.prepared.fields[0] ?? 'send'
    }
    return true
  }

  private show(option: string): void {
    if (!this.prepared) return
    const { fields } = this.prepared
    if (!fields.includes(option)) this.prepared = { ...this.prepared, fields: [...fields, option] }
    this.focusNext = option
  }

  private hide(option: string): void {
    if (!this.prepared) return
    const { [option]: _gone, ...filled } = this.prepared.filled
    const fields = this.prepared.fields.filter((name) => name !== option)
    this.prepared = { ...this.prepared, fields, filled }
    this.focused = undefined
    this.focusNext = fields.at(-1) ?? 'send'
  }

  // Keys

  private pressed(event: KeyboardEvent): void {
    if (event.isComposing) return
    const suggestions = this.suggestions()
    const { key } = event
    const taken = () => event.preventDefault()
    if (suggestions.length > 0 && (key === 'ArrowDown' || key === 'ArrowUp')) {
      const step = key === 'ArrowDown' ? 1 : -1
      const from = this.active < 0 && step < 0 ? 0 : this.active
      this.active = (from + step + suggestions.length) % suggestions.length
      taken()
    } else if (key === 'ArrowUp' && this.isBlank() && this.recall()) taken()
    else if ((key === 'Enter' && !event.shiftKey) || (key === 'Tab' && !this.prepared)) {
      const chosen = suggestions[this.active]
      if (chosen) {
        chosen.take()
        this.active = this.firstActive()
        taken()
      } else if (key === 'Enter') {
        taken()
        void this.send()
      }
    } else if (key === 'Escape') {
      if (suggestions.length > 0) this.listOpen = false
      else if (this.prepared) this.empty()
      else this.text = ''
      taken()
    } else if (key === 'Backspace' && this.prepared && this.focused) {
      const { fields, filled } = this.prepared
      if (filled[this.focused]?.shown) return
      if (this.option(this.focused)?.required && fields[0] === this.focused) {
        this.empty(`/${this.prepared.command.path}`)
      } else if (!this.option(this.focused)?.required) this.hide(this.focused)
      else return
      taken()
    } else if (key === ' ' && !this.prepared && this.text.startsWith('/')) {
      const whole = this.commands.find(({ path }) => `/${path}` === this.text)
      if (!whole) return
      this.prepare(whole.path)
      taken()
    }
  }

  private isBlank(): boolean {
    if (!this.prepared) return this.text === '' || this.isRecalled()
    return this.isRecalled()
  }

  private isRecalled(): boolean {
    const last = this.recalled > 0 ? this.sent.at(-this.recalled) : undefined
    if (!last) return false
    return 'text' in last ? last.text === this.text : last.prepared === this.prepared
  }

  /** Free text stays free: nothing of what the bot suggests is chosen before an arrow is pressed. */
  private firstActive(): number {
    return this.prepared && this.option(this.focused)?.autocomplete ? -1 : 0
  }

  private typed(value: string): void {
    this.listOpen = true
    this.problem = ''
    if (!this.prepared) {
      this.text = value
      this.recalled = 0
    } else if (this.focused) {
      this.fill(this.focused, { shown: value })
      const option = this.option(this.focused)
      if (option) this.complete(option)
    }
    this.active = this.firstActive()
  }

  private entered(name: string): void {
    if (this.focused === name) return
    this.focused = name
    this.suggested = []
    this.listOpen = true
    this.active = this.firstActive()
    const option = this.option(name)
    if (option && !this.prepared?.filled[name]?.shown) this.complete(option)
  }

  // Drawing

  protected override render(): TemplateResult {
    const suggestions = this.suggestions()
    const expanded = suggestions.length > 0
    return html`
      ${this.problem ? html`<p class="problem" role="alert">${this.problem}</p>` : nothing}
      <div class="box" @keydown=${(event: KeyboardEvent) => this.pressed(event)}>
        ${expanded || this.state() ? this.list(suggestions) : nothing}
        ${this.prepared ? this.commandForm(this.prepared, expanded) : this.textField(expanded)}
      </div>
    `
  }

  /** What is said in place of suggestions. */
  private state(): string {
    const option = this.option(this.focused)
    if (!option?.autocomplete || !this.listOpen) return ''
    if (this.suggested === 'asking') return 'Looking for suggestions…'
    return this.suggested === 'failed' ? 'The bot gave no suggestions in time.' : ''
  }

  private list(suggestions: readonly Suggestion[]): TemplateResult {
    const title = this.prepared
      ? `${this.focused}`
      : this.text.startsWith('/')
        ? 'Commands'
        : 'People'
    return html`<div class="choices above">
      <p class="choices-title" aria-live="polite">${this.state() || title}</p>
      <ul id="suggestions" role="listbox" aria-label=${title}>
        ${repeat(
          suggestions,
          (one) => one.label,
          (one, index) => html`<li
            id=${`suggestion-${index}`}
            role="option"
            class="choice ${index === this.active ? 'active' : ''}"
            aria-selected=${index === this.active}
            @mousedown=${(event: Event) => event.preventDefault()}
            @click=${() => one.take()}
          >
            <span class="choice-label">${one.label}</span>
            ${one.about ? html`<span class="choice-about">${one.about}</span>` : nothing}
          </li>`,
        )}
      </ul>
    </div>`
  }

  private textField(expanded: boolean): TemplateResult {
    const place = this.channel?.kind === 'text' ? `#${this.channel.name}` : this.channel?.name
    const rows = Math.min(8, this.text.split('\n').length)
    return html`<textarea
        rows=${rows}
        role="combobox"
        aria-label=${`Message ${place}`}
        placeholder=${`Message ${place}, or / for commands`}
        aria-autocomplete="list"
        aria-expanded=${expanded}
        aria-controls="suggestions"
        aria-activedescendant=${expanded ? `suggestion-${this.active}` : nothing}
        maxlength="2000"
        spellcheck="true"
        .value=${live(this.text)}
        @input=${(event: InputEvent) => this.typed((event.target as HTMLTextAreaElement).value)}
      ></textarea>
      <button type="button" class="quiet send" aria-label="Send" @click=${() => this.send()}>
        ${icons.send}
      </button>`
  }

  private commandForm(prepared: Prepared, expanded: boolean): TemplateResult {
    const { command, fields } = prepared
    const rest = command.options.filter(({ name }) => !fields.includes(name))
    const about = this.option(this.focused)
    return html`<div class="command" role="group" aria-label=${`/${command.path}`}>
        <p class="command-about">
          <b>/${command.path}</b> ${about ? html`<b>${about.name}</b> ${about.description}` : command.description}
        </p>
        <div class="command-line">
          <span class="command-name">/${command.path}</span>
          ${repeat(
            fields,
            (name) => name,
            (name) => this.field(name, expanded),
          )}
          ${rest.map(
            (option) =>
              html`<button type="button" class="more-option" title=${option.description}
                @click=${() => this.show(option.name)}>+ ${option.name}</button>`,
          )}
        </div>
      </div>
      <button type="button" class="quiet" aria-label=${`Leave /${command.path}`} @click=${() => this.empty()}>
        ${icons.close}
      </button>
      <button type="button" class="quiet send" aria-label=${`Send /${command.path}`} @click=${() => this.send()}>
        ${icons.send}
      </button>`
  }

  private field(name: string, expanded: boolean): TemplateResult {
    const option = this.option(name)
    const filled = this.prepared?.filled[name]
    if (option?.type === attachment) {
      return html`<label class="option"><span>${name}</span>
        <input type="file" data-option=${name} @focus=${() => this.entered(name)}
          @change=${async (event: Event) => {
            const given = (event.target as HTMLInputElement).files?.[0]
            if (given) this.fill(name, { shown: given.name, file: await upload(given) })
          }} /></label>`
    }
    const here = expanded && this.focused === name
    return html`<label class="option"><span>${name}</span>
      <input
        data-option=${name}
        role="combobox"
        autocomplete="off"
        aria-autocomplete="list"
        aria-expanded=${here}
        aria-controls="suggestions"
        aria-activedescendant=${here && this.active >= 0 ? `suggestion-${this.active}` : nothing}
        aria-required=${option?.required ?? false}
        aria-description=${option?.description ?? ''}
        inputmode=${option?.type === 4 ? 'numeric' : option?.type === 10 ? 'decimal' : 'text'}
        .value=${live(filled?.shown ?? '')}
        @focus=${() => this.entered(name)}
        @input=${(event: InputEvent) => {
          this.focused = name
          this.typed((event.target as HTMLInputElement).value)
        }}
      /></label>`
  }
}

customElements.define('command-box', CommandBox)
