import { KafkaError } from '../../protocol/errors.ts'
import type { ResetTarget } from '../../tools/groups/reset.ts'
import * as share from '../../tools/groups/share.ts'
import type { DeletedTopic } from '../../tools/groups/share-text.ts'
import * as text from '../../tools/groups/share-text.ts'
import { resetTable } from '../../tools/groups/text.ts'
import { stringHashOrder } from '../../tools/java/hash-order.ts'
import { parseDateTime } from '../../tools/java/time.ts'
import type { ClassicTool } from '../context.ts'
import { Exit, exitCode } from '../exit.ts'
import { CommandLine, finish } from './command-line.ts'
import type { GroupsCall } from './groups-call.ts'
import { runGroupsTool } from './groups-tool.ts'
import { javaCause, javaText } from './java-error.ts'
import { shareGroupsOptions } from './share-groups-options.ts'

const actions = ['list', 'describe', 'delete', 'reset-offsets', 'delete-offsets'] as const
const targets = ['to-datetime', 'to-earliest', 'to-latest'] as const

/** Apache's kafka-share-groups. Unlike Apache's it ends with 1 when something failed. */
export const main: ClassicTool = (args, context) =>
  finish(context, async () => {
    const line = new CommandLine(context, shareGroupsOptions, args)
    check(line)
    const work = { list, describe, delete: remove, 'reset-offsets': resetOffsets, 'delete-offsets': deleteOffsets }
    const action = actions.find((name) => line.has(name)) as (typeof actions)[number]
    return runGroupsTool({ kind: 'share', told: javaCause }, line, context, work[action])
  })

function check(line: CommandLine): void {
  line.helpOrVersion('This tool helps to list, describe, reset and delete share groups.')
  line.require('bootstrap-server')
  const scopes = (action: string, sentence: string): void => {
    if (line.has(action) && !line.has('group') && !line.has('all-groups')) line.usage(sentence)
  }
  scopes('describe', 'Option [describe] takes one of these options: [all-groups], [group]')
  if (line.has('describe')) checkDescribe(line)
  scopes('delete', 'Option [delete] takes the options [group] or [all-groups]')
  if (line.has('delete') && line.has('topic')) line.usage('Option [delete] does not take the option: [topic]')
  if (line.has('delete-offsets') && !(line.has('group') && line.has('topic')))
    line.usage('Option [delete-offsets] takes the following options: [group], [topic]')
  if (line.has('reset-offsets')) checkReset(line)
  line.forbid('group', ['all-groups'])
  line.forbid('group', ['list'])
  line.forbid('topic', ['list', 'describe'])
  if (actions.filter((action) => line.has(action)).length !== 1)
    line.usage(`Command must include exactly one action: ${actions.map((action) => `--${action}`).join(', ')}.`)
}

function checkDescribe(line: CommandLine): void {
  if (['members', 'offsets', 'state'].filter((view) => line.has(view)).length > 1)
    line.usage('Option [describe] takes at most one of these options: [members], [offsets], [state]')
  if (line.has('state') && line.value('state') !== undefined)
    line.usage('Option [describe] does not take a value for [state]')
}

function checkReset(line: CommandLine): void {
  if (!line.has('dry-run') && !line.has('execute'))
    line.usage('Option [reset-offsets] takes the option: [execute] or [dry-run]')
  if (line.has('dry-run') && line.has('execute'))
    line.usage('Option [reset-offsets] only accepts one of [execute] and [dry-run]')
  if (!line.has('group')) line.usage('Option [reset-offsets] takes the option: [group]')
  if (!line.has('topic') && !line.has('all-topics'))
    line.usage('Option [reset-offsets] takes one of these options: [all-topics], [topic]')
  if (!targets.some((target) => line.has(target)))
    line.usage(
      `Option [reset-offsets] takes one of these options: ${targets.map((target) => `[${target}]`).join(', ')}`,
    )
  line.forbid('to-datetime', ['to-earliest', 'to-latest'])
  line.forbid('to-earliest', ['to-latest'])
}

async function list({ line, admin, context }: GroupsCall): Promise<void> {
  const states = line.value('state')
  const groups = await share.listShareGroups(admin, states === undefined ? [] : share.shareGroupStates(states))
  if (line.has('state')) context.console.out(text.groupStatesTable(groups))
  else context.console.out(groups.map(({ groupId }) => `${groupId}\n`).join(''))
}

async function chosenGroups({ line, admin }: GroupsCall): Promise<string[]> {
  if (!line.has('all-groups')) return line.values('group')
  return (await share.listShareGroups(admin)).map(({ groupId }) => groupId)
}

async function describe(call: GroupsCall): Promise<void> {
  const { line, admin, context, fail } = call
  const verbose = line.has('verbose')
  const ids = await chosenGroups(call)
  const groups = await share.describeShareGroups(admin, ids)
  const offsets = line.has('members') || line.has('state') ? undefined : await share.shareOffsets(admin, ids)
  for (const group of groups) {
    const { groupId, state, members } = group
    if (offsets) {
      const rows = offsets.get(groupId) ?? []
      const none = `\nShare group '${groupId}' has no offset information.\n`
      context.console.out(rows.length > 0 ? text.shareOffsetsTable(groupId, rows, verbose) : none)
      continue
    }
    if (state === 'Dead') fail(`Share group '${groupId}' does not exist.`)
    else if (state === 'Empty') context.console.error(`\nShare group '${groupId}' has no active members.\n`)
    if (state === 'Dead') continue
    if (line.has('state')) context.console.out(text.shareStateTable(group, verbose))
    else if (members.length > 0) context.console.out(text.shareMembersTable(group, verbose))
  }
}

async function remove(call: GroupsCall): Promise<void> {
  const { admin, context, fail } = call
  const results = await share.deleteShareGroups(admin, await chosenGroups(call))
  const ids = stringHashOrder(results.keys())
  const quoted = (some: readonly string[]) => some.map((id) => `'${id}'`).join(', ')
  const gone = ids.filter((id) => !results.get(id))
  if (gone.length === ids.length) {
    context.console.out(`Deletion of requested share groups (${quoted(gone)}) was successful.\n`)
    return
  }
  fail('Deletion of some share groups failed:')
  for (const id of ids) {
    const error = results.get(id)
    const told = error instanceof KafkaError ? javaText(error) : `java.lang.IllegalArgumentException: ${error?.message}`
    if (error) context.console.out(`* Group '${id}' could not be deleted due to: ${told}\n`)
  }
  if (gone.length > 0) context.console.out(`\nThese share groups were deleted successfully: ${quoted(gone)}\n`)
}

async function deleteOffsets({ line, admin, context, fail }: GroupsCall): Promise<void> {
  const topics = [...new Set(line.values('topic'))].sort()
  let rows: DeletedTopic[]
  try {
    const results = await admin.deleteShareGroupOffsets(onlyGroup(line), topics)
    rows = topics.map((topic) => ({ topic, error: results.get(topic)?.message }))
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    const known = ['INVALID_GROUP_ID', 'GROUP_ID_NOT_FOUND', 'GROUP_AUTHORIZATION_FAILED', 'NON_EMPTY_GROUP']
    fail(known.includes(error.error) ? error.message : `Encounter some unknown error: ${javaText(error)}`)
    rows = topics.map((topic) => ({ topic, error: error.message }))
  }
  context.console.out(text.deletedTopicsTable(rows))
  if (rows.some(({ error }) => error !== undefined)) throw new Exit(exitCode.failed)
}

async function resetOffsets({ line, admin, context }: GroupsCall): Promise<void> {
  const groupId = onlyGroup(line)
  const described = (await admin.describeShareGroups([groupId])).get(groupId)
  if (described instanceof KafkaError && described.error !== 'GROUP_ID_NOT_FOUND') throw described
  if (described && !(described instanceof KafkaError) && !['Empty', 'Dead'].includes(described.state)) {
    context.console.error(`Share group '${groupId}' is not empty.\n`)
    throw new Exit(exitCode.failed)
  }
  const topics = line.has('all-topics') ? undefined : line.values('topic')
  const plan = await share.planShareReset(admin, groupId, topics, targetOf(line), {
    empty: ({ topic, partition }) =>
      context.console.out(
        `\nWarn: Partition ${partition} from topic ${topic} is empty. Falling back to latest known offset.\n`,
      ),
  })
  if (line.has('execute')) await share.setShareOffsets(admin, groupId, plan)
  context.console.out(resetTable(new Map([[groupId, plan]])))
}

function onlyGroup(line: CommandLine): string {
  const [groupId, other] = line.values('group')
  if (other !== undefined) throw new Error('Found multiple arguments for option group, but you asked for only one')
  return groupId as string
}

function targetOf(line: CommandLine): ResetTarget {
  if (line.has('to-earliest')) return { to: 'earliest' }
  if (line.has('to-latest')) return { to: 'latest' }
  return { to: 'time', timestamp: parseDateTime(line.value('to-datetime') as string) }
}
