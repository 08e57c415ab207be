import { DiscordAuthorInfo } from '@skyra/discord-components-core/discord-author-info.js'
import { DiscordCommand } from '@skyra/discord-components-core/discord-command.js'
import '@skyra/discord-components-core/discord-mention.js'
import { DiscordMessage } from '@skyra/discord-components-core/discord-message.js'
import '@skyra/discord-components-core/discord-messages.js'
import { DiscordReply } from '@skyra/discord-components-core/discord-reply.js'

/**
 * The frame of a message is drawn by discord-components; it is styled inside its shadow roots where
 * its greys are too faint to read (WCAG 2 asks for 4.5:1). Its buttons, menus and forms are not used:
 * the keyboard does not reach all of them.
 */
function restyle(element: { elementStyles: unknown[] }, css: string): void {
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(css)
  element.elementStyles.push(sheet)
}

restyle(
  DiscordMessage,
  `:host { line-height: 1.375; font-family: inherit; }
  :host .discord-message-timestamp, :host([light-theme]) .discord-message-timestamp { color: var(--faint); }
  :host .discord-message-edited, :host([light-theme]) .discord-message-edited { color: var(--faint); }
  :host .discord-author-avatar img { cursor: default; }
  :host .discord-message-content { min-width: 0; }`,
)
restyle(
  DiscordAuthorInfo,
  ':host .discord-author-username:hover { text-decoration: none; cursor: text; }',
)
const aboveMessage = `:host { font-family: inherit; color: var(--faint); }
  :host .discord-replied-message-username, :host([light-theme]) .discord-replied-message-username,
  :host .discord-replied-message-content { color: var(--muted); opacity: 1; }
  :host .discord-slash-command-name { background: var(--mention); color: var(--mention-text) !important; opacity: 1; }
  :host .discord-slash-command-name:hover { background: var(--mention); color: var(--mention-text) !important; }`
restyle(DiscordReply, aboveMessage)
restyle(DiscordCommand, aboveMessage)
