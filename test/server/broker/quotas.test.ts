import { beforeEach, describe, expect, it } from 'vitest'
import type { QuotaRecord } from '../../../src/server/broker/quotas/quota-table.ts'
import { Quotas } from '../../../src/server/broker/quotas/quotas.ts'
import { ManualClock } from '../../support/memory-runtime.ts'

/** How quotas are found and counted; quotas.compat.test.ts holds the silences against those of Apache's broker. */

/** `user=alice client-id=* producer_byte_rate=1000`, where a star is the default of its type. */
function quota(text: string): QuotaRecord {
  const parts = text.split(' ').map((part) => part.split('=') as [string, string])
  const [key, value] = parts.pop() as [string, string]
  const entity = parts.map(([entityType, name]) => ({ entityType, entityName: name === '*' ? null : name }))
  return { entity, key, value: Number(value), remove: false }
}

let clock: ManualClock
let records: ReadonlyMap<string, QuotaRecord>
const set = (...texts: string[]) => {
  records = new Map(texts.map((text) => [text, quota(text)]))
}
const counting = () =>
  new Quotas({
    clock,
    windows: { count: 11, ms: 1000 },
    mutationWindows: { count: 11, ms: 1000 },
    records: () => records,
  })
const client = (user: string, clientId = 'c') => ({ user, clientId })

beforeEach(() => {
  clock = new ManualClock()
  set()
})

describe('a byte rate', () => {
  it('is not counted where nobody has a quota', () => {
    expect(counting().has('producer_byte_rate')).toBe(false)
    expect(counting().record('producer_byte_rate', client('alice'), 1e9)).toBe(0)
  })

  it('silences whoever is beyond it until the average of the windows is back at it', async () => {
    set('user=alice producer_byte_rate=1000')
    const quotas = counting()
    const produce = (bytes: number) => quotas.record('producer_byte_rate', client('alice'), bytes)
    // Ten of the eleven windows count as gone by from the start.
    expect([produce(5000), produce(5000)]).toEqual([0, 0])
    expect(produce(5000)).toBe(5000)
    await clock.advance(5000)
    expect(produce(1)).toBeLessThan(5010)
    // What is older than all windows is forgotten.
    await clock.advance(20_000)
    expect(produce(10_000)).toBe(0)
  })

  it('does not count what has to be asked for once more', () => {
    set('client-id=* consumer_byte_rate=1000')
    const quotas = counting()
    expect(quotas.admit('consumer_byte_rate', client('a'), 9000)).toBe(0)
    expect(quotas.admit('consumer_byte_rate', client('a'), 3000)).toBe(2000)
    expect(quotas.admit('consumer_byte_rate', client('a'), 1000)).toBe(0)
    expect(quotas.most('consumer_byte_rate', client('a'))).toBe(10_000)
  })

  it('may be changed while it is counted', () => {
    set('user=alice producer_byte_rate=1000')
    const quotas = counting()
    expect(quotas.record('producer_byte_rate', client('alice'), 20_000)).toBe(10_000)
    set('user=alice producer_byte_rate=2000')
    expect(quotas.record('producer_byte_rate', client('alice'), 0)).toBe(0)
    set()
    expect(quotas.record('producer_byte_rate', client('alice'), 1e9)).toBe(0)
  })
})

describe('the quota of a client', () => {
  const all = [
    'user=alice client-id=c producer_byte_rate=1',
    'user=alice client-id=* producer_byte_rate=2',
    'user=alice producer_byte_rate=3',
    'user=* client-id=c producer_byte_rate=4',
    'user=* client-id=* producer_byte_rate=5',
    'user=* producer_byte_rate=6',
    'client-id=c producer_byte_rate=7',
    'client-id=* producer_byte_rate=8',
  ]

  it.each(all.map((_, at) => [at + 1]))('is the nearest one (%i)', (limit) => {
    set(...all.slice(limit - 1).reverse())
    expect(counting().most('producer_byte_rate', client('alice'))).toBe(limit * 10)
  })

  it('is another one with another name', () => {
    set(...all)
    const most = (user: string, clientId: string) => counting().most('producer_byte_rate', client(user, clientId)) / 10
    expect([most('alice', 'd'), most('bob', 'c'), most('bob', 'd')]).toEqual([2, 4, 5])
    set('user=alice producer_byte_rate=3', 'client-id=c producer_byte_rate=7')
    expect([most('alice', 'c'), most('bob', 'c'), most('bob', 'd')]).toEqual([3, 7, Number.POSITIVE_INFINITY])
  })

  it('is shared as far as it does not tell clients apart', () => {
    const silenced = (text: string, ...clients: [string, string][]) => {
      set(text)
      const quotas = counting()
      return clients.map(([user, clientId]) => quotas.record('producer_byte_rate', client(user, clientId), 8000) > 0)
    }
    const both: [string, string][] = [
      ['alice', 'a'],
      ['alice', 'b'],
    ]
    expect(silenced('user=alice producer_byte_rate=1000', ...both)).toEqual([false, true])
    expect(silenced('user=* producer_byte_rate=1000', ...both, ['bob', 'a'])).toEqual([false, true, false])
    expect(silenced('user=alice client-id=* producer_byte_rate=1000', ...both)).toEqual([false, false])
    expect(silenced('client-id=a producer_byte_rate=1000', ['alice', 'a'], ['bob', 'a'])).toEqual([false, true])
  })
})

describe('changes of topics', () => {
  it('may be many at once after a rest, and are refused to those who know the error', async () => {
    set('user=alice controller_mutation_rate=2')
    const quotas = counting()
    const take = (partitions: number, strict = true) => {
      const quota = quotas.mutations(client('alice'), strict)
      try {
        quota.take(partitions)
      } catch (error) {
        return [(error as Error).message, quota.throttleMs]
      }
      return quota.throttleMs
    }
    expect(take(22)).toBe(0)
    // What goes beyond the quota is done once, and has to be made up for.
    expect(take(10)).toBe(0)
    expect(take(1)).toEqual(['The throttling quota has been exceeded.', 5000])
    // Others are not refused, and silent for the longer.
    expect(take(2, false)).toBe(6000)
    await clock.advance(6000)
    expect(take(1)).toBe(0)
  })
})

it('counts new connections by their address', () => {
  set('ip=10.0.0.1 connection_creation_rate=1', 'ip=* connection_creation_rate=2')
  const quotas = counting()
  const refused = (address: string) => Array.from({ length: 25 }, () => quotas.admitConnection(address) > 0)
  expect(refused('10.0.0.1').filter((one) => !one)).toHaveLength(10)
  expect(refused('10.0.0.2').filter((one) => !one)).toHaveLength(20)
})
