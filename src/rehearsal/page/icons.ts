import { html, svg, type TemplateResult } from 'lit'
import type { World } from '../world.ts'

const drawn = (paths: unknown): TemplateResult =>
  html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">${paths}</svg>`

export const icons = {
  hash: drawn(svg`<path d="M9 4 7 20M17 4l-2 16M4 9h17M3 15h17" />`),
  at: drawn(
    svg`<circle cx="12" cy="12" r="4" /><path d="M16 8v5a2.6 2.6 0 0 0 5 0v-1a9 9 0 1 0-4 7.5" />`,
  ),
  menu: drawn(svg`<path d="M4 7h16M4 12h16M4 17h16" />`),
  more: drawn(
    svg`<circle cx="5" cy="12" r="1" /><circle cx="12" cy="12" r="1" /><circle cx="19" cy="12" r="1" />`,
  ),
  send: drawn(svg`<path d="M4 12 20 4l-5 16-3.5-6.5zM11.500 13.500 20 4" />`),
  close: drawn(svg`<path d="m6 6 12 12M18 6 6 18" />`),
  eye: drawn(
    svg`<path d="M2 12s4-7 10-7 10 7 10 7-4 7-10 7S2 12 2 12z" /><circle cx="12" cy="12" r="3" />`,
  ),
  file: drawn(svg`<path d="M6 3h8l4 4v14H6zM14 3v4h4M9 12h6M9 16h6" />`),
  down: drawn(svg`<path d="m6 9 6 6 6-6" />`),
  out: drawn(svg`<path d="M14 4h6v6M20 4l-9 9M18 14v6H4V6h6" />`),
}

const colours = ['#8a5a00', '#00695c', '#8e2a6b', '#4d5b1e', '#5d3fb3']

/** A picture of a member: the first letter on a colour of its own. The bot has the page's icon. */
export function avatar(world: World, id: string): string {
  if (id === world.bot.id) return '/icon.svg'
  const index = world.members.findIndex((member) => member.id === id)
  const letter = world.members[index]?.displayName.slice(0, 1) ?? '?'
  const picture = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40"><rect width="40" height="40" fill="${colours[index] ?? '#555'}"/><text x="20" y="27" font-family="sans-serif" font-size="19" fill="#fff" text-anchor="middle">${/\p{L}/u.test(letter) ? letter : '?'}</text></svg>`
  return `data:image/svg+xml,${encodeURIComponent(picture)}`
}
