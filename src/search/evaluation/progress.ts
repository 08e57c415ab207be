/** Counts on one line of a terminal's standard error; silent where it is a file or a pipe. */
export function progress(label: string, total: number): { step(): void; done(): void } {
  const { stderr } = process
  let count = 0
  const step = () => {
    count++
    if (stderr.isTTY && (count % 50 === 0 || count === total)) {
      stderr.write(`\r\x1b[K${label}: ${count} of ${total}`)
    }
  }
  const done = () => {
    if (stderr.isTTY) stderr.write('\r\x1b[K')
  }
  return { step, done }
}
