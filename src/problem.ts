/** An operator's mistake: one sentence that names the place, what is wrong and the mend. */
export class OperatorError extends Error {
  override readonly name = 'OperatorError'
}

/** A member's mistake, told to that member alone: a short sentence that says what to do. */
export class MemberError extends Error {
  override readonly name = 'MemberError'
}
