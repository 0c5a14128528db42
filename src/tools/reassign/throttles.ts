import type { Admin, ConfigAlteration, TopicPartition } from '../../client/index.ts'
import { KafkaError } from '../../protocol/errors.ts'
import { type Assignment, nameOf } from './plan.ts'

const LEADER_RATE = 'leader.replication.throttled.rate'
const FOLLOWER_RATE = 'follower.replication.throttled.rate'
const DIRS_RATE = 'replica.alter.log.dirs.io.max.bytes.per.second'
const LEADER_REPLICAS = 'leader.replication.throttled.replicas'
const FOLLOWER_REPLICAS = 'follower.replication.throttled.replicas'

async function alter(admin: Admin, alterations: readonly ConfigAlteration[]): Promise<void> {
  if (alterations.length === 0) return
  for (const error of (await admin.incrementalAlterConfigs(alterations)).values())
    if (error instanceof KafkaError) throw error
}

/** Bytes a second for what moves between brokers: its sources and destinations get the limit, the topics the list of replicas. */
export async function throttleMoves(
  admin: Admin,
  plan: readonly Assignment[],
  current: readonly Assignment[],
  rate: number,
): Promise<void> {
  const before = new Map(current.map((item) => [nameOf(item), item.replicas]))
  const moves = plan.map((item) => {
    const sources = before.get(nameOf(item)) ?? []
    return { ...item, sources, destinations: item.replicas.filter((id) => !sources.includes(id)) }
  })
  const moving = moves.filter(({ destinations }) => destinations.length > 0)
  const topics = [...new Set(moving.map(({ topic }) => topic))].sort()
  const replicas = (topic: string, side: 'sources' | 'destinations') =>
    moving
      .filter((move) => move.topic === topic)
      .flatMap((move) => move[side].map((id) => `${move.partition}:${id}`))
      .join(',')
  await alter(
    admin,
    topics.map((name) => ({
      type: 'topic' as const,
      name,
      ops: [
        { op: 'set' as const, name: LEADER_REPLICAS, value: replicas(name, 'sources') },
        { op: 'set' as const, name: FOLLOWER_REPLICAS, value: replicas(name, 'destinations') },
      ],
    })),
  )
  const brokers = moving.flatMap(({ sources, destinations }) => [...sources, ...destinations])
  await setRates(admin, brokers, [LEADER_RATE, FOLLOWER_RATE], rate)
}

/** Bytes a second for what moves between the folders of a broker. */
export const throttleDirectories = (admin: Admin, brokers: readonly number[], rate: number): Promise<void> =>
  setRates(admin, brokers, [DIRS_RATE], rate)

const setRates = (admin: Admin, brokers: readonly number[], names: readonly string[], rate: number): Promise<void> =>
  alter(
    admin,
    [...new Set(brokers)].map((id) => ({
      type: 'broker' as const,
      name: String(id),
      ops: names.map((name) => ({ op: 'set' as const, name, value: String(rate) })),
    })),
  )

const remove = (names: readonly string[]) => names.map((name) => ({ op: 'delete' as const, name }))

export const clearBrokers = (admin: Admin, brokers: readonly number[]): Promise<void> =>
  alter(
    admin,
    brokers.map((id) => ({
      type: 'broker' as const,
      name: String(id),
      ops: remove([LEADER_RATE, FOLLOWER_RATE, DIRS_RATE]),
    })),
  )

export const clearTopics = (admin: Admin, topics: readonly string[]): Promise<void> =>
  alter(
    admin,
    topics.map((name) => ({ type: 'topic' as const, name, ops: remove([LEADER_REPLICAS, FOLLOWER_REPLICAS]) })),
  )

export const topicsOf = (items: readonly TopicPartition[]): string[] =>
  [...new Set(items.map(({ topic }) => topic))].sort()
