import { html, nothing, type TemplateResult } from 'lit'
import { guard } from 'lit/directives/guard.js'
import type { Component } from '../rules.ts'
import { icons } from './icons.ts'
import './list-button.ts'
import { markdown, type Surroundings } from './markdown.ts'

/** Components as messages hold them: https://discord.com/developers/docs/components/reference */
type Drawn = Component & {
  readonly disabled?: boolean
  readonly placeholder?: string
  readonly emoji?: { readonly id?: string | null; readonly name?: string | null }
  readonly divider?: boolean
  readonly spacing?: number
  readonly accent_color?: number | null
  readonly spoiler?: boolean
  readonly name?: string
  readonly size?: number
  readonly description?: string | null
}

export type Pressing = Surroundings & {
  readonly press: (customId: string) => void
  readonly choose: (customId: string, values: readonly string[]) => void
  /** Whether a press of this component is still on its way. */
  readonly busy: (customId: string) => boolean
  /** People, roles and channels to choose from, by the select menu's type. */
  readonly choices: (type: number) => readonly { readonly label: string; readonly value: string }[]
}

const buttonStyles = ['', 'primary', 'secondary', 'success', 'danger', 'link', 'primary']

export function component(given: Component, on: Pressing): TemplateResult {
  const one = given as Drawn
  const inside = () => (one.components ?? []).map((inner) => component(inner, on))
  switch (one.type) {
    case 1:
      return html`<div class="row">${inside()}</div>`
    case 2:
      return button(one, on)
    case 3:
    case 5:
    case 6:
    case 7:
    case 8:
      return select(one, on)
    case 9:
      return html`<div class="section">
        <div class="section-text">${inside()}</div>
        ${one.accessory ? component(one.accessory, on) : nothing}
      </div>`
    case 10:
      return html`<div class="text" dir="auto">
        ${guard([one.content], () => markdown(one.content ?? '', on))}
      </div>`
    case 11:
      return html`<img class="thumbnail" src=${one.media?.url ?? ''} alt=${one.description ?? ''} />`
    case 12:
      return html`<div class="gallery">${(one.items ?? []).map(
        (item) =>
          html`<img src=${item.media.url} alt=${(item as { description?: string }).description ?? ''} />`,
      )}</div>`
    case 13:
      return file(one.name ?? 'file', one.size ?? 0, one.file?.url ?? '')
    case 14:
      return html`<div
        class="separator ${one.spacing === 2 ? 'wide' : ''}"
        role=${one.divider === false ? nothing : 'separator'}
        ?data-line=${one.divider !== false}
      ></div>`
    case 17:
      return container(one, inside())
    default:
      return html`<p class="unknown">This page cannot draw a component of type ${one.type}.</p>`
  }
}

function container(one: Drawn, inside: readonly TemplateResult[]): TemplateResult {
  const colour = one.accent_color
  const accent =
    typeof colour === 'number' ? `--accent: #${colour.toString(16).padStart(6, '0')}` : nothing
  return html`<div class="container" ?data-accent=${typeof colour === 'number'} style=${accent}>
    ${inside}
  </div>`
}

function button(one: Drawn, on: Pressing): TemplateResult {
  const label = html`${one.emoji?.name && !one.emoji.id ? `${one.emoji.name} ` : ''}${one.label ?? ''}`
  if (one.style === 5 && one.url && /^(https?|discord):\/\//i.test(one.url)) {
    return html`<a
      class="button secondary"
      href=${one.url}
      target="_blank"
      rel="noopener noreferrer"
    >${label}${icons.out}<span class="unseen"> (opens elsewhere)</span></a>`
  }
  const id = one.custom_id ?? ''
  const busy = on.busy(id)
  return html`<button
    type="button"
    class="button ${buttonStyles[one.style ?? 2]}"
    data-custom-id=${id}
    ?disabled=${one.disabled ?? false}
    aria-busy=${busy}
    @click=${() => busy || on.press(id)}
  >${label}</button>`
}

function select(one: Drawn, on: Pressing): TemplateResult {
  const id = one.custom_id ?? ''
  const options =
    one.type === 3
      ? (one.options ?? []).map((option) => ({
          ...(option as { label: string; value: string; description?: string }),
          selected: option.default ?? false,
        }))
      : on.choices(one.type)
  const chosen = options.filter((option) => 'selected' in option && option.selected)
  const shown = chosen.map((option) => option.label).join(', ')
  const placeholder = one.placeholder || 'Choose'
  return html`<list-button
    kind="listbox"
    data-custom-id=${id}
    name=${placeholder}
    .content=${html`<span class="select-shown">${shown || placeholder}</span>${icons.down}`}
    .items=${options}
    .min=${one.min_values ?? 1}
    .max=${one.max_values ?? 1}
    ?disabled=${one.disabled || on.busy(id)}
    @chosen=${(event: CustomEvent<readonly string[]>) => on.choose(id, event.detail)}
  ></list-button>`
}

const sizes = ['bytes', 'KB', 'MB'] as const

export function file(name: string, bytes: number, url: string): TemplateResult {
  const power = Math.min(2, Math.floor(Math.log2(Math.max(1, bytes)) / 10))
  const size = `${(bytes / 1024 ** power).toFixed(power === 0 ? 0 : 1)} ${sizes[power]}`
  return html`<div class="file">
    ${icons.file}
    <div>
      <a href=${/^https?:/i.test(url) ? url : nothing} target="_blank" rel="noopener noreferrer"
        >${name}</a
      >
      <div class="file-size">${size}</div>
    </div>
  </div>`
}
