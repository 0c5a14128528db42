import type { Admin, GroupListing } from '../../client/index.ts'
import { partitionKey } from '../../client/types.ts'
import { KafkaError } from '../../protocol/errors.ts'
import { javaHash } from '../../std/java-hash.ts'
import { hashOrder } from '../java/hash-order.ts'
import { InvalidRequest, type PlannedOffset } from './reset.ts'

const consumerTypes = ['Consumer', 'Classic']
const consumerStates = [
  'Dead',
  'PreparingRebalance',
  'Reconciling',
  'Assigning',
  'Empty',
  'Stable',
  'CompletingRebalance',
]

function chosen(input: string, known: readonly string[], complaint: string): string[] {
  return input.split(',').map((word) => {
    const found = known.find((name) => name.toLowerCase() === word.trim().toLowerCase())
    if (found === undefined) throw new InvalidRequest(`${complaint}${known.join(', ')}`)
    return found
  })
}

/** Reads `stable,empty`; throws `InvalidRequest`. */
export const groupStates = (input: string): string[] => chosenStates(input, consumerStates)

/** The same for groups of another kind, which know other states. */
export const chosenStates = (input: string, known: readonly string[]): string[] =>
  chosen(input, known, `Invalid state list '${input}'. Valid states are: `)

/** Reads `classic,consumer`; throws `InvalidRequest`. */
export const groupTypes = (input: string): string[] =>
  chosen(input, consumerTypes, `Invalid types list '${input}'. Valid types are: `)

export interface GroupFilters {
  readonly types?: readonly string[]
  readonly states?: readonly string[]
}

/** Brokers say `classic` and `consumer`. */
export const capitalized = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1)

/** Groups of consumers, those of both protocols, in the order in which Apache's tool lists them. */
export async function listConsumerGroups(
  admin: Admin,
  { types = [], states = [] }: GroupFilters = {},
): Promise<GroupListing[]> {
  const groups = await admin.listGroups({ types, states, protocolTypes: ['', 'consumer'] })
  const named = groups.map((group) => ({ ...group, type: capitalized(group.type) }))
  return hashOrder(named, ({ groupId }) => javaHash(groupId))
}

/** Sets a group's offsets; throws the first partition's error. */
export async function setOffsets(admin: Admin, groupId: string, offsets: readonly PlannedOffset[]): Promise<void> {
  if (offsets.length === 0) return
  const results = await admin.alterConsumerGroupOffsets(groupId, offsets)
  for (const { topic, partition } of offsets) {
    const error = results.get(partitionKey(topic, partition))
    if (error instanceof KafkaError) throw error
  }
}
