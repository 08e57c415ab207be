import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium'

/** Why no browser can be opened, if none can. */
export const chromiumMissing: string | undefined = existsSync(executablePath)
  ? undefined
  : `No browser at ${executablePath}: install Chromium, or set CHROMIUM to the path of one.`

/** Opens Chromium without a window, and without connections of its own. */
export function openChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}
