import { KafkaError, type StreamsGroupDescription } from '../../client/index.ts'
import { setOffsets } from '../../tools/groups/list.ts'
import { OffsetReset, type PlannedOffset } from '../../tools/groups/reset.ts'
import { groupStatesTable } from '../../tools/groups/share-text.ts'
import * as streams from '../../tools/groups/streams.ts'
import * as text from '../../tools/groups/streams-text.ts'
import { partitionsOf } from '../../tools/groups/topic-partitions.ts'
import { stringHashOrder } from '../../tools/java/hash-order.ts'
import type { ClassicTool } from '../context.ts'
import { CommandLine, finish } from './command-line.ts'
import { exported, forgetOffsets, resetTarget } from './consumer-groups-actions.ts'
import type { GroupsCall } from './groups-call.ts'
import { runGroupsTool } from './groups-tool.ts'
import { javaCause, javaText } from './java-error.ts'
import { streamsGroupsOptions } from './streams-groups-options.ts'

const actions = ['list', 'describe', 'delete', 'reset-offsets', 'delete-offsets'] as const
const targets = 'to-offset to-datetime by-duration to-earliest to-latest shift-by to-current from-file'.split(' ')

/** Apache's kafka-streams-groups. Unlike Apache's it ends with 1 when something failed. */
export const main: ClassicTool = (args, context) =>
  finish(context, async () => {
    const line = new CommandLine(context, streamsGroupsOptions, args)
    check(line)
    const work = { list, describe, delete: remove, 'reset-offsets': resetOffsets, 'delete-offsets': deleteOffsets }
    const action = actions.find((name) => line.has(name)) as (typeof actions)[number]
    return runGroupsTool({ kind: 'streams', told: javaCause }, line, context, work[action])
  })

function check(line: CommandLine): void {
  line.helpOrVersion('This tool helps to list, or describe streams groups.')
  line.require('bootstrap-server')
  const scoped = (action: string): void => {
    if (line.has(action) && !line.has('group') && !line.has('all-groups'))
      line.usage(`Option [${action}] takes one of these options: [all-groups], [group]`)
  }
  scoped('describe')
  if (line.has('describe') && ['members', 'offsets', 'state'].filter((view) => line.has(view)).length > 1)
    line.usage('Option [describe] takes at most one of these options: [members], [offsets], [state]')
  if (line.has('describe') && line.value('state') !== undefined)
    line.usage('Option [describe] does not take a value for [state]')
  scoped('delete')
  if (line.has('delete') && (line.has('input-topic') || line.has('all-input-topics')))
    line.usage('Kafka Streams does not support topic-specific offset deletion from a streams group.')
  if (line.has('delete-offsets') && !(line.has('group') && (line.has('input-topic') || line.has('all-input-topics'))))
    line.usage('Option [delete-offsets] takes the [group] and one of these options: [all-input-topics], [input-topic]')
  if (line.has('reset-offsets')) checkReset(line)
  if (line.has('reset-offsets') && !line.has('execute') && line.has('delete-all-internal-topics'))
    line.usage('Option [delete-all-internal-topics] takes [execute] when [reset-offsets] is used.')
  if (line.has('delete-internal-topic') && !(line.has('reset-offsets') && line.has('execute')))
    line.usage('Option [delete-internal-topic] takes [reset-offsets] when [execute] is used.')
  line.forbid('group', ['all-groups'])
  line.forbid('group', ['list'])
  line.forbid('input-topic', ['list', 'describe'])
  if (actions.filter((action) => line.has(action)).length !== 1)
    line.usage(
      'Command must include exactly one action: --list, --describe, --delete, --reset-offsets, or --delete-offsets.',
    )
}

function checkReset(line: CommandLine): void {
  if (line.has('dry-run') && line.has('execute'))
    line.usage('Option [reset-offsets] only accepts one of [execute] and [dry-run]')
  if (!line.has('dry-run') && !line.has('execute'))
    line.usage('Option [reset-offsets] takes the option: [execute] or [dry-run]')
  if (!line.has('group') && !line.has('all-groups'))
    line.usage('Option [reset-offsets] takes one of these options: [all-groups], [group]')
  for (const target of targets)
    line.forbid(
      target,
      targets.filter((other) => other !== target),
    )
}

async function list({ line, admin, context }: GroupsCall): Promise<void> {
  const states = line.value('state')
  const groups = await streams.listStreamsGroups(admin, states === undefined ? [] : streams.streamsGroupStates(states))
  if (line.has('state')) context.console.out(groupStatesTable(groups))
  else context.console.out(groups.map(({ groupId }) => `${groupId}\n`).join(''))
}

async function chosenGroups({ line, admin }: GroupsCall): Promise<string[]> {
  if (!line.has('all-groups')) return line.values('group')
  return (await streams.listStreamsGroups(admin)).map(({ groupId }) => groupId)
}

/** Apache's tool shows offsets and members of groups that have members only. */
async function describe(call: GroupsCall): Promise<void> {
  const { line, admin, context } = call
  const verbose = line.has('verbose')
  for (const group of await streams.describeStreamsGroups(admin, await chosenGroups(call))) {
    const isEmpty = group.members.length === 0
    if (line.has('state')) {
      announce(call, group)
      context.console.out(text.streamsStateTable(group, verbose))
    } else if (isEmpty) continue
    else if (line.has('members')) context.console.out(text.streamsMembersTable(group, verbose))
    else context.console.out(text.streamsOffsetsTable(group.groupId, await streams.streamsLags(admin, group), verbose))
  }
}

/** That a group has no members is no failure, though Apache's tool calls it an error. */
function announce({ context, fail }: GroupsCall, { groupId, state }: StreamsGroupDescription): void {
  if (state === 'Dead') fail(`Streams group '${groupId}' does not exist.`)
  else if (state === 'Empty') context.console.out(`\nError: Streams group '${groupId}' has no active members.\n`)
}

async function remove(call: GroupsCall): Promise<void> {
  const { line, admin, context, fail } = call
  const chosen = await chosenGroups(call)
  const internal = line.has('delete-all-internal-topics') ? await internalTopicsOf(call, chosen) : []
  const results = await streams.deleteStreamsGroups(admin, chosen)
  const ids = stringHashOrder(results.keys())
  const gone = ids.filter((id) => !results.get(id))
  const quoted = gone.join("', '")
  if (gone.length === ids.length) {
    context.console.out(`Deletion of requested streams groups ('${quoted}') was successful.\n`)
  } else {
    fail('Deletion of some streams groups failed:')
    for (const id of ids) {
      const error = results.get(id)
      const told =
        error instanceof KafkaError ? javaText(error) : `java.lang.IllegalArgumentException: ${error?.message}`
      if (error) context.console.out(`* Group '${id}' could not be deleted due to: ${told}\n`)
    }
    if (gone.length > 0) context.console.out(`\nThese streams groups were deleted successfully: '${quoted}'.\n`)
  }
  if (gone.length > 0 && line.has('delete-all-internal-topics')) await deleteInternal(call, gone, internal)
}

async function internalTopicsOf({ admin }: GroupsCall, ids: readonly string[]): Promise<string[]> {
  const found = await admin.describeStreamsGroups(ids)
  return [...found.values()].flatMap((group) => (group instanceof KafkaError ? [] : streams.internalTopics(group)))
}

async function deleteInternal({ admin, context, fail }: GroupsCall, ids: readonly string[], topics: readonly string[]) {
  const results = topics.length === 0 ? new Map() : await admin.deleteTopics(topics)
  const errors = [...results.values()].filter((error) => error instanceof KafkaError)
  for (const error of errors) fail(`Deleting internal topics failed due to ${javaText(error)}`)
  if (errors.length === 0)
    context.console.out(
      `Deletion of associated internal topics of the streams groups ('${ids.join("', '")}') was successful.\n`,
    )
}

async function deleteOffsets(call: GroupsCall): Promise<void> {
  const { line, admin } = call
  const groupId = line.value('group') as string
  const topics = line.has('all-input-topics')
    ? [...(await streams.sourceTopics(admin, groupId))]
    : line.values('input-topic')
  await forgetOffsets(call, groupId, topics)
}

async function resetOffsets(call: GroupsCall): Promise<void> {
  const { line, admin, context, fail } = call
  const ids = await chosenGroups(call)
  const plans = new Map<string, readonly PlannedOffset[]>()
  const groups = await admin.describeStreamsGroups(ids)
  for (const id of stringHashOrder(ids)) {
    const group = groups.get(id)
    if (group instanceof KafkaError && group.error !== 'GROUP_ID_NOT_FOUND') throw group
    const state = !group || group instanceof KafkaError ? 'Dead' : group.state
    if (state === 'Empty' || state === 'Dead') plans.set(id, (await resetOne(call, id)) ?? [])
    else {
      fail(`Assignments can only be reset if the group '${id}' is inactive, but the current state is ${state}.`)
      plans.set(id, [])
    }
  }
  context.console.out(line.has('export') ? exported(line, plans) : text.streamsResetTable(plans))
}

/** Plans the offsets of one group, and with `--execute` sets them and deletes its internal topics. */
async function resetOne(call: GroupsCall, id: string): Promise<PlannedOffset[] | undefined> {
  const { line, admin, context, fail } = call
  const topics = line.has('all-input-topics')
    ? [...(await streams.sourceTopics(admin, id))]
    : line.values('input-topic')
  const target = resetTarget(call)
  if (topics.length === 0 && target?.to !== 'plan')
    return line.usage('One of the reset scopes should be defined: --all-topics, --topic.')
  const partitions = await partitionsOf(admin, topics)
  const sources = await streams.sourceTopics(admin, id)
  if (partitions.some(({ topic }) => !sources.has(topic))) {
    fail(`One or more topics are not part of the group '${id}'.`)
    return undefined
  }
  const scope = { allTopics: false, topics: partitions.map(({ topic, partition }) => `${topic}:${partition}`) }
  const plan = await new OffsetReset(admin, scope, target, {
    empty: ({ topic, partition }) =>
      context.console.out(
        `\nWarn: Partition ${partition} from topic ${topic} is empty. Falling back to latest known offset.\n`,
      ),
    moved: (sentence) => context.console.error(`WARN ${sentence}\n`),
    noPlan: (groupId) => fail(`No reset plan for group ${groupId} found`),
  }).plan(id)
  if (!plan)
    return line.usage(
      "Option '[reset-offsets]' requires one of the following scenarios: [[to-offset], [to-datetime], [by-duration], [to-earliest], [to-latest], [shift-by], [from-file], [to-current]]",
    )
  if (line.has('execute')) {
    await setOffsets(admin, id, plan)
    await deleteInternalAfterReset(call, id)
  }
  return plan
}

async function deleteInternalAfterReset({ line, admin, fail }: GroupsCall, id: string): Promise<void> {
  const group = (await admin.describeStreamsGroups([id])).get(id)
  const all = !group || group instanceof KafkaError ? [] : streams.internalTopics(group)
  const named = line.values('delete-internal-topic')
  const topics = named.length > 0 ? named : line.has('delete-all-internal-topics') ? all : []
  if (topics.length === 0) return
  const errors = [...(await admin.deleteTopics(topics)).values()].filter((error) => error !== undefined)
  const missing = errors.some(({ error }) => error === 'UNKNOWN_TOPIC_OR_PARTITION')
  const why = missing ? 'because the topics do not exist.' : `due to ${javaText(errors[0])}`
  if (errors.length > 0) fail(`Deleting internal topics for group '${id}' failed ${why}`)
}
