import { beforeEach, describe, expect, it } from 'vitest'
import { Doorway } from '../../src/network/doorway.ts'
import { Callbacks } from '../../src/std/callbacks.ts'
import { ManualClock } from '../support/memory-runtime.ts'

let clock: ManualClock
let freed: Callbacks
let places: number
/** Milliseconds of those that come in, in their order; 0 for the rest. */
let waits: number[]
let doorway: Doorway
let heard: string[]

beforeEach(() => {
  clock = new ManualClock()
  freed = new Callbacks()
  places = Number.POSITIVE_INFINITY
  waits = []
  heard = []
  doorway = new Doorway({
    clock,
    hasPlace: () => places > 0,
    onFreed: (callback) => freed.add(callback),
    pace: () => waits.shift() ?? 0,
  })
})

const enter = (name: string) =>
  doorway.enter((mayEnter) => {
    if (mayEnter) places--
    heard.push(mayEnter ? name : `not ${name}`)
  })
const turn = () => new Promise((resolve) => setImmediate(resolve))

describe('a doorway', () => {
  it('lets in at once where nobody has to wait', () => {
    enter('a')
    enter('b')
    expect(heard).toEqual(['a', 'b'])
  })

  it('lets in one for each that leaves, in the order in which they came', async () => {
    places = 1
    for (const name of ['a', 'b', 'c']) enter(name)
    expect(heard).toEqual(['a'])
    for (const name of ['b', 'c']) {
      places++
      freed.callAll()
      await turn()
      expect(heard.at(-1)).toBe(name)
    }
  })

  it('sees that there are more places now', async () => {
    places = 0
    enter('a')
    places = 1
    await clock.advance(1000)
    expect(heard).toEqual(['a'])
  })

  it('keeps all waiting for as long as the pace wants', async () => {
    waits = [0, 700, 300]
    for (const name of ['a', 'b', 'c', 'd']) enter(name)
    expect(heard).toEqual(['a'])
    await clock.advance(699)
    expect(heard).toEqual(['a'])
    await clock.advance(1)
    expect(heard).toEqual(['a', 'b'])
    await clock.advance(300)
    expect(heard).toEqual(['a', 'b', 'c', 'd'])
    enter('e')
    expect(heard.at(-1)).toBe('e')
  })

  it('sees that somebody else has taken the place meanwhile', async () => {
    waits = [100]
    enter('a')
    places = 0
    await clock.advance(100)
    expect(heard).toEqual([])
    places = 1
    freed.callAll()
    await turn()
    expect(heard).toEqual(['a'])
  })

  it('sends those away that come when too many wait', () => {
    places = 0
    for (let i = 0; i < 501; i++) enter(String(i))
    expect(heard).toEqual(['not 500'])
  })

  it('lets nobody in that waits when it is shut, and nobody later', async () => {
    waits = [100]
    enter('a')
    doorway.shut()
    enter('b')
    await clock.advance(100)
    expect(heard).toEqual(['not a', 'not b'])
  })
})
