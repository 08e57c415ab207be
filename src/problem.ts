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

/**
 * Runs a program of the command line. A mistake in its options is told in a sentence and ends it
 * with code 2; where nobody reads on (`| head`), it ends too.
 */
export async function runProgram(main: () => Promise<void>): Promise<void> {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0)
    exitOn(error)
  })
  try {
    await main()
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException
    if (!`${code}`.startsWith('ERR_PARSE_ARGS')) exitOn(error)
    console.error(`${message.split('. ')[0]}.`)
    process.exitCode = 2
  }
}
