import { OperatorError } from '../problem.ts'

const separator = '|'

/** Discord's limit on a component's `custom_id`. */
const actionIdLimit = 100

/**
 * The `custom_id` of a button, menu or form: command, action and all that the press needs, so that
 * it works after a restart and in any process. No part may hold `|`.
 * @throws if the whole is longer than 100 characters
 */
export function actionId(command: string, action: string, ...args: readonly string[]): string {
  const id = [command, action, ...args].join(separator)
  if (id.length > actionIdLimit || args.some((arg) => arg.includes(separator))) {
    throw new OperatorError(`The button "${id}" does not fit into ${actionIdLimit} characters.`)
  }
  return id
}

/** The parts of an id made by `actionId`, or nothing if it was not made by it. */
export function parseActionId(
  id: string,
): { command: string; action: string; args: readonly string[] } | undefined {
  const [command, action, ...args] = id.split(separator)
  return command && action ? { command, action, args } : undefined
}
