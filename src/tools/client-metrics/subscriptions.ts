import type { Admin, ConfigEntry, ConfigOperation, ConfigResource } from '../../client/index.ts'
import { alterEntity } from '../configs/alter.ts'
import { describeEntity } from '../configs/describe.ts'

/** Which clients send which of their metrics to the brokers, and how often (KIP-714): a config resource for each subscription. */

/** What is left out stays; an empty text goes back to the default. */
export interface SubscriptionChange {
  readonly interval?: string
  /** `selector=pattern,...` */
  readonly match?: string
  /** Prefixes of metrics' names, with commas. */
  readonly metrics?: string
}

const properties = { interval: 'interval.ms', match: 'match', metrics: 'metrics' } as const

const resource = (name: string): ConfigResource => ({ type: 'client-metrics', name })

export async function listSubscriptions(admin: Admin): Promise<string[]> {
  return (await admin.listConfigResources(['client-metrics'])).map(({ name }) => name)
}

/** Makes a subscription or changes one; throws the broker's error. */
export async function alterSubscription(admin: Admin, name: string, change: SubscriptionChange): Promise<void> {
  const ops = Object.entries(properties).flatMap(([key, property]): ConfigOperation[] => {
    const value = change[key as keyof SubscriptionChange]
    if (value === undefined) return []
    return [value === '' ? { name: property, op: 'delete' } : { name: property, op: 'set', value }]
  })
  await alterEntity(admin, resource(name), ops)
}

/** A subscription is gone when none of its properties is set. */
export async function deleteSubscription(admin: Admin, name: string): Promise<void> {
  const set = await describeEntity(admin, resource(name), false)
  await alterEntity(
    admin,
    resource(name),
    set.map((entry) => ({ name: entry.name, op: 'delete' })),
  )
}

export const describeSubscription = (admin: Admin, name: string): Promise<ConfigEntry[]> =>
  describeEntity(admin, resource(name), true)
