import { Locale } from 'discord-api-types/v10'
import type { FieldError } from './discord-error.ts'

/**
 * What Discord refuses though its published schema takes it, one function a rule. Sources:
 * https://discord.com/developers/docs/components/reference
 * https://discord.com/developers/docs/interactions/application-commands
 * https://discord.com/developers/docs/resources/message
 */

type Path = readonly (string | number)[]

export type Component = {
  readonly type: number
  readonly custom_id?: string | null
  readonly style?: number
  readonly label?: string | null
  readonly url?: string | null
  readonly sku_id?: string | null
  readonly emoji?: unknown
  readonly content?: string
  readonly components?: readonly Component[]
  readonly component?: Component
  readonly accessory?: Component
  readonly options?: readonly { readonly value: string; readonly default?: boolean | null }[]
  readonly min_values?: number | null
  readonly max_values?: number | null
  readonly required?: boolean | null
  readonly file?: { readonly url: string }
  readonly media?: { readonly url: string }
  readonly items?: readonly { readonly media: { readonly url: string } }[]
}

type Embed = {
  readonly title?: string | null
  readonly description?: string | null
  readonly author?: { readonly name?: string | null } | null
  readonly footer?: { readonly text?: string | null } | null
  readonly fields?: readonly { readonly name: string; readonly value: string }[] | null
  readonly image?: unknown
  readonly thumbnail?: unknown
}

export type MessageBody = {
  readonly content?: string | null
  readonly embeds?: readonly Embed[] | null
  readonly components?: readonly Component[] | null
  readonly attachments?:
    | readonly { readonly id: string; readonly filename?: string | null }[]
    | null
  readonly flags?: number | null
  readonly sticker_ids?: readonly string[] | null
  readonly poll?: unknown
}

export type MessageCase = {
  readonly body: MessageBody
  /** Whether the message has, or keeps, the flag IS_COMPONENTS_V2. */
  readonly v2: boolean
  /** Names of the files that `attachment://` may point at. */
  readonly files: readonly string[]
}

const kind = {
  row: 1,
  button: 2,
  select: 3,
  textInput: 4,
  userSelect: 5,
  channelSelect: 8,
  section: 9,
  text: 10,
  container: 17,
} as const

const isSelect = (type: number) =>
  type === kind.select || (type >= kind.userSelect && type <= kind.channelSelect)

type Placed = { readonly component: Component; readonly path: Path }

/** Every component with its path, parents before children. */
export function everyComponent(components: readonly Component[], path: Path): Placed[] {
  return components.flatMap((component, index) => below(component, [...path, index]))
}

function below(component: Component, path: Path): Placed[] {
  return [
    { component, path },
    ...everyComponent(component.components ?? [], [...path, 'components']),
    ...(component.accessory ? below(component.accessory, [...path, 'accessory']) : []),
    ...(component.component ? below(component.component, [...path, 'component']) : []),
  ]
}

const components = ({ body }: MessageCase) => everyComponent(body.components ?? [], ['components'])

function noLegacyFieldsBesideV2({ body, v2 }: MessageCase): FieldError[] {
  if (!v2) return []
  const used = [
    body.content ? 'content' : '',
    body.embeds?.length ? 'embeds' : '',
    body.sticker_ids?.length ? 'sticker_ids' : '',
    body.poll ? 'poll' : '',
  ].filter((name) => name !== '')
  return used.map((name) => ({
    path: [name],
    code: 'MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2',
    message: `The '${name}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2`,
  }))
}

function onlyRowsWithoutV2({ body, v2 }: MessageCase): FieldError[] {
  if (v2) return []
  const rows = body.components ?? []
  return [
    ...rows.flatMap((component, index) =>
      component.type === kind.row
        ? []
        : [
            {
              path: ['components', index],
              code: 'UNION_TYPE_CHOICES',
              message: 'Value of field "type" must be one of (1,).',
            },
          ],
    ),
    ...(rows.length > 5
      ? [
          {
            path: ['components'],
            code: 'BASE_TYPE_BAD_LENGTH',
            message: 'Must be between 1 and 5 in length.',
          },
        ]
      : []),
  ]
}

function atMost40Components(message: MessageCase): FieldError[] {
  return components(message).length <= 40
    ? []
    : [
        {
          path: ['components'],
          code: 'COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED',
          message: 'The maximum number of components is 40, nested ones counted',
        },
      ]
}

function atMost4000Characters(message: MessageCase): FieldError[] {
  const total = components(message)
    .filter(({ component }) => component.type === kind.text)
    .reduce((sum, { component }) => sum + (component.content ?? '').length, 0)
  return total <= 4000
    ? []
    : [
        {
          path: ['components'],
          code: 'COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED',
          message: 'Components displayable text size exceeds maximum size of 4000',
        },
      ]
}

function noBlankText(message: MessageCase): FieldError[] {
  return components(message)
    .filter(({ component }) => component.type === kind.text && component.content?.trim() === '')
    .map(({ path }) => ({
      path: [...path, 'content'],
      code: 'BASE_TYPE_REQUIRED',
      message: 'This field is required',
    }))
}

function uniqueCustomIds(placed: readonly Placed[]): FieldError[] {
  const seen = new Set<string>()
  return placed.flatMap(({ component, path }) => {
    const id = component.custom_id
    if (typeof id !== 'string') return []
    if (!seen.has(id)) {
      seen.add(id)
      return []
    }
    return [
      {
        path: [...path, 'custom_id'],
        code: 'COMPONENT_CUSTOM_ID_DUPLICATED',
        message: 'Component custom id cannot be duplicated',
      },
    ]
  })
}

function buttonsAreWhole(message: MessageCase): FieldError[] {
  return components(message)
    .filter(({ component }) => component.type === kind.button)
    .flatMap(({ component, path }) => {
      const need = (field: string): FieldError => ({
        path: [...path, field],
        code: 'BASE_TYPE_REQUIRED',
        message: 'This field is required',
      })
      const none = (field: string): FieldError => ({
        path: [...path, field],
        code: 'BUTTON_COMPONENT_FIELD_NOT_ALLOWED',
        message: `A button of style ${component.style} cannot have '${field}'`,
      })
      const errors: FieldError[] = []
      if (component.style === 6) return component.sku_id ? [] : [need('sku_id')]
      if (component.style === 5) {
        if (!component.url) errors.push(need('url'))
        if (component.custom_id) errors.push(none('custom_id'))
      } else {
        if (!component.custom_id) errors.push(need('custom_id'))
        if (component.url) errors.push(none('url'))
      }
      if (!component.label && !component.emoji) errors.push(need('label'))
      return errors
    })
}

function knownSchemes(message: MessageCase): FieldError[] {
  return components(message).flatMap(({ component, path }) => {
    if (!component.url) return []
    const scheme = component.url.slice(0, component.url.indexOf(':')).toLowerCase()
    return ['http', 'https', 'discord'].includes(scheme)
      ? []
      : [
          {
            path: [...path, 'url'],
            code: 'URL_TYPE_INVALID_SCHEME',
            message: `Scheme "${scheme}" is not supported. Scheme must be one of ('http', 'https', 'discord').`,
          },
        ]
  })
}

function rowsAreButtonsOrOneSelect(message: MessageCase): FieldError[] {
  return components(message)
    .filter(({ component }) => component.type === kind.row)
    .flatMap(({ component, path }) => {
      const inside = component.components ?? []
      return inside.some(({ type }) => isSelect(type)) && inside.length > 1
        ? [
            {
              path: [...path, 'components', 1],
              code: 'COMPONENT_LAYOUT_WIDTH_EXCEEDED',
              message: 'The specified component exceeds the maximum width',
            },
          ]
        : []
    })
}

function selectsAreSound(placed: readonly Placed[]): FieldError[] {
  return placed
    .filter(({ component }) => component.type === kind.select)
    .flatMap(({ component, path }) => {
      const options = component.options ?? []
      const values = options.map((option) => option.value)
      const max = component.max_values ?? 1
      const errors: FieldError[] = values.flatMap((value, index) =>
        values.indexOf(value) < index
          ? [
              {
                path: [...path, 'options', index, 'value'],
                code: 'SELECT_COMPONENT_OPTION_VALUE_DUPLICATED',
                message: 'The specified option value is already used',
              },
            ]
          : [],
      )
      if (max > options.length) {
        errors.push({
          path: [...path, 'max_values'],
          code: 'NUMBER_TYPE_MAX',
          message: `int value should be less than or equal to ${options.length}.`,
        })
      }
      if ((component.min_values ?? 1) > max) {
        errors.push({
          path: [...path, 'min_values'],
          code: 'NUMBER_TYPE_MAX',
          message: `int value should be less than or equal to ${max}.`,
        })
      }
      if (options.filter((option) => option.default).length > max) {
        errors.push({
          path: [...path, 'options'],
          code: 'SELECT_COMPONENT_TOO_MANY_DEFAULT_VALUES',
          message: `No more than ${max} options can be selected by default`,
        })
      }
      return errors
    })
}

function attachmentsExist(message: MessageCase): FieldError[] {
  return components(message).flatMap(({ component, path }) => {
    const links: { url: string; path: Path }[] = [
      ...(component.file ? [{ url: component.file.url, path: [...path, 'file', 'url'] }] : []),
      ...(component.media ? [{ url: component.media.url, path: [...path, 'media', 'url'] }] : []),
      ...(component.items ?? []).map((item, index) => ({
        url: item.media.url,
        path: [...path, 'items', index, 'media', 'url'],
      })),
    ]
    return links
      .filter(
        ({ url }) =>
          url.startsWith('attachment://') &&
          !message.files.includes(url.slice('attachment://'.length)),
      )
      .map((link) => ({
        path: link.path,
        code: 'UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND',
        message: 'The referenced attachment was not found',
      }))
  })
}

function embedsAtMost6000({ body }: MessageCase): FieldError[] {
  const total = (body.embeds ?? []).reduce(
    (sum, embed) =>
      sum +
      (embed.title ?? '').length +
      (embed.description ?? '').length +
      (embed.author?.name ?? '').length +
      (embed.footer?.text ?? '').length +
      (embed.fields ?? []).reduce((of, field) => of + field.name.length + field.value.length, 0),
    0,
  )
  return total <= 6000
    ? []
    : [
        {
          path: ['embeds'],
          code: 'MAX_EMBED_SIZE_EXCEEDED',
          message: 'Embed size exceeds maximum size of 6000',
        },
      ]
}

function noEmptyEmbeds({ body }: MessageCase): FieldError[] {
  return (body.embeds ?? []).flatMap((embed, index) => {
    const required = (...path: Path): FieldError => ({
      path: ['embeds', index, ...path],
      code: 'BASE_TYPE_REQUIRED',
      message: 'This field is required',
    })
    const empty =
      !embed.title &&
      !embed.description &&
      !embed.author?.name &&
      !embed.footer?.text &&
      !embed.fields?.length &&
      !embed.image &&
      !embed.thumbnail
    return [
      ...(empty ? [required('description')] : []),
      ...(embed.fields ?? []).flatMap((field, at) => [
        ...(field.name.trim() ? [] : [required('fields', at, 'name')]),
        ...(field.value.trim() ? [] : [required('fields', at, 'value')]),
      ]),
    ]
  })
}

const messageRules = [
  noLegacyFieldsBesideV2,
  onlyRowsWithoutV2,
  atMost40Components,
  atMost4000Characters,
  noBlankText,
  (message: MessageCase) => uniqueCustomIds(components(message)),
  buttonsAreWhole,
  knownSchemes,
  rowsAreButtonsOrOneSelect,
  (message: MessageCase) => selectsAreSound(components(message)),
  attachmentsExist,
  embedsAtMost6000,
  noEmptyEmbeds,
]

/** What the rules say against a message that the schema takes. */
export function messageErrors(message: MessageCase): FieldError[] {
  return messageRules.flatMap((rule) => rule(message))
}

/** Whether nothing would be seen of a new message: Discord's error 50006. */
export function isEmptyMessage({ body, v2, files }: MessageCase): boolean {
  if (v2) return (body.components ?? []).length === 0
  return (
    !body.content?.trim() &&
    !body.embeds?.length &&
    !body.sticker_ids?.length &&
    !body.poll &&
    files.length === 0
  )
}

/** Above this, Discord answers 500 to a message of text displays: their bytes plus 12 for each. */
export const textBytesLimit = 10_170

export function textBytes(body: MessageBody): number {
  return everyComponent(body.components ?? [], [])
    .filter(({ component }) => component.type === kind.text)
    .reduce((sum, { component }) => sum + Buffer.byteLength(component.content ?? '') + 12, 0)
}

type Modal = { readonly components: readonly Component[] }

function atMost5InModal({ components: inside }: Modal): FieldError[] {
  return inside.length <= 5
    ? []
    : [
        {
          path: ['components'],
          code: 'BASE_TYPE_BAD_LENGTH',
          message: 'Must be between 1 and 5 in length.',
        },
      ]
}

/** What the rules say against a modal that the schema takes. */
export function modalErrors(modal: Modal): FieldError[] {
  const placed = everyComponent(modal.components, ['components'])
  return [...atMost5InModal(modal), ...uniqueCustomIds(placed), ...selectsAreSound(placed)]
}

/** String values of autocomplete are up to 100 characters long. */
export function autocompleteErrors(
  choices: readonly { readonly name: string; readonly value: unknown }[],
): FieldError[] {
  return choices.flatMap((choice, index) =>
    typeof choice.value === 'string' && (choice.value.length > 100 || choice.value.length < 1)
      ? [
          {
            path: ['choices', index, 'value'],
            code: 'BASE_TYPE_BAD_LENGTH',
            message: 'Must be between 1 and 100 in length.',
          },
        ]
      : [],
  )
}

type Localized = Readonly<Record<string, string>> | null | undefined

export type CommandOption = {
  readonly type: number
  readonly name: string
  readonly name_localizations?: Localized
  readonly description: string
  readonly description_localizations?: Localized
  readonly required?: boolean | null
  readonly autocomplete?: boolean | null
  readonly choices?:
    | readonly {
        readonly name: string
        readonly name_localizations?: Localized
        readonly value: string | number
      }[]
    | null
  readonly options?: readonly CommandOption[] | null
  readonly min_length?: number | null
  readonly max_length?: number | null
  readonly min_value?: number | null
  readonly max_value?: number | null
}

export type CommandBody = {
  readonly type?: number | null
  readonly name: string
  readonly name_localizations?: Localized
  readonly description?: string | null
  readonly description_localizations?: Localized
  readonly options?: readonly CommandOption[] | null
}

const chatInput = 1
const subcommand = 1
const subcommandGroup = 2

const lowerName = /^[-_'\p{L}\p{N}\p{sc=Deva}\p{sc=Thai}]{1,32}$/u
const wellNamed = (name: string) => lowerName.test(name) && name === name.toLowerCase()
const isChat = (command: CommandBody) => (command.type ?? chatInput) === chatInput

type PlacedOption = { readonly option: CommandOption; readonly path: Path }

function everyOption(options: readonly CommandOption[], path: Path): PlacedOption[] {
  return options.flatMap((option, index) => {
    const here = [...path, index]
    return [{ option, path: here }, ...everyOption(option.options ?? [], [...here, 'options'])]
  })
}

const optionsOf = (command: CommandBody) => everyOption(command.options ?? [], ['options'])

/** Each list of options of a command: its own and those of its subcommands. */
function optionLists(command: CommandBody): { list: readonly CommandOption[]; path: Path }[] {
  return [
    { list: command.options ?? [], path: ['options'] },
    ...optionsOf(command).flatMap(({ option, path }) =>
      option.options ? [{ list: option.options, path: [...path, 'options'] }] : [],
    ),
  ]
}

function namesFitPattern(command: CommandBody): FieldError[] {
  const invalid = (path: Path): FieldError => ({
    path,
    code: 'APPLICATION_COMMAND_INVALID_NAME',
    message: 'Command name is invalid',
  })
  if (!isChat(command)) return command.name.trim() ? [] : [invalid(['name'])]
  return [
    { named: command, path: [] as Path },
    ...optionsOf(command).map(({ option, path }) => ({ named: option, path })),
  ].flatMap(({ named, path }) => [
    ...(wellNamed(named.name) ? [] : [invalid([...path, 'name'])]),
    ...Object.entries(named.name_localizations ?? {})
      .filter(([, name]) => !wellNamed(name))
      .map(([locale]) => invalid([...path, 'name_localizations', locale])),
  ])
}

const locales: ReadonlySet<string> = new Set(Object.values(Locale))

function localesAreKnown(command: CommandBody): FieldError[] {
  const choices = optionsOf(command).flatMap(({ option, path }) =>
    (option.choices ?? []).map((choice, index) => ({
      named: choice as { name_localizations?: Localized; description_localizations?: Localized },
      path: [...path, 'choices', index] as Path,
    })),
  )
  return [
    { named: command, path: [] as Path },
    ...optionsOf(command).map(({ option, path }) => ({ named: option, path })),
    ...choices,
  ].flatMap(({ named, path }) =>
    (['name_localizations', 'description_localizations'] as const).flatMap((field) =>
      Object.keys(named[field] ?? {})
        .filter((locale) => !locales.has(locale))
        .map((locale) => ({
          path: [...path, field, locale],
          code: 'ENUM_TYPE_COERCE',
          message: `Value "${locale}" is not a valid enum value.`,
        })),
    ),
  )
}

function requiredBeforeOptional(command: CommandBody): FieldError[] {
  return optionLists(command).flatMap(({ list, path }) =>
    list.flatMap((option, index) =>
      option.required && list.slice(0, index).some((before) => !before.required)
        ? [
            {
              path: [...path, index],
              code: 'APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID',
              message: 'Required options must be placed before non-required options',
            },
          ]
        : [],
    ),
  )
}

function optionNamesUnique(command: CommandBody): FieldError[] {
  return optionLists(command).flatMap(({ list, path }) =>
    list.flatMap((option, index) =>
      list.findIndex((other) => other.name === option.name) < index
        ? [
            {
              path: [...path, index],
              code: 'APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS',
              message: 'Option name already exists',
            },
          ]
        : [],
    ),
  )
}

function subcommandsStandAlone(command: CommandBody): FieldError[] {
  const isSub = ({ type }: CommandOption) => type === subcommand || type === subcommandGroup
  return optionLists(command).flatMap(({ list, path }) =>
    list.some(isSub) && !list.every(isSub)
      ? [
          {
            path,
            code: 'APPLICATION_COMMAND_OPTIONS_TYPE_INVALID',
            message:
              'Sub-command and sub-command group option types are mutually exclusive to all other types',
          },
        ]
      : [],
  )
}

function choicesAreSound(command: CommandBody): FieldError[] {
  return optionsOf(command).flatMap(({ option, path }) => {
    const choices = option.choices ?? []
    return [
      ...(option.autocomplete && choices.length > 0
        ? [
            {
              path: [...path, 'choices'],
              code: 'APPLICATION_COMMAND_OPTIONS_CHOICES_WITH_AUTOCOMPLETE',
              message: 'Choices cannot be set when autocomplete is true',
            },
          ]
        : []),
      ...choices.flatMap((choice, index) => [
        ...(typeof choice.value === 'string' &&
        (choice.value.length > 100 || choice.value.length < 1)
          ? [
              {
                path: [...path, 'choices', index, 'value'],
                code: 'BASE_TYPE_BAD_LENGTH',
                message: 'Must be between 1 and 100 in length.',
              },
            ]
          : []),
        ...(choices.findIndex((other) => other.name === choice.name) < index
          ? [
              {
                path: [...path, 'choices', index, 'name'],
                code: 'APPLICATION_COMMAND_OPTIONS_CHOICE_NAME_ALREADY_EXISTS',
                message: 'Option choice name already exists',
              },
            ]
          : []),
      ]),
    ]
  })
}

function boundsAreInOrder(command: CommandBody): FieldError[] {
  return optionsOf(command).flatMap(({ option, path }) =>
    (
      [
        ['min_length', 'max_length'],
        ['min_value', 'max_value'],
      ] as const
    ).flatMap(([low, high]) =>
      (option[low] ?? Number.NEGATIVE_INFINITY) > (option[high] ?? Number.POSITIVE_INFINITY)
        ? [
            {
              path: [...path, low],
              code: 'NUMBER_TYPE_MAX',
              message: `int value should be less than or equal to ${option[high]}.`,
            },
          ]
        : [],
    ),
  )
}

function descriptionFitsType(command: CommandBody): FieldError[] {
  if (isChat(command)) {
    return command.description?.trim()
      ? []
      : [
          {
            path: ['description'],
            code: 'BASE_TYPE_REQUIRED',
            message: 'This field is required',
          },
        ]
  }
  return [
    ...(command.description
      ? [
          {
            path: ['description'],
            code: 'APPLICATION_COMMAND_CONTEXT_MENU_DESCRIPTION_CANNOT_BE_SET',
            message: 'Context menu commands cannot have description',
          },
        ]
      : []),
    ...(command.options?.length
      ? [
          {
            path: ['options'],
            code: 'APPLICATION_COMMAND_CONTEXT_MENU_OPTIONS_CANNOT_BE_SET',
            message: 'Context menu commands cannot have options',
          },
        ]
      : []),
  ]
}

/** Names, descriptions and values together; of a localized field the longest form counts. */
function commandSize(command: CommandBody): number {
  const longest = (text: string | null | undefined, localized: Localized) =>
    Math.max((text ?? '').length, ...Object.values(localized ?? {}).map((other) => other.length))
  const named: readonly (CommandBody | CommandOption)[] = [
    command,
    ...optionsOf(command).map(({ option }) => option),
  ]
  return named.reduce(
    (sum, one) =>
      sum +
      longest(one.name, one.name_localizations) +
      longest(one.description, one.description_localizations) +
      ('choices' in one ? (one.choices ?? []) : []).reduce(
        (of: number, choice) =>
          of + longest(choice.name, choice.name_localizations) + String(choice.value).length,
        0,
      ),
    0,
  )
}

function atMost8000Characters(command: CommandBody): FieldError[] {
  return commandSize(command) <= 8000
    ? []
    : [
        {
          path: [],
          code: 'APPLICATION_COMMAND_TOO_LARGE',
          message: 'Command exceeds maximum size (8000)',
        },
      ]
}

const commandRules = [
  namesFitPattern,
  localesAreKnown,
  requiredBeforeOptional,
  optionNamesUnique,
  subcommandsStandAlone,
  choicesAreSound,
  boundsAreInOrder,
  descriptionFitsType,
  atMost8000Characters,
]

/** What the rules say against one command that the schema takes. */
export function commandErrors(command: CommandBody): FieldError[] {
  return commandRules.flatMap((rule) => rule(command))
}

/** The most commands of each type in one place: chat input, user, message. */
export const commandLimits: Readonly<Record<number, number>> = { 1: 100, 2: 15, 3: 15 }

/** What the rules say against a whole list of commands, beyond each one's own errors. */
export function commandListErrors(commands: readonly CommandBody[]): FieldError[] {
  const key = (command: CommandBody) => `${command.type ?? chatInput} ${command.name}`
  return commands.flatMap((command, index) =>
    commands.findIndex((other) => key(other) === key(command)) < index
      ? [
          {
            path: [index],
            code: 'APPLICATION_COMMANDS_DUPLICATE_NAME',
            message: 'Application command names must be unique',
          },
        ]
      : [],
  )
}
