/** An operator's mistake: one sentence that names the place, what is wrong and the mend. */
export class OperatorError extends Error {
  override readonly name = 'OperatorError'
}

/** A member's mistake, told to that member alone: a short sentence that says what to do. */
export class MemberError extends Error {
  override readonly name = 'MemberError'
}

/** The exit code for a mistake in the configuration (EX_CONFIG of sysexits.h). */
export const badConfiguration = 78

/** Ends the program: a mistake of who runs it with its one sentence, anything else with all it has. */
export function exitOn(error: unknown): never {
  const theirs = error instanceof OperatorError || error instanceof MemberError
  console.error(theirs ? error.message : error)
  process.exit(error instanceof OperatorError ? badConfiguration : 1)
}
