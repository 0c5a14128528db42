import { describe, expect, it } from 'vitest'
import { serdes } from '../../src/streams/index.ts'
import { ByteStore } from '../../src/streams/state/byte-store.ts'
import { CacheBudget, RecordCache } from '../../src/streams/state/record-cache.ts'
import { TypedStore } from '../../src/streams/state/typed-store.ts'

/** A store with a cache of so many bytes; `log` has what reached the changelog, `flushed` what was sent on. */
function cached(bytes: number) {
  const log: string[] = []
  const flushed: string[] = []
  const budget = new CacheBudget(bytes)
  const store = new ByteStore('s', (key, value) => log.push(`${key}=${value}`), new RecordCache(budget))
  const context = { timestamp: 5, headers: [], metadata: { topic: 't', partition: 0, offset: 0 } }
  const typed = new TypedStore(store, serdes.string, serdes.string, () => context)
  typed.onFlush((key, value, before) => flushed.push(`${key}:${before}>${value}`))
  return { store, typed, log, flushed, budget }
}

describe('a record cache', () => {
  it('sends the last change of each key on, in the order of the last changes', () => {
    const { store, typed, log, flushed, budget } = cached(10_000)
    for (const [key, value] of [
      ['a', '1'],
      ['b', '1'],
      ['a', '2'],
      ['c', '1'],
    ] as const)
      typed.put(key, value)
    expect(log).toEqual([])
    expect([...typed.all()].map(({ key, value }) => key + value)).toEqual(['a2', 'b1', 'c1'])
    store.flush()
    expect(log).toEqual(['b=1', 'a=2', 'c=1'])
    expect(flushed).toEqual(['b:null>1', 'a:null>2', 'c:null>1'])
    expect(budget.used).toBe(0)
    typed.delete('a')
    expect(typed.get('a')).toBeUndefined()
    expect([...typed.range('b', undefined)].map(({ key }) => key)).toEqual(['b', 'c'])
    store.flush()
    expect(flushed.at(-1)).toBe('a:2>null')
  })

  it('says nothing of what came and went between two commits', () => {
    const { store, typed, log, flushed } = cached(10_000)
    typed.put('a', '1')
    typed.delete('a')
    store.flush()
    expect([...log, ...flushed]).toEqual([])
  })

  it('is emptied when it has more than it may', () => {
    const { typed, log, budget } = cached(200)
    typed.put('a', '1')
    typed.put('b', '1')
    expect(log).toEqual([])
    typed.put('a', '2')
    typed.put('c', 'x'.repeat(100))
    expect(log).toEqual(['b=1', 'a=2', `c=${'x'.repeat(100)}`])
    expect(budget.used).toBe(0)
  })
})

describe('serdes', () => {
  it('have the bytes of Java', () => {
    expect(serdes.long.serialize(-2)).toEqual(Buffer.from('fffffffffffffffe', 'hex'))
    expect(serdes.integer.serialize(258)).toEqual(Buffer.from('00000102', 'hex'))
    expect(serdes.double.serialize(1.5)).toEqual(Buffer.from('3ff8000000000000', 'hex'))
    expect(serdes.string.serialize('ä')).toEqual(Buffer.from('c3a4', 'hex'))
    expect(serdes.json<{ a: number }>().deserialize(Buffer.from('{"a":1}')).a).toBe(1)
    expect(() => serdes.long.serialize(2 ** 60)).toThrow('is no whole number that can be counted exactly')
    expect(() => serdes.integer.deserialize(Buffer.alloc(3))).toThrow('The bytes of an integer are 4, these are 3.')
  })
})
