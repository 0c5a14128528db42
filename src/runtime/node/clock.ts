// Node 20 finds the global one by a function at each use.
import { performance } from 'node:perf_hooks'
import { type Clock, sleepOn } from '../clock.ts'

/** The longest wait of a timer of Node; it fires a longer one at once. */
const LONGEST = 0x7fff_ffff

const waitUntil = (due: number): number => Math.min(Math.ceil(due - performance.now()), LONGEST)

export const nodeClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  timer(ms, callback) {
    // Node counts whole milliseconds from the begin of the turn: its timers ring early, for which nobody here is prepared.
    const due = performance.now() + ms
    const ring = () => {
      if (performance.now() < due) handle = setTimeout(ring, waitUntil(due))
      else callback()
    }
    let handle = setTimeout(ring, waitUntil(due))
    return { cancel: () => clearTimeout(handle) }
  },
  defer: (callback) => void setImmediate(callback),
  sleep: (ms, signal) => sleepOn(nodeClock, ms, signal),
}
