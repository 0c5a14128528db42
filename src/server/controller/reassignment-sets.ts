import { KafkaError } from '../../protocol/errors.ts'
import type { PartitionImage } from '../metadata/image.ts'

/** The sets of replicas in a reassignment (KIP-455): all that are there meanwhile, those that come and those that go. */
export interface ReassignmentSets {
  readonly replicas: readonly number[]
  readonly adding: readonly number[]
  readonly removing: readonly number[]
}

const without = (list: readonly number[], some: readonly number[]): number[] => list.filter((id) => !some.includes(id))

export const isReassigned = ({ addingReplicas, removingReplicas }: PartitionImage): boolean =>
  addingReplicas.length + removingReplicas.length > 0

/** The way from one list of replicas to another: those that go stay behind until those that come are in sync. */
export function reassignment(current: readonly number[], target: readonly number[]): ReassignmentSets {
  const removing = without(current, target).sort((a, b) => a - b)
  const adding = without(target, current).sort((a, b) => a - b)
  return { replicas: [...target, ...removing], adding, removing }
}

/** What is left when the replicas that come are in sync; undefined while they are not, or where nothing is reassigned. */
export function completedReassignment({
  isr,
  replicas,
  adding,
  removing,
}: ReassignmentSets & { readonly isr: readonly number[] }):
  | { readonly isr: number[]; readonly replicas: number[] }
  | undefined {
  if (adding.length + removing.length === 0) return undefined
  const left = { isr: without(isr, removing), replicas: without(replicas, removing) }
  if (left.isr.length === 0 || left.replicas.length === 0) return undefined
  if (!adding.every((id) => left.isr.includes(id))) return undefined
  // Where fewer come than go, those that stay have to make up for it.
  const areFewer = adding.length < removing.length
  return areFewer && !left.replicas.every((id) => left.isr.includes(id)) ? undefined : left
}

/** How it was before the reassignment. `isUnclean` says that none of those is in sync. Throws INVALID_REPLICA_ASSIGNMENT. */
export function reverted({ replicas, isr, addingReplicas }: PartitionImage): {
  readonly replicas: number[]
  readonly isr: number[]
  readonly isUnclean: boolean
} {
  const before = without(replicas, addingReplicas)
  const inSync = without(isr, addingReplicas)
  if (inSync.length > 0) return { replicas: before, isr: inSync, isUnclean: false }
  const [first] = before
  if (first === undefined)
    throw new KafkaError(
      'INVALID_REPLICA_ASSIGNMENT',
      'Invalid replica assignment: addingReplicas contains all replicas.',
    )
  return { replicas: before, isr: [first], isUnclean: true }
}
