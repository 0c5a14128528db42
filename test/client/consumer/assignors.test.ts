import { describe, expect, test } from 'vitest'
import { decodeMember, encodeSubscription, findAssignors } from '../../../src/client/consumer/assignors/assignor.ts'
import type { Assignment, Assignor, GroupMember } from '../../../src/client/consumer/assignors/types.ts'
import type { TopicPartition } from '../../../src/client/types.ts'
import { SeededRandom } from '../../support/memory-runtime.ts'

const [range, roundRobin, sticky, cooperative] = findAssignors([
  'org.apache.kafka.clients.consumer.RangeAssignor',
  'roundrobin',
  'sticky',
  'org.apache.kafka.clients.consumer.CooperativeStickyAssignor',
]) as [Assignor, Assignor, Assignor, Assignor]

const member = (memberId: string, topics: readonly string[], more: Partial<GroupMember> = {}): GroupMember => ({
  memberId,
  groupInstanceId: undefined,
  topics,
  owned: [],
  generation: -1,
  userData: null,
  ...more,
})

const text = (assignment: Assignment) =>
  Object.fromEntries(
    Array.from(assignment, ([id, partitions]) => [
      id,
      partitions.map(({ topic, partition }) => `${topic}${partition}`).join(' '),
    ]),
  )

const counts = (topics: Record<string, number>) => new Map(Object.entries(topics))

test('range cuts each topic, the first members get more', () => {
  const members = [member('b', ['x', 'y']), member('a', ['x', 'y']), member('c', ['y'])]
  expect(text(range.assign(counts({ x: 3, y: 4 }), members))).toEqual({ a: 'x0 x1 y0 y1', b: 'x2 y2', c: 'y3' })
})

test('static members come first, by instance id', () => {
  const members = [
    member('a', ['x']),
    member('z', ['x'], { groupInstanceId: 'i2' }),
    member('y', ['x'], { groupInstanceId: 'i1' }),
  ]
  expect(text(range.assign(counts({ x: 4 }), members))).toEqual({ a: 'x3', y: 'x0 x1', z: 'x2' })
})

test('roundrobin deals in a circle, past members without the topic', () => {
  const members = [member('a', ['x']), member('b', ['x', 'y']), member('c', ['x', 'y', 'z'])]
  expect(text(roundRobin.assign(counts({ x: 1, y: 2, z: 3 }), members))).toEqual({ a: 'x0', b: 'y0', c: 'y1 z0 z1 z2' })
})

describe.each([
  ['range', range],
  ['roundrobin', roundRobin],
  ['sticky', sticky],
  ['cooperative-sticky', cooperative],
])('%s over random groups', (name, assignor) => {
  test('gives each partition to exactly one member that wants it', () => {
    const random = new SeededRandom(3)
    for (let round = 0; round < 200; round++) {
      const topics = Object.fromEntries(
        Array.from({ length: 1 + random.int(5) }, (_, i) => [`t${i}`, 1 + random.int(9)]),
      )
      const names = Object.keys(topics)
      const members = Array.from({ length: 1 + random.int(6) }, (_, i) =>
        member(`m${i}`, i === 0 ? names : names.filter(() => random.int(3) > 0)),
      )
      const given = Array.from(assignor.assign(counts(topics), members)).flatMap(([id, partitions]) =>
        partitions.map((where) => ({ id, ...where })),
      )
      const total = Object.values(topics).reduce((sum, count) => sum + count, 0)
      expect(new Set(given.map(({ topic, partition }) => `${topic}-${partition}`)).size).toBe(total)
      expect(given.length).toBe(total)
      for (const { id, topic } of given)
        expect(members.find(({ memberId }) => memberId === id)?.topics).toContain(topic)
    }
  })

  if (!name.includes('sticky')) return
  test('is even, and moves no more than it must', () => {
    const random = new SeededRandom(7)
    const names = ['t0', 't1', 't2']
    const topics = counts({ t0: 7, t1: 5, t2: 8 })
    let members = Array.from({ length: 3 }, (_, i) => member(`m${i}`, names))
    let generation = 0
    let next = 3
    for (let round = 0; round < 60; round++) {
      const joins = members.length < 2 || (members.length < 9 && random.int(2) === 0)
      const before = members
      if (joins) members = [...members, member(`m${next++}`, names)]
      else members = members.filter((_, i) => i !== round % members.length)
      const assignment = settle(assignor, topics, members)
      const loads = [...assignment.values()].map((partitions) => partitions.length)
      expect(Math.max(...loads) - Math.min(...loads)).toBeLessThanOrEqual(1)
      // Nothing moves between members that stay, except to make room for a newcomer.
      const newcomers = members.filter(({ memberId }) => !before.some((other) => other.memberId === memberId))
      for (const { memberId, owned } of before) {
        const now = assignment.get(memberId)
        if (!now || (newcomers.length === 0 && round === 0)) continue
        const kept = owned.filter((where) => has(now, where)).length
        expect(kept).toBe(Math.min(owned.length, newcomers.length === 0 ? owned.length : now.length))
      }
      generation++
      members = members.map((old) => {
        const owned = assignment.get(old.memberId) as TopicPartition[]
        return { ...old, owned, generation, userData: assignor.userData(owned, generation) }
      })
    }
  })
})

const has = (list: readonly TopicPartition[], { topic, partition }: TopicPartition) =>
  list.some((other) => other.topic === topic && other.partition === partition)

/** Runs rebalances until nobody has to give anything up, as a cooperative group does. */
function settle(assignor: Assignor, topics: ReadonlyMap<string, number>, members: readonly GroupMember[]): Assignment {
  let current = members
  for (let round = 0; round < 4; round++) {
    const assignment = assignor.assign(topics, current)
    const total = [...topics.values()].reduce((sum, count) => sum + count, 0)
    if ([...assignment.values()].reduce((sum, list) => sum + list.length, 0) === total) return assignment
    current = current.map((old) => ({ ...old, owned: assignment.get(old.memberId) ?? [] }))
  }
  throw new Error('the group does not settle')
}

test('cooperative members get what others own only after those have given it up', () => {
  const owned = [0, 1, 2, 3].map((partition) => ({ topic: 'x', partition }))
  const members = [member('a', ['x'], { owned, generation: 4 }), member('b', ['x'], { generation: 4 })]
  const first = cooperative.assign(counts({ x: 4 }), members)
  expect(first.get('a')?.length).toBe(2)
  expect(first.get('b')).toEqual([])
})

test('two claims of one generation count for nobody; a newer one wins', () => {
  const x0 = [{ topic: 'x', partition: 0 }]
  const topics = counts({ x: 2 })
  const claims = (a: number, b: number) => [
    member('a', ['x'], { owned: x0, userData: sticky.userData(x0, a) }),
    member('b', ['x'], { owned: x0, userData: sticky.userData(x0, b) }),
  ]
  expect(text(sticky.assign(topics, claims(1, 2)))).toEqual({ a: 'x1', b: 'x0' })
  expect(text(sticky.assign(topics, claims(2, 1)))).toEqual({ a: 'x0', b: 'x1' })
})

test('a subscription is what Apache consumers write and read', () => {
  const owned = [
    { topic: 'b', partition: 1 },
    { topic: 'b', partition: 0 },
  ]
  const bytes = encodeSubscription(['b', 'a'], owned, 5, Buffer.from([0, 0, 0, 5]), 'r1')
  // Made by ConsumerProtocol.serializeSubscription of kafka-clients 4.3.1.
  expect(bytes.toString('hex')).toBe(
    '0003000000020001610001620000000400000005000000010001620000000200000000000000010000000500027231',
  )
  expect(decodeMember('m', null, bytes)).toEqual({
    memberId: 'm',
    groupInstanceId: undefined,
    topics: ['a', 'b'],
    owned: [
      { topic: 'b', partition: 0 },
      { topic: 'b', partition: 1 },
    ],
    generation: 5,
    userData: Buffer.from([0, 0, 0, 5]),
  })
})

test('an unknown strategy is refused', () => {
  expect(() => findAssignors(['nope'])).toThrow('Class nope could not be found.')
})
