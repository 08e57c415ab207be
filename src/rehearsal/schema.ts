// The package ships these schemas without types.
// @ts-expect-error
import * as untyped from 'discord-api-spec/zod'
import type { FieldError } from './discord-error.ts'

/** As far as the published schemas are needed here; the package declares none of their types. */
type Schema = {
  safeParse(
    value: unknown,
  ): { success: true } | { success: false; error: { issues: readonly Issue[] } }
}

type Issue = {
  readonly code: string
  readonly path: readonly PropertyKey[]
  readonly message: string
  readonly origin?: string
  readonly format?: string
  readonly minimum?: number | bigint
  readonly maximum?: number | bigint
  readonly values?: readonly unknown[]
  readonly errors?: readonly (readonly Issue[])[]
}

function published(name: string): Schema {
  const schema = (untyped as Readonly<Record<string, Schema | undefined>>)[`${name}Schema`]
  if (!schema) throw new Error(`Discord's published description no longer has ${name}.`)
  return schema
}

const callbacks: Readonly<Record<number, Schema>> = {
  1: published('PongInteractionCallbackRequest'),
  4: published('CreateMessageInteractionCallbackRequest'),
  5: published('CreateMessageInteractionCallbackRequest'),
  6: published('UpdateMessageInteractionCallbackRequest'),
  7: published('UpdateMessageInteractionCallbackRequest'),
  8: published('ApplicationCommandAutocompleteCallbackRequest'),
  9: published('ModalInteractionCallbackRequest'),
}

const bodies = {
  command: published('ApplicationCommandCreateRequest'),
  'command-edit': published('ApplicationCommandPatchRequestPartial'),
  message: published('MessageCreateRequest'),
  'message-edit': published('MessageEditRequestPartial'),
  'follow-up': published('IncomingWebhookRequestPartial'),
  'follow-up-edit': published('IncomingWebhookUpdateRequestPartial'),
} as const satisfies Record<string, Schema>

export type BodyKind = keyof typeof bodies

/** What Discord's published schema says against a body; nothing if it is well formed. */
export function schemaErrors(kind: BodyKind, body: unknown): FieldError[] {
  return check(bodies[kind], body)
}

/** The same for the body of an interaction callback, by its `type`. */
export function callbackSchemaErrors(body: unknown): FieldError[] {
  const type = (body as { type?: unknown } | null)?.type
  const schema = typeof type === 'number' ? callbacks[type] : undefined
  if (!schema) {
    return [choices(['type'], Object.keys(callbacks))]
  }
  return check(schema, body)
}

function check(schema: Schema, body: unknown): FieldError[] {
  const result = schema.safeParse(body)
  return result.success ? [] : result.error.issues.flatMap((issue) => said(issue, [], body))
}

function said(issue: Issue, above: readonly (string | number)[], body: unknown): FieldError[] {
  const path = [...above, ...issue.path.map((key) => (typeof key === 'number' ? key : String(key)))]
  if (issue.code === 'invalid_union' && issue.errors?.length) {
    return meant(issue.errors).flatMap((inner) => said(inner, path, body))
  }
  return [fieldError(issue, path, at(body, path))]
}

/**
 * Of the branches of a union, the one that the sender meant: the one whose `type` fits, for a
 * component; otherwise the one that went wrong deepest.
 */
function meant(branches: readonly (readonly Issue[])[]): readonly Issue[] {
  const fitting = branches.filter(
    (issues) => !issues.some((issue) => issue.path.length === 1 && issue.path[0] === 'type'),
  )
  const depth = (issues: readonly Issue[]) => Math.max(...issues.map((issue) => issue.path.length))
  const among = fitting.length > 0 ? fitting : branches
  return among.reduce((best, next) => (depth(next) > depth(best) ? next : best))
}

function at(body: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      value !== null && typeof value === 'object'
        ? (value as Record<string | number, unknown>)[key]
        : undefined,
    body,
  )
}

function choices(path: readonly (string | number)[], allowed: readonly unknown[]): FieldError {
  return {
    path,
    code: 'BASE_TYPE_CHOICES',
    message: `Value must be one of {${allowed.join(', ')}}.`,
  }
}

/** The words that Discord uses for each kind of mistake. */
function fieldError(issue: Issue, path: readonly (string | number)[], value: unknown): FieldError {
  const { minimum, maximum, origin } = issue
  if (value === undefined || value === null) {
    return { path, code: 'BASE_TYPE_REQUIRED', message: 'This field is required' }
  }
  if (issue.code === 'invalid_value') return choices(path, issue.values ?? [])
  if (issue.code === 'too_big' && (origin === 'string' || origin === 'array')) {
    return {
      path,
      code: 'BASE_TYPE_MAX_LENGTH',
      message: `Must be ${maximum} or fewer in length.`,
    }
  }
  if (issue.code === 'too_small' && (origin === 'string' || origin === 'array')) {
    return { path, code: 'BASE_TYPE_MIN_LENGTH', message: `Must be ${minimum} or more in length.` }
  }
  if (issue.code === 'too_big') {
    return {
      path,
      code: 'NUMBER_TYPE_MAX',
      message: `int value should be less than or equal to ${maximum}.`,
    }
  }
  if (issue.code === 'too_small') {
    return {
      path,
      code: 'NUMBER_TYPE_MIN',
      message: `int value should be greater than or equal to ${minimum}.`,
    }
  }
  if (issue.code === 'invalid_format' && issue.format === 'url') {
    return { path, code: 'URL_TYPE_INVALID_URL', message: 'Not a well formed URL.' }
  }
  return { path, code: 'BASE_TYPE_INVALID', message: issue.message }
}
