import type { PageNews, PageRequest } from '../wire.ts'

export type Answer = Extract<PageNews, { kind: 'answer' }>

type Unnumbered<T> = T extends { request: number } ? Omit<T, 'request'> : never

export type Connection = {
  enter(member: string, channel: string): void
  /** Resolves when the server has taken the request, or says why it cannot be done. */
  ask(request: Unnumbered<PageRequest>): Promise<Answer>
}

const retryMs = 1000

/** The one WebSocket to the server behind the page; it is opened again whenever it breaks. */
export function connect(on: {
  /** Called at each (re)connection, before any news. */
  opened(): void
  closed(): void
  news(news: Exclude<PageNews, Answer>): void
}): Connection {
  const waiting = new Map<number, (answer: Answer) => void>()
  let last = 0
  let socket: WebSocket

  function open(): void {
    socket = new WebSocket(`ws://${location.host}/live`)
    socket.addEventListener('open', on.opened)
    socket.addEventListener('close', () => {
      for (const [request, answer] of waiting) {
        answer({ kind: 'answer', request, impossible: 'The rehearsal has stopped.' })
      }
      waiting.clear()
      on.closed()
      setTimeout(open, retryMs)
    })
    socket.addEventListener('message', ({ data }) => {
      const news = JSON.parse(data) as PageNews
      if (news.kind === 'answer') {
        waiting.get(news.request)?.(news)
        waiting.delete(news.request)
      } else on.news(news)
    })
  }
  open()

  return {
    enter(member, channel) {
      if (socket.readyState === WebSocket.OPEN) {
        socket.send(JSON.stringify({ kind: 'enter', member, channel } satisfies PageRequest))
      }
    },
    ask(asked) {
      last += 1
      const request = last
      if (socket.readyState !== WebSocket.OPEN) {
        return Promise.resolve({
          kind: 'answer',
          request,
          impossible: 'The rehearsal is not running.',
        })
      }
      socket.send(JSON.stringify({ ...asked, request }))
      return new Promise((resolve) => waiting.set(request, resolve))
    },
  }
}
