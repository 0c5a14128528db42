import type { ConsumerGroupDescription } from '../../client/index.ts'
import { KafkaError } from '../../protocol/errors.ts'
import { parsePlan, planLine } from '../../tools/groups/csv.ts'
import { deleteOffsets } from '../../tools/groups/delete-offsets.ts'
import { describeGroups, groupOffsets } from '../../tools/groups/describe.ts'
import { groupStates, groupTypes, listConsumerGroups, setOffsets } from '../../tools/groups/list.ts'
import { OffsetReset, type PlannedOffset, type ResetTarget } from '../../tools/groups/reset.ts'
import { deletedTable, listTable, membersTable, offsetsTable, resetTable, stateTable } from '../../tools/groups/text.ts'
import { wrapping } from '../../tools/groups/wrapped-error.ts'
import { stringHashOrder } from '../../tools/java/hash-order.ts'
import { parseDateTime, parseDuration } from '../../tools/java/time.ts'
import { Exit, exitCode } from '../exit.ts'
import type { CommandLine } from './command-line.ts'
import type { GroupsCall } from './groups-call.ts'
import { javaText } from './java-error.ts'

export async function list({ line, admin, context }: GroupsCall): Promise<void> {
  const columns = { type: line.has('type'), state: line.has('state') }
  if (!columns.type && !columns.state) {
    const groups = await wrapping(() => listConsumerGroups(admin))
    context.console.out(groups.map(({ groupId }) => `${groupId}\n`).join(''))
    return
  }
  const types = line.value('type')
  const states = line.value('state')
  const filters = { types: types ? groupTypes(types) : [], states: states ? groupStates(states) : [] }
  context.console.out(listTable(await listConsumerGroups(admin, filters), columns))
}

async function chosenGroups({ line, admin }: GroupsCall): Promise<string[]> {
  if (!line.has('all-groups')) return line.values('group')
  return (await wrapping(() => listConsumerGroups(admin))).map(({ groupId }) => groupId)
}

/** Says what is to be said of a group's state; false when there is nothing to show. */
function announce({ context, fail }: GroupsCall, { groupId, state }: ConsumerGroupDescription, rows: number): boolean {
  const rebalancing = ['PreparingRebalance', 'CompletingRebalance', 'Assigning', 'Reconciling']
  if (state === 'Dead') fail(`Consumer group '${groupId}' does not exist.`)
  else if (state === 'Empty') context.console.error(`\nConsumer group '${groupId}' has no active members.\n`)
  else if (rebalancing.includes(state))
    context.console.error(`\nWarning: Consumer group '${groupId}' is rebalancing.\n`)
  else if (state !== 'Stable')
    throw new Error(`Expected a valid consumer group state, but found '${state || 'Unknown'}'.`)
  return state !== 'Dead' && rows > 0
}

export async function describe(call: GroupsCall): Promise<void> {
  const { line, admin, context } = call
  const ids = await chosenGroups(call)
  const verbose = line.has('verbose')
  if (line.has('state')) {
    for (const group of await describeGroups(admin, ids))
      if (announce(call, group, 1)) context.console.out(stateTable(group, verbose))
  } else if (line.has('members')) {
    for (const group of await describeGroups(admin, ids)) {
      announce(call, group, group.members.length)
      context.console.out(membersTable(group, verbose))
    }
  } else
    for (const view of await groupOffsets(admin, ids))
      if (announce(call, view.group, view.rows.length)) context.console.out(offsetsTable(view, verbose))
}

export async function remove(call: GroupsCall): Promise<void> {
  const { admin, context, fail } = call
  const results = await admin.deleteConsumerGroups(await chosenGroups(call))
  const ids = stringHashOrder(results.keys())
  const quoted = (list: readonly string[]) => list.map((id) => `'${id}'`).join(', ')
  const failed = ids.filter((id) => results.get(id) instanceof KafkaError)
  const gone = ids.filter((id) => !failed.includes(id))
  if (failed.length === 0) {
    context.console.out(`Deletion of requested consumer groups (${quoted(gone)}) was successful.\n`)
    return
  }
  fail('Deletion of some consumer groups failed:')
  for (const id of failed)
    context.console.out(`* Group '${id}' could not be deleted due to: ${javaText(results.get(id))}\n`)
  if (gone.length > 0) context.console.out(`\nThese consumer groups were deleted successfully: ${quoted(gone)}\n`)
}

export const deleteOffsetsOf = (call: GroupsCall): Promise<void> =>
  forgetOffsets(call, call.line.value('group') as string, call.line.values('topic'))

/** Forgets the offsets of a group of any kind, and prints what became of each. */
export async function forgetOffsets(
  { admin, context, fail }: GroupsCall,
  groupId: string,
  topics: readonly string[],
): Promise<void> {
  const { error, results } = await deleteOffsets(admin, groupId, topics)
  const partial = ['GROUP_SUBSCRIBED_TO_TOPIC', 'TOPIC_AUTHORIZATION_FAILED', 'UNKNOWN_TOPIC_OR_PARTITION']
  const whole = ['INVALID_GROUP_ID', 'GROUP_ID_NOT_FOUND', 'GROUP_AUTHORIZATION_FAILED', 'NON_EMPTY_GROUP']
  if (!error) context.console.out(`Request succeeded for deleting offsets from group ${groupId}.\n`)
  else if (whole.includes(error.error)) fail(new KafkaError(error.code).message)
  else if (partial.includes(error.error)) fail('Encountered some partition-level error, see the follow-up details.')
  else fail(`Encountered some unknown error: ${error.error}`)
  const missing = results.some((result) => result.partition < 0)
  context.console.out(deletedTable(results.map((r) => ({ ...r, error: r.error && javaText(r.error) }))))
  if (!error && missing) throw new Exit(exitCode.failed)
}

export async function resetOffsets(call: GroupsCall): Promise<void> {
  const { line, admin, context, fail } = call
  const { console } = context
  const ids = await chosenGroups(call)
  const scope = { allTopics: line.has('all-topics'), topics: line.values('topic') }
  const target = resetTarget(call)
  if (!scope.allTopics && scope.topics.length === 0 && target?.to !== 'plan')
    line.usage('One of the reset scopes should be defined: --all-topics, --topic.')
  const reset = new OffsetReset(admin, scope, target, {
    empty: ({ topic, partition }) =>
      console.out(
        `\nWarn: Partition ${partition} from topic ${topic} is empty. Falling back to latest known offset.\n`,
      ),
    moved: (sentence) => console.error(`WARN ${sentence}\n`),
    noPlan: (groupId) => fail(`No reset plan for group ${groupId} found`),
  })
  const plans = new Map<string, readonly PlannedOffset[]>()
  const groups = await admin.describeConsumerGroups(ids)
  for (const id of stringHashOrder(groups.keys())) {
    const group = groups.get(id)!
    if (group instanceof KafkaError && group.error !== 'GROUP_ID_NOT_FOUND') throw group
    const state = group instanceof KafkaError ? 'Dead' : group.state
    if (state === 'Empty' || state === 'Dead') plans.set(id, await resetOne(call, reset, id))
    else {
      fail(`Assignments can only be reset if the group '${id}' is inactive, but the current state is ${state}.`)
      plans.set(id, [])
    }
  }
  console.out(line.has('export') ? exported(line, plans) : resetTable(plans))
}

/** The plans as lines of CSV. */
export function exported(line: CommandLine, plans: ReadonlyMap<string, readonly PlannedOffset[]>): string {
  const single = line.values('group').length === 1
  const lines = Array.from(plans, ([id, offsets]) =>
    offsets.map((offset) => planLine(single ? undefined : id, offset)).join(''),
  )
  return `${lines.join('')}\n`
}

/** Plans and, with `--execute`, sets the offsets of one group. */
async function resetOne({ line, admin }: GroupsCall, reset: OffsetReset, id: string): Promise<PlannedOffset[]> {
  try {
    const plan = await reset.plan(id)
    if (!plan)
      return line.usage(
        "Option '[reset-offsets]' requires one of the following scenarios: [[to-offset], [shift-by], [to-datetime], [by-duration], [to-earliest], [to-latest], [to-current], [from-file]]",
      )
    if (line.has('execute')) await setOffsets(admin, id, plan)
    return plan
  } catch (error) {
    // Apache's tool shows these without their class.
    throw error instanceof KafkaError ? new Error(error.message) : error
  }
}

/** What the options reset to; undefined when none of them says. */
export function resetTarget({ line, context }: GroupsCall): ResetTarget | undefined {
  const { clock } = context.runtime
  if (line.has('to-offset')) return { to: 'offset', offset: line.number('to-offset') as number }
  if (line.has('to-earliest')) return { to: 'earliest' }
  if (line.has('to-latest')) return { to: 'latest' }
  if (line.has('shift-by')) return { to: 'shift', by: line.number('shift-by') as number }
  if (line.has('to-datetime')) return { to: 'time', timestamp: parseDateTime(line.value('to-datetime') as string) }
  if (line.has('by-duration'))
    return { to: 'time', timestamp: Math.floor(clock.now()) - parseDuration(line.value('by-duration') as string) }
  const file = line.value('from-file')
  if (file !== undefined) return { to: 'plan', plan: readPlan(line, context, file) }
  return line.has('to-current') ? { to: 'current' } : undefined
}

function readPlan(line: CommandLine, { runtime }: GroupsCall['context'], file: string) {
  const bytes = runtime.disk.readFile(file)
  if (!bytes) throw new Error(`java.io.IOException: Unable to read file ${file}`)
  const groups = line.values('group')
  return parsePlan(bytes.toString(), groups.length === 1 ? groups[0] : undefined)
}
