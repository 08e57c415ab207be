import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { internet, type Network } from '../../src/documents/address.ts'
import { ask, ines, isRead, only, plain, quotesOf, readings, stage, whenManaged } from './stage.ts'

const fact = 'The ferry to Farness carried exactly ninety goats in the spring of 1911.'
const question = 'How many goats did the ferry to Farness carry?'
const page = `<!doctype html><html><head><title>The goats of Farness</title></head><body><article><h1>The goats of Farness</h1><p>${fact}</p><p>${'Nobody counted the sheep that winter. '.repeat(10)}</p></article></body></html>`

const openssl = (() => {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
})()

/** A certificate for `farness.example`, made for this run. */
function certificate() {
  const folder = mkdtempSync(join(tmpdir(), 'footnote-certificate-'))
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
      ...['-keyout', key, '-out', cert, '-days', '2', '-subj', '/CN=farness.example'],
      ...['-addext', 'subjectAltName=DNS:farness.example,DNS:inside.example'],
    ],
    { stdio: 'ignore' },
  )
  const made = { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') }
  rmSync(folder, { recursive: true, force: true })
  return made
}

describe.skipIf(!openssl)(`links${openssl ? '' : ' (skipped: openssl is not installed)'}`, () => {
  const asked: string[] = []
  let answer: (request: IncomingMessage, response: ServerResponse) => void
  let network: Network
  let port = 0
  let close = () => {}

  beforeAll(async () => {
    const made = certificate()
    const server = createServer(made, (request, response) => {
      asked.push(`${request.headers.host?.split(':')[0]}${request.url}`)
      answer(request, response)
    })
    await new Promise<void>((ready) => server.listen(0, '127.0.0.2', ready))
    port = (server.address() as AddressInfo).port
    close = () => {
      server.closeAllConnections()
      server.close()
    }
    // In this world 127.0.0.2 is a host like any other, and 127.0.0.1 as private as ever.
    network = {
      resolve: async (host) => {
        const address = { 'farness.example': '127.0.0.2', 'inside.example': '127.0.0.1' }[host]
        if (!address) throw new Error(`${host} is unknown`)
        return [{ address, family: 4 }]
      },
      isAllowed: (address) => address === '127.0.0.2' || internet.isAllowed(address),
      authorities: [made.cert],
    }
  })
  beforeEach(() => {
    asked.length = 0
    answer = (_, response) => {
      response.setHeader('content-type', 'text/html; charset=utf-8')
      response.end(page)
    }
  })
  afterAll(() => close())

  const at = (path: string, host = 'farness.example') => `https://${host}:${port}${path}`

  async function added(url: string, env = {}) {
    const on = await stage({ env: { LINKS: 'on', ...env }, network })
    const answered = on.discord.act({
      kind: 'command',
      member: ines,
      channel: readings,
      command: 'library add-link',
      options: { url },
    })
    return { on, said: plain(only(await answered.until(isRead, 60_000))) }
  }

  test('a page is added, answers questions, and is cited by its address', async () => {
    const { on, said } = await added(at('/goats'))
    expect(said).toContain('One reading added')
    expect(said).toContain('The goats of Farness')
    const shown = only(await ask(on, question))
    expect(quotesOf(shown).join(' ')).toContain(fact)
    expect(JSON.stringify(shown.message)).toContain(at('/goats'))
  })

  test('a redirect is followed, and the reading has the address that it led to', async () => {
    answer = (request, response) => {
      if (request.url === '/old') response.writeHead(301, { location: '/new' }).end()
      else response.setHeader('content-type', 'text/html').end(page)
    }
    const { on, said } = await added(at('/old'))
    expect(said).toContain('One reading added')
    expect(asked).toEqual(['farness.example/old', 'farness.example/new'])
    expect(JSON.stringify(only(await ask(on, question)).message)).toContain(at('/new'))
  })

  test.each([
    ['a name of a private address', () => at('/', 'inside.example')],
    ['a private address', () => `https://127.0.0.1:${port}/`],
  ])('a redirect to %s is refused, and nobody is asked there', async (_, location) => {
    answer = (_, response) => response.writeHead(302, { location: location() }).end()
    const { said } = await added(at('/old'))
    expect(said).toContain('private address')
    expect(asked).toEqual(['farness.example/old'])
  })

  test('a server that declares less than it sends, or more than may be, is left', async () => {
    answer = (_, response) => {
      response.setHeader('content-length', '900000000')
      response.write('<p>small')
    }
    expect((await added(at('/large'), { DOCUMENT_MEGABYTES: '1' })).said).toContain('more than 1')
    answer = (_, response) => {
      // Chunks without a declared length, beyond the limit.
      const more = setInterval(() => response.write(Buffer.alloc(400_000, 'a ')), 5)
      response.on('close', () => clearInterval(more))
    }
    expect((await added(at('/endless'), { DOCUMENT_MEGABYTES: '1' })).said).toContain('more than 1')
    answer = (_, response) => {
      response.setHeader('content-length', '100000')
      response.write(page)
      setTimeout(() => response.destroy(), 50)
    }
    expect((await added(at('/short'))).said).toContain('could not be reached')
  })

  test('a certificate that nobody vouches for is not believed', async () => {
    const { authorities: _, ...strict } = network
    const on = await stage({ env: { LINKS: 'on' }, network: strict })
    const said = plain(only(await whenManaged(on, 'library add-link', { url: at('/goats') })))
    expect(said).toContain('could not be reached')
    expect(asked).toEqual([])
  })
})
