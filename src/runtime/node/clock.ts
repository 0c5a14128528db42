import { type Clock, sleepOn } from '../clock.ts'

export const nodeClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  timer(ms, callback) {
    // Node fires a longer one at once; three weeks are as good as never here.
    const handle = setTimeout(callback, Math.min(ms, 0x7fff_ffff))
    return { cancel: () => clearTimeout(handle) }
  },
  defer: (callback) => void setImmediate(callback),
  sleep: (ms, signal) => sleepOn(nodeClock, ms, signal),
}
