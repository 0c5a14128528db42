import { Args, Flags } from '@oclif/core'
import type { ConfigResource, ConfigResourceType } from '../../client/index.ts'
import { InvalidRequest } from '../../tools/groups/reset.ts'
import { quotaTypes } from './quota-entity.ts'

const types: readonly ConfigResourceType[] = ['topic', 'broker', 'broker-logger', 'client-metrics', 'group']

export const typeArg = Args.string({
  ignoreStdin: true,
  required: true,
  options: [...types, ...quotaTypes],
  description: 'What the properties belong to',
})

export const defaultsFlag = Flags.boolean({ description: 'The defaults of all brokers, users, clients or ips' })

/** The entity that the arguments mean; undefined for all of its kind. */
export function entityOf(type: string, name: string | undefined, defaults: boolean): ConfigResource | undefined {
  if (defaults && (type !== 'broker' || name !== undefined))
    throw new InvalidRequest('--defaults is for brokers, users, clients and ips, without a name.')
  if (type.startsWith('broker') && name !== undefined && !/^\d+$/.test(name))
    throw new InvalidRequest(`${name} is no id of a broker.`)
  if (defaults) return { type: 'broker', name: '' }
  return name === undefined ? undefined : { type: type as ConfigResourceType, name }
}
