import { workerData } from 'node:worker_threads'

// A thread beside the one that reads, which may be busy for as long as it likes. V8's limit of the
// heap counts no buffers, and unpacking makes those; and nobody waits for an orphan's answer.
const { megabytes } = workerData as { megabytes: number }
const [parent, atStart] = [process.ppid, process.memoryUsage.rss()]

setInterval(() => {
  const grown = process.memoryUsage.rss() - atStart
  if (grown > megabytes * 1_000_000 || process.ppid !== parent) process.kill(process.pid, 'SIGKILL')
}, 100)
