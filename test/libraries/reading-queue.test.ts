import { expect, test } from 'vitest'
import { openReadingQueue } from '../../src/libraries/reading-queue.ts'
import { MemberError } from '../../src/problem.ts'

/** A task that ends when it is told to, and says when it began. */
function tasks() {
  const begun: string[] = []
  const ends = new Map<string, () => void>()
  const task = (name: string) => () =>
    new Promise<string>((resolve) => {
      begun.push(name)
      ends.set(name, () => resolve(name))
    })
  const end = async (name: string) => {
    ends.get(name)?.()
    await new Promise(setImmediate)
  }
  return { begun, task, end }
}

const ignore = () => {}

test('each library has one turn at a time, and a crowded one does not keep the others waiting', async () => {
  const queue = openReadingQueue({ atOnce: 2, waiting: 10, waitingOfOne: 10 })
  const { begun, task, end } = tasks()
  for (const name of ['a1', 'a2', 'a3', 'b1', 'c1'])
    void queue.run(name.charAt(0), task(name), ignore)
  await new Promise(setImmediate)
  expect(begun).toEqual(['a1', 'b1'])
  await end('a1')
  expect(begun).toEqual(['a1', 'b1', 'a2'])
  await end('a2')
  expect(begun).toEqual(['a1', 'b1', 'a2', 'c1'])
  await end('c1')
  expect(begun).toEqual(['a1', 'b1', 'a2', 'c1', 'a3'])
})

test('who waits is told how many go before', async () => {
  const queue = openReadingQueue({ atOnce: 1, waiting: 10, waitingOfOne: 10 })
  const { task, end } = tasks()
  const told: number[] = []
  void queue.run('a', task('a1'), ignore)
  void queue.run('a', task('a2'), ignore)
  void queue.run('a', task('a3'), (before) => told.push(before))
  await new Promise(setImmediate)
  expect(told.at(-1)).toBe(2)
  await end('a1')
  expect(told.at(-1)).toBe(1)
})

test('more than may wait are refused, of one library and in all, and room comes back', async () => {
  const queue = openReadingQueue({ atOnce: 1, waiting: 3, waitingOfOne: 2 })
  const { task, end, begun } = tasks()
  for (const name of ['a1', 'a2', 'a3']) void queue.run('a', task(name), ignore)
  await expect(queue.run('a', task('a4'), ignore)).rejects.toThrow('2 texts are waiting')
  void queue.run('b', task('b1'), ignore)
  const refused = queue.run('c', task('c1'), ignore)
  await expect(refused).rejects.toThrow(MemberError)
  await expect(refused).rejects.toThrow('Very many texts are waiting')
  for (const name of ['a1', 'a2', 'b1']) await end(name)
  void queue.run('c', task('c2'), ignore)
  await end('a3')
  expect(begun).toContain('c2')
})

test('a task that fails gives its turn on', async () => {
  const queue = openReadingQueue({ atOnce: 1, waiting: 3, waitingOfOne: 2 })
  const failing = queue.run('a', () => Promise.reject(new Error('broken')), ignore)
  const next = queue.run('a', async () => 'read', ignore)
  await expect(failing).rejects.toThrow('broken')
  expect(await next).toBe('read')
})
