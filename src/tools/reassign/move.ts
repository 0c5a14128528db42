import type { Admin, TopicPartition } from '../../client/index.ts'
import { currentOf } from './current.ts'
import { type Assignment, byPartition, checkPlan, nameOf } from './plan.ts'

export interface StartOptions {
  /** Beside what is under way already. */
  readonly additional: boolean
  readonly allowReplicationFactorChange: boolean
  /** Called when everything is checked, with the way back. */
  beforeStart?(current: readonly Assignment[]): Promise<void>
}

/** Starts to move partitions; throws before anything is changed when the plan cannot be. */
export async function startReassignments(
  admin: Admin,
  plan: readonly Assignment[],
  { additional, allowReplicationFactorChange, beforeStart }: StartOptions,
): Promise<void> {
  checkPlan(plan)
  if (!additional && (await admin.listPartitionReassignments()).length > 0)
    throw new Error(
      'Cannot execute because there is an existing partition assignment.  Use --additional to override this and create a new partition assignment in addition to the existing one. The --additional flag can also be used to change the throttle by resubmitting the current reassignment.',
    )
  const brokers = new Set((await admin.describeCluster()).nodes.map(({ id }) => id))
  for (const { replicas } of plan)
    for (const id of replicas) if (!brokers.has(id)) throw new Error(`Unknown broker id ${id}`)
  const current = await currentOf(admin, plan)
  await beforeStart?.(current)
  const results = await admin.alterPartitionReassignments(plan, { allowReplicationFactorChange })
  const failures = [...plan].sort(byPartition).flatMap((item) => {
    const error = results.get(nameOf(item))
    return error ? [`${nameOf(item)}: ${error.message}`] : []
  })
  if (failures.length > 0) throw new Error(`Error reassigning partition(s):\n${failures.join('\n')}`)
}

/** Takes back what of a plan is under way, and gives that. */
export async function cancelReassignments(admin: Admin, plan: readonly Assignment[]): Promise<TopicPartition[]> {
  const moving = await admin.listPartitionReassignments(plan)
  if (moving.length === 0) return []
  const list = moving.map(({ topic, partition }) => ({ topic, partition, replicas: undefined }))
  const results = await admin.alterPartitionReassignments(list)
  for (const item of list) {
    const error = results.get(nameOf(item))
    if (error) throw error
  }
  return list
}
