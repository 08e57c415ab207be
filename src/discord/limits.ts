/**
 * What Discord accepts in one message.
 * https://discord.com/developers/docs/components/reference
 */
export const limits = {
  /** Characters in all text displays together. */
  text: 4_000,
  /** UTF-8 bytes of all text displays, with `bytesPerText` added for each; more is a server error. */
  bytes: 10_000,
  bytesPerText: 12,
  components: 40,
  buttonsPerRow: 5,
  buttonLabel: 80,
  customId: 100,
  link: 512,
  choices: 25,
  choice: 100,
  placeholder: 150,
  fileName: 100,
  form: { fields: 5, title: 45, label: 45, description: 100, input: 4_000, files: 10 },
} as const

/** And in a command. https://discord.com/developers/docs/interactions/application-commands */
export const commandLimits = {
  name: /^[-_'\p{L}\p{N}\p{sc=Deva}\p{sc=Thai}]{1,32}$/u,
  messageName: 32,
  description: 100,
  options: 25,
  choices: 25,
  choice: 100,
  characters: 8_000,
  chat: 100,
  message: 15,
} as const

/** Milliseconds after which an interaction is acknowledged before its reply is ready. */
export const acknowledgeAfter = 800
