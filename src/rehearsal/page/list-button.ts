import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit'

type ListItem = {
  readonly label: string
  readonly value: string
  readonly description?: string | undefined
  readonly selected?: boolean | undefined
}

/**
 * A button that opens a list to choose from: a select menu (`kind="listbox"`) or the commands on a
 * message (`kind="menu"`). Sends the event `chosen` with the chosen values.
 * https://www.w3.org/WAI/ARIA/apg/patterns/
 */
class ListButton extends LitElement {
  static override properties = {
    kind: {},
    name: {},
    content: { attribute: false },
    items: { attribute: false },
    min: { type: Number },
    max: { type: Number },
    disabled: { type: Boolean },
    open: { state: true },
    chosen: { state: true },
  }
  declare kind: 'listbox' | 'menu'
  /** The accessible name. */
  declare name: string
  /** What the button shows. */
  declare content: unknown
  declare items: readonly ListItem[]
  declare min: number
  declare max: number
  declare disabled: boolean
  declare private open: boolean
  declare private chosen: readonly string[]

  constructor() {
    super()
    this.kind = 'menu'
    this.name = ''
    this.items = []
    this.min = 1
    this.max = 1
    this.disabled = false
    this.open = false
    this.chosen = []
  }

  protected override createRenderRoot(): HTMLElement {
    return this
  }

  override connectedCallback(): void {
    super.connectedCallback()
    this.addEventListener('focusout', this.leave)
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.removeEventListener('focusout', this.leave)
  }

  private readonly leave = (event: FocusEvent) => {
    if (this.open && !this.contains(event.relatedTarget as Node | null)) this.shut(false)
  }

  private get many(): boolean {
    return this.kind === 'listbox' && this.max > 1
  }

  private unfold(): void {
    if (this.disabled || this.items.length === 0) return
    this.chosen = this.items.filter((item) => item.selected).map((item) => item.value)
    this.open = true
  }

  private shut(refocus: boolean): void {
    this.open = false
    if (refocus) this.querySelector('button')?.focus()
  }

  private choose(value: string): void {
    if (!this.many) {
      this.send([value])
      return
    }
    const without = this.chosen.filter((one) => one !== value)
    if (without.length < this.chosen.length) this.chosen = without
    else if (this.chosen.length < this.max) this.chosen = [...this.chosen, value]
  }

  private send(values: readonly string[]): void {
    this.shut(true)
    this.dispatchEvent(new CustomEvent('chosen', { detail: values }))
  }

  private readonly pressed = (event: KeyboardEvent) => {
    const options = [...this.querySelectorAll<HTMLElement>('[data-value]')]
    const at = options.indexOf(document.activeElement as HTMLElement)
    const go = (index: number) => options.at(index % options.length)?.focus()
    const moves: Readonly<Record<string, () => void>> = {
      ArrowDown: () => go(at + 1),
      ArrowUp: () => go(at < 0 ? -1 : at - 1),
      Home: () => go(0),
      End: () => go(-1),
      Escape: () => this.shut(true),
      Enter: () => options[at]?.click(),
      ' ': () => options[at]?.click(),
    }
    const onOption = at >= 0
    if (!onOption && event.key !== 'Escape') return
    const move = moves[event.key]
    if (move) {
      event.preventDefault()
      event.stopPropagation()
      move()
    } else if (/^\S$/u.test(event.key)) {
      const starts = (option: HTMLElement) =>
        option.textContent?.trim().toLowerCase().startsWith(event.key.toLowerCase())
      options.find(starts)?.focus()
    }
  }

  protected override updated(changed: PropertyValues): void {
    if (!changed.has('open') || !this.open) return
    const list = this.querySelector<HTMLElement>('.choices')
    const button = this.querySelector('button')
    if (!list || !button) return
    list.showPopover()
    const place = button.getBoundingClientRect()
    const size = list.getBoundingClientRect()
    const below = place.bottom + size.height + 8 < innerHeight
    const width = this.kind === 'listbox' ? place.width : size.width
    list.style.width = this.kind === 'listbox' ? `${place.width}px` : ''
    list.style.top = `${below ? place.bottom + 4 : Math.max(4, place.top - size.height - 4)}px`
    list.style.left = `${Math.max(4, Math.min(place.left, innerWidth - width - 8))}px`
    const first = list.querySelector<HTMLElement>('[aria-selected="true"], [data-value]')
    first?.focus({ preventScroll: true })
  }

  private option(item: ListItem): TemplateResult {
    const selected = this.chosen.includes(item.value)
    const inside = html`<span class="choice-label">${item.label}</span>${
      item.description ? html`<span class="choice-about">${item.description}</span>` : nothing
    }`
    return this.kind === 'menu'
      ? html`<li role="none"><button type="button" role="menuitem" tabindex="-1" class="choice"
          data-value=${item.value} @click=${() => this.choose(item.value)}>${inside}</button></li>`
      : html`<li role="option" tabindex="-1" class="choice" aria-selected=${selected}
          data-value=${item.value} @click=${() => this.choose(item.value)}>${inside}</li>`
  }

  protected override render(): TemplateResult {
    const enough = this.chosen.length >= this.min
    return html`<button
        type="button"
        class=${this.kind === 'listbox' ? 'select' : 'quiet'}
        aria-haspopup=${this.kind}
        aria-expanded=${this.open}
        aria-label=${this.name}
        ?disabled=${this.disabled}
        @click=${() => (this.open ? this.shut(true) : this.unfold())}
      >${this.content}</button
      >${
        this.open
          ? html`<div class="choices" popover="manual" @keydown=${this.pressed}>
              <ul
                role=${this.kind}
                aria-label=${this.name}
                aria-multiselectable=${this.many ? 'true' : nothing}
              >${this.items.map((item) => this.option(item))}</ul>
              ${
                this.many
                  ? html`<button type="button" class="button primary" ?disabled=${!enough}
                      @click=${() => this.send(this.chosen)}>Choose ${this.chosen.length}</button>`
                  : nothing
              }
            </div>`
          : nothing
      }`
  }
}

customElements.define('list-button', ListButton)
