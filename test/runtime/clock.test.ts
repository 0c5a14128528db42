import { expect, it } from 'vitest'
import { nodeClock } from '../../src/runtime/node/clock.ts'

const busyFor = (ms: number) => {
  for (const end = nodeClock.monotonic() + ms; nodeClock.monotonic() < end; );
}

it('never rings early, also when the turn in which a timer was set took long', async () => {
  for (const ms of [0.5, 3, 5.9]) {
    await new Promise((resolve) => setImmediate(resolve))
    busyFor(12)
    const due = nodeClock.monotonic() + ms
    await new Promise<void>((resolve) => nodeClock.timer(ms, resolve))
    expect(nodeClock.monotonic()).toBeGreaterThanOrEqual(due)
  }
})

it('can be taken back', async () => {
  let rang = false
  nodeClock
    .timer(1, () => {
      rang = true
    })
    .cancel()
  await nodeClock.sleep(5)
  expect(rang).toBe(false)
})
