import { describe, expect, it } from 'vitest'
import { Host, World } from './world.ts'

describe('simulated time', () => {
  it('has whoever waits for the rest of a time-out find it over', async () => {
    const world = new World(1)
    const { clock } = new Host(world, 'host').boot()
    let early = 0
    // Doubles have a bit less behind the point from each power of two on.
    for (let power = 10; power < 21; power++) {
      for (let tries = 0; tries < 20; tries++)
        world.schedule(2 ** power - world.chance.between(0.1, 499.9), () => {
          const from = clock.monotonic()
          clock.timer(world.chance.between(0.1, 499.9), () =>
            clock.timer(500 - (clock.monotonic() - from), () => {
              if (clock.monotonic() - from < 500) early++
            }),
          )
        })
    }
    await world.run(() => world.now > 2 ** 20, 2 ** 21).catch(() => undefined)
    expect(early).toBe(0)
  })

  it('says so when it stands still', async () => {
    const world = new World(1)
    const again = () => void world.schedule(0, again)
    again()
    await expect(world.run(() => false, 1000)).rejects.toThrow('time stands still')
  })
})
