import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { internet, isPublicAddress, lookupAllowed } from '../../src/documents/address.ts'
import { fetchAttachment, fetchDocument } from '../../src/documents/fetch.ts'
import { MemberError } from '../../src/problem.ts'

let answer: RequestListener
let asked: string[] = []
const server = createServer((request, response) => {
  asked.push(request.url ?? '')
  answer(request, response)
})
/** A host on this machine that nobody has declared to be trusted. */
const stranger = createServer((_, response) => {
  asked.push('stranger')
  response.end('secret')
})
let [origin, strange] = ['', '']

beforeAll(async () => {
  for (const one of [server, stranger])
    await new Promise<void>((ready) => one.listen(0, '127.0.0.1', ready))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  strange = `127.0.0.1:${(stranger.address() as AddressInfo).port}`
})
beforeEach(() => {
  asked = []
})
afterAll(() => {
  for (const one of [server, stranger]) {
    one.closeAllConnections()
    one.close()
  }
})

const trusted = () => ({ trustedOrigins: [origin] })

async function refusal(fetching: Promise<unknown>): Promise<string> {
  const error = await fetching.then(
    () => expect.unreachable('was fetched'),
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(MemberError)
  expect((error as Error).message).toMatch(/^[^\n]{10,160}\.$/)
  return (error as Error).message
}

describe('addresses', () => {
  test.each(['8.8.8.8', '93.184.216.34', '2606:4700::1111'])('%s is public', (address) => {
    expect(isPublicAddress(address)).toBe(true)
  })

  test.each([
    ['this host', '0.0.0.0', '127.0.0.1', '127.9.9.9', '::', '::1'],
    ['private', '10.1.2.3', '172.16.0.1', '172.31.255.255', '192.168.0.1', 'fc00::1', 'fd12::1'],
    ['shared by a provider', '100.64.0.1'],
    ['link-local, where clouds keep their secrets', '169.254.169.254', 'fe80::1', 'fe80::1%eth0'],
    ['multicast and broadcast', '224.0.0.1', '255.255.255.255', 'ff02::1'],
    ['reserved', '192.0.0.1', '192.0.2.1', '198.18.0.1', '203.0.113.9', '240.0.0.1', '2001:db8::1'],
    ['IPv4 within IPv6', '::ffff:127.0.0.1', '::ffff:8.8.8.8', '::127.0.0.1'],
    ['translated', '64:ff9b::7f00:1', '64:ff9b:1::1', '2002:7f00:1::', '2001:0:1::1'],
    ['nothing', '', 'localhost', '1.2.3', '::g'],
  ])('%s: not public', (_, ...addresses) => {
    expect(addresses.filter(isPublicAddress)).toEqual([])
  })

  test('one private address among a name’s addresses is enough to refuse it', async () => {
    const look = (addresses: string[]) =>
      new Promise((resolve, reject) =>
        lookupAllowed({
          ...internet,
          resolve: async () =>
            addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
        })('a.example', { all: true }, (error, found) => (error ? reject(error) : resolve(found))),
      )
    expect(await look(['8.8.8.8'])).toEqual([{ address: '8.8.8.8', family: 4 }])
    await expect(look(['8.8.8.8', '10.0.0.1'])).rejects.toThrow(/private address/)
    await expect(look(['8.8.8.8', '::1'])).rejects.toThrow(/private address/)
    await expect(look([])).rejects.toThrow(MemberError)
  })

  test('a name is resolved once for a connection', async () => {
    let times = 0
    // A name server that gives a public address first and a private one ever after.
    const look = lookupAllowed({
      ...internet,
      resolve: async () => {
        times += 1
        return [{ address: times === 1 ? '8.8.8.8' : '127.0.0.1', family: 4 }]
      },
    })
    const found = await new Promise((resolve) =>
      look('a.example', {}, (_, address) => resolve(address)),
    )
    expect([found, times]).toEqual(['8.8.8.8', 1])
  })
})

describe('links', () => {
  test.each([
    ['http://example.org/', /begin with https/],
    ['ftp://example.org/', /begin with https/],
    ['file:///etc/passwd', /begin with https/],
    ['data:text/plain,ha', /begin with https/],
    ['not a link', /not a link/],
    ['https://ada:secret@example.org/', /name or password/],
    ['https://127.0.0.1/', /private address/],
    ['https://[::1]/', /private address/],
    ['https://[::ffff:169.254.169.254]/', /private address/],
    ['https://0x7f.1/', /private address/],
    ['https://2130706433/', /private address/],
    ['https://017700000001/', /private address/],
    ['https://localhost/', /private address/],
  ])('%s is refused', async (url, sentence) => {
    expect(await refusal(fetchDocument(url))).toMatch(sentence)
  })

  test('a document comes with its name and its character set', async () => {
    answer = (_, response) => {
      response.setHeader('content-type', 'text/html; charset="ISO-8859-1"')
      response.end('The ferry leaves.')
    }
    const { bytes, ...about } = await fetchDocument(`${origin}/a/the%20ferry.html?x=1`, trusted())
    expect(Buffer.from(bytes).toString()).toBe('The ferry leaves.')
    expect(about).toEqual({
      name: 'the ferry.html',
      url: `${origin}/a/the%20ferry.html?x=1`,
      charset: 'ISO-8859-1',
    })
  })

  test('a redirect is followed where it leads to an allowed address', async () => {
    answer = (request, response) => {
      if (request.url === '/old') response.writeHead(302, { location: '/new' })
      response.end('The ferry leaves.')
    }
    expect((await fetchDocument(`${origin}/old`, trusted())).url).toBe(`${origin}/new`)
  })

  test.each([
    ['a private address', () => `https://${strange}/`, /private address/],
    [
      'a name of this machine',
      () => `https://localhost:${strange.split(':')[1]}/`,
      /private address/,
    ],
    ['http', () => `http://${strange}/`, /begin with https/],
    ['a file', () => 'file:///etc/passwd', /begin with https/],
    ['itself', () => '/again', /one address to the next/],
  ])('a redirect to %s is refused', async (_, location, sentence) => {
    answer = (_, response) => response.writeHead(302, { location: location() }).end()
    expect(await refusal(fetchDocument(`${origin}/old`, trusted()))).toMatch(sentence)
    expect(asked).not.toContain('stranger')
    expect(asked.length).toBeLessThanOrEqual(6)
  })

  test('bytes are capped, whatever the server declares', async () => {
    answer = (_, response) => response.end(Buffer.alloc(5_000))
    expect(await refusal(fetchDocument(origin, { ...trusted(), bytes: 1_000 }))).toMatch(
      /more than/,
    )
    // No content-length at all, and no end.
    answer = (_, response) => {
      const more = setInterval(() => response.write(Buffer.alloc(500)), 1)
      response.on('close', () => clearInterval(more))
    }
    expect(await refusal(fetchDocument(origin, { ...trusted(), bytes: 5_000 }))).toMatch(
      /more than/,
    )
  })

  test('a server that never ends, an error and a packed answer each give a sentence', async () => {
    answer = (_, response) => void response.write('a')
    expect(await refusal(fetchDocument(origin, { ...trusted(), seconds: 0.3 }))).toMatch(
      /took longer/,
    )
    answer = (_, response) => response.writeHead(404).end()
    expect(await refusal(fetchDocument(origin, trusted()))).toMatch(/answered with error 404/)
    answer = (_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('x')
    expect(await refusal(fetchDocument(origin, trusted()))).toMatch(/sends this packed/)
    answer = (_, response) => void response.destroy()
    expect(await refusal(fetchDocument(origin, trusted()))).toMatch(/could not be reached/)
  })

  test('a fetch that is called off ends with the reason given', async () => {
    answer = (_, response) => void response.write('a')
    const stop = new AbortController()
    const fetching = fetchDocument(origin, { ...trusted(), signal: stop.signal })
    setTimeout(() => stop.abort(new Error('the member left')), 50)
    await expect(fetching).rejects.toThrow('the member left')
  })
})

describe('attachments', () => {
  test.each([
    'https://example.org/attachments/1/2/a.pdf',
    'https://cdn.discordapp.com.example.org/a.pdf',
    'https://cdn.discordapp.com@example.org/a.pdf',
    'http://cdn.discordapp.com/a.pdf',
    'https://cdn.discordapp.com:8443/a.pdf',
    'a.pdf',
  ])('%s is not Discord’s', async (url) => {
    expect(await refusal(fetchAttachment(url, { declaredSize: 10 }))).toMatch(/not an attachment/)
  })

  test('too large a file is not even asked for', async () => {
    expect(
      await refusal(
        fetchAttachment(`${origin}/a.pdf`, { ...trusted(), declaredSize: 2_000, bytes: 1_000 }),
      ),
    ).toMatch(/more than/)
    expect(asked).toEqual([])
  })

  test('a file larger than declared is left while it comes', async () => {
    answer = (_, response) => response.end(Buffer.alloc(5_000))
    const options = { ...trusted(), declaredSize: 10, bytes: 1_000 }
    expect(await refusal(fetchAttachment(`${origin}/a.pdf`, options))).toMatch(/more than/)
  })

  test('no redirect is followed', async () => {
    answer = (_, response) => response.writeHead(302, { location: `http://${strange}/` }).end()
    expect(
      await refusal(fetchAttachment(`${origin}/a.pdf`, { ...trusted(), declaredSize: 10 })),
    ).toMatch(/has moved/)
    expect(asked).toEqual(['/a.pdf'])
  })

  test('a good one comes as it is', async () => {
    answer = (_, response) => response.end('The ferry leaves.')
    const { bytes, name } = await fetchAttachment(`${origin}/1/2/a.txt?ex=1`, {
      ...trusted(),
      declaredSize: 17,
    })
    expect([Buffer.from(bytes).toString(), name]).toEqual(['The ferry leaves.', 'a.txt'])
  })
})
