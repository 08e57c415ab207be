import { monitorEventLoopDelay } from 'node:perf_hooks'

// Loaded into the bot's process before the bot (`node --import`): whoever started the process asks
// for the worst delay of the event loop since it last asked, in milliseconds.
const resolution = 5
const delay = monitorEventLoopDelay({ resolution })
delay.enable()

process.on('message', (asked) => {
  if (asked !== 'delay') return
  process.send?.({ worst: delay.max / 1e6 - resolution, usual: delay.percentile(99) / 1e6 })
  delay.reset()
})
process.channel?.unref()
