import { html, LitElement, nothing, type TemplateResult } from 'lit'
import type { Action, Modal } from '../action.ts'
import type { Component } from '../rules.ts'
import { icons } from './icons.ts'
import { markdown, type Surroundings } from './markdown.ts'
import type { Doing } from './state.ts'
import { upload } from './upload.ts'

type Field = Component & {
  readonly description?: string | null
  readonly placeholder?: string | null
  readonly value?: string | null
  readonly min_length?: number | null
  readonly max_length?: number | null
}

type Fields = Extract<Action, { kind: 'submit' }>['fields']

/** A form that the bot has opened: https://discord.com/developers/docs/components/reference#label */
class ModalForm extends LitElement {
  static override properties = {
    interaction: {},
    modal: { attribute: false },
    member: {},
    around: { attribute: false },
    doing: { attribute: false },
    problem: { state: true },
    sending: { state: true },
  }
  declare interaction: string
  declare modal: Modal
  declare member: string
  declare around: Surroundings
  declare doing: Doing
  declare private problem: string
  declare private sending: boolean

  constructor() {
    super()
    this.problem = ''
    this.sending = false
  }

  protected override createRenderRoot(): HTMLElement {
    return this
  }

  protected override firstUpdated(): void {
    this.querySelector('dialog')?.showModal()
    this.querySelector<HTMLElement>('.field input, .field textarea, .field select')?.focus()
  }

  private async submit(event: SubmitEvent): Promise<void> {
    event.preventDefault()
    if (this.sending) return
    this.sending = true
    this.problem = ''
    const { interaction, impossible } = await this.doing.act({
      kind: 'submit',
      member: this.member,
      interaction: this.interaction,
      fields: await this.fields(),
    })
    const answer = interaction ? await this.doing.acknowledged(interaction) : undefined
    this.sending = false
    if (answer && answer.state !== 'failed') this.doing.closeForm()
    else this.problem = impossible ?? 'Something went wrong. Try again.'
  }

  private async fields(): Promise<Fields> {
    const fields: Fields = {}
    for (const input of this.querySelectorAll<HTMLInputElement>('[data-field]')) {
      const name = input.dataset.field ?? ''
      if (input.type === 'file') {
        fields[name] = await Promise.all([...(input.files ?? [])].map(upload))
      } else if (input instanceof HTMLSelectElement) {
        fields[name] = [...input.selectedOptions].map((option) => option.value).filter(Boolean)
      } else fields[name] = input.value
    }
    return fields
  }

  protected override render(): TemplateResult {
    const { components, title } = this.modal
    return html`<dialog class="form" aria-labelledby="form-title" @close=${() => this.doing.closeForm()}>
      <form @submit=${(event: SubmitEvent) => this.submit(event)}>
        <header>
          <img src="/icon.svg" alt="" width="32" height="32" />
          <h2 id="form-title">${title}</h2>
          <button type="button" class="quiet" aria-label="Close the form" @click=${() => this.doing.closeForm()}>
            ${icons.close}
          </button>
        </header>
        ${(components as readonly Field[]).map((one, index) => this.line(one, index))}
        ${this.problem ? html`<p class="problem" role="alert">${this.problem}</p>` : nothing}
        <footer>
          <button type="button" class="button secondary" @click=${() => this.doing.closeForm()}>Cancel</button>
          <button type="submit" class="button primary" aria-busy=${this.sending}>Submit</button>
        </footer>
      </form>
    </dialog>`
  }

  private line(one: Field, index: number): TemplateResult {
    if (one.type === 10)
      return html`<div class="text">${markdown(one.content ?? '', this.around)}</div>`
    const field = (one.component ?? one.components?.[0]) as Field | undefined
    if (!field)
      return html`<p class="unknown">This page cannot draw a component of type ${one.type}.</p>`
    const label = one.label ?? field.label ?? ''
    const id = `field-${index}`
    return html`<div class="field">
      <label for=${id}>${label}${field.required === false ? nothing : html`<span class="needed" aria-hidden="true">*</span>`}</label>
      ${one.description ? html`<p id=${`${id}-about`} class="field-about">${one.description}</p>` : nothing}
      ${this.input(field, id, one.description ? `${id}-about` : undefined)}
    </div>`
  }

  private input(field: Field, id: string, about: string | undefined): TemplateResult {
    const name = field.custom_id ?? ''
    const required = field.required !== false
    const describedBy = about ?? nothing
    if (field.type === 4 && field.style === 2) {
      return html`<textarea id=${id} data-field=${name} rows="6" ?required=${required}
        minlength=${field.min_length ?? nothing} maxlength=${field.max_length ?? 4000}
        placeholder=${field.placeholder ?? ''} aria-describedby=${describedBy}
        .value=${field.value ?? ''}></textarea>`
    }
    if (field.type === 4) {
      return html`<input id=${id} data-field=${name} ?required=${required}
        minlength=${field.min_length ?? nothing} maxlength=${field.max_length ?? 4000}
        placeholder=${field.placeholder ?? ''} aria-describedby=${describedBy}
        .value=${field.value ?? ''} />`
    }
    if (field.type === 19) {
      return html`<input type="file" id=${id} data-field=${name} ?required=${required}
        ?multiple=${(field.max_values ?? 1) > 1} aria-describedby=${describedBy} />`
    }
    if (field.type === 3) {
      const options = (field.options ?? []) as readonly {
        label: string
        value: string
        default?: boolean
      }[]
      return html`<select id=${id} data-field=${name} ?required=${required}
        ?multiple=${(field.max_values ?? 1) > 1} aria-describedby=${describedBy}>
        ${required ? nothing : html`<option value="">(none)</option>`}
        ${options.map(({ label, value, default: selected }) => html`<option value=${value} ?selected=${selected ?? false}>${label}</option>`)}
      </select>`
    }
    return html`<p class="unknown">This page cannot draw a field of type ${field.type}.</p>`
  }
}

customElements.define('modal-form', ModalForm)
