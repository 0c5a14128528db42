import { type Admin, replicaKey } from '../../client/index.ts'
import { currentAssignments, statusOf } from '../../tools/reassign/current.ts'
import {
  cancelMoves,
  type MoveStatus,
  moveStatuses,
  movesOf,
  type StartMovesOptions,
  startMoves,
} from '../../tools/reassign/directory-moves.ts'
import { cancelReassignments, startReassignments } from '../../tools/reassign/move.ts'
import {
  type Assignment,
  byPartition,
  nameOf,
  parsePlan,
  parseTopics,
  planJson,
  repeated,
} from '../../tools/reassign/plan.ts'
import { proposeAssignments } from '../../tools/reassign/propose.ts'
import {
  clearBrokers,
  clearTopics,
  throttleDirectories,
  throttleMoves,
  topicsOf,
} from '../../tools/reassign/throttles.ts'
import type { Context } from '../context.ts'
import type { CommandLine } from './command-line.ts'

function read(line: CommandLine, option: string, { runtime }: Context): string {
  const path = line.value(option) as string
  const bytes = runtime.disk.readFile(path)
  if (!bytes) throw new Error(`Unable to read file ${path}`)
  return bytes.toString()
}

const plural = (word: string, items: readonly unknown[]): string => (items.length === 1 ? word : `${word}s`)

export async function generate(line: CommandLine, admin: Admin, context: Context): Promise<void> {
  const { console, runtime } = context
  const brokers = (line.value('broker-list') as string).split(',').map((text) => {
    if (!/^[+-]?\d+$/.test(text.trim())) throw new Error(`For input string: "${text}"`)
    return Number(text)
  })
  const twice = repeated(brokers)
  if (twice.length > 0) throw new Error(`Broker list contains duplicate entries: [${twice.join(', ')}]`)
  const topics = parseTopics(read(line, 'topics-to-move-json-file', context))
  const current = await currentAssignments(admin, topics)
  const { nodes } = await admin.describeCluster()
  const racks = new Map(nodes.map(({ id, rack }) => [id, line.has('disable-rack-aware') ? undefined : rack]))
  const candidates = brokers.filter((id) => racks.has(id)).map((id) => ({ id, rack: racks.get(id) }))
  const proposed = proposeAssignments(current, candidates, runtime.random)
  console.out(`Current partition replica assignment\n${planJson(current)}\n\n`)
  console.out(`Proposed partition reassignment configuration\n${planJson(proposed)}\n`)
}

export async function execute(line: CommandLine, admin: Admin, context: Context): Promise<void> {
  const { console } = context
  const plan = parsePlan(read(line, 'reassignment-json-file', context))
  await startReassignments(admin, plan, {
    additional: line.has('additional'),
    allowReplicationFactorChange: !line.has('disallow-replication-factor-change'),
    beforeStart: async (current) => {
      console.out(`Current partition replica assignment\n\n${planJson(current)}\n\n`)
      console.out('Save this to use as the --reassignment-json-file option during rollback\n')
      await throttle(line, admin, plan, current, context)
    },
  })
  const names = [...plan].sort(byPartition).map(nameOf)
  console.out(`Successfully started partition ${plural('reassignment', names)} for ${names.join(',')}\n`)
  await startMoves(admin, movesOf(plan), moveOptions(line, context))
}

const moveOptions = (line: CommandLine, { console, runtime }: Context): StartMovesOptions => ({
  clock: runtime.clock,
  timeoutMs: line.number('timeout') as number,
  onStarted: ({ topic, partition, broker, path }) =>
    // The space before the end of the line is Apache's.
    console.out(
      `Successfully started moving log directory to ${path} for replica ${topic}-${partition} with broker ${broker} \n`,
    ),
})

function moveText(status: MoveStatus): string {
  const { topic, partition, broker, path, current, next, state } = status
  switch (state) {
    case 'completed':
      return `Reassignment of replica ${replicaKey(status)} completed successfully.`
    case 'moving':
      return `Reassignment of replica ${replicaKey(status)} is still in progress.`
    case 'moving elsewhere':
      return `Partition ${topic}-${partition} on broker ${broker} is being moved to log dir ${next} instead of ${path}.`
    case 'different':
      return `Partition ${topic}-${partition} on broker ${broker} is not being moved from log dir ${current} to ${path}.`
    case 'missing':
      return `Partition ${topic}-${partition} is not found in any live log dir on broker ${broker}. There is likely an offline log directory on the broker.`
  }
}

async function throttle(
  line: CommandLine,
  admin: Admin,
  plan: readonly Assignment[],
  current: readonly Assignment[],
  { console }: Context,
): Promise<void> {
  const between = line.number('throttle') as number
  const within = line.number('replica-alter-log-dirs-throttle') as number
  if (between >= 0 || within >= 0)
    console.out(
      'Warning: You must run --verify periodically, until the reassignment completes, to ensure the throttle is removed.\n',
    )
  if (between >= 0) {
    await throttleMoves(admin, plan, current, between)
    console.out(`The inter-broker throttle limit was set to ${between} B/s\n`)
  }
  if (within >= 0) {
    const moving = plan.filter(({ logDirs }) => logDirs.some((dir) => dir !== 'any'))
    await throttleDirectories(
      admin,
      moving.flatMap(({ replicas }) => replicas),
      within,
    )
    console.out(`The replica-alter-dir throttle limit was set to ${within} B/s\n`)
  }
}

export async function verify(line: CommandLine, admin: Admin, context: Context): Promise<void> {
  const plan = parsePlan(read(line, 'reassignment-json-file', context))
  const statuses = await statusOf(admin, plan)
  const { console } = context
  console.out('Status of partition reassignment:\n')
  for (const status of [...statuses].sort(byPartition)) {
    const name = nameOf(status)
    if (status.state === 'completed') console.out(`Reassignment of partition ${name} is completed.\n`)
    else if (status.state === 'moving') console.out(`Reassignment of partition ${name} is still in progress.\n`)
    else
      console.out(
        `There is no active reassignment of partition ${name}, but replica set is ${status.current.join(',')} rather than ${status.target.join(',')}.\n`,
      )
  }
  const moves = await moveStatuses(admin, movesOf(plan))
  console.out(`${[...moves].sort(byPartition).map(moveText).join('\n')}\n`)
  const areMoved = moves.every(({ state }) => state === 'completed' || state === 'different')
  const isOver = areMoved && (await admin.listPartitionReassignments()).length === 0
  if (isOver && !line.has('preserve-throttles')) await clearThrottles(admin, plan, context)
}

async function clearThrottles(admin: Admin, plan: readonly Assignment[], { console }: Context): Promise<void> {
  const existing = (await admin.describeCluster()).nodes.map(({ id }) => id)
  const brokers = [...new Set([...existing, ...plan.flatMap(({ replicas }) => replicas)])].sort((a, b) => a - b)
  console.out(`Clearing broker-level throttles on ${plural('broker', brokers)} ${brokers.join(',')}\n`)
  await clearBrokers(admin, brokers)
  const topics = topicsOf(plan)
  console.out(`Clearing topic-level throttles on ${plural('topic', topics)} ${topics.join(',')}\n`)
  await clearTopics(admin, topics)
}

export async function cancel(line: CommandLine, admin: Admin, context: Context): Promise<void> {
  const plan = parsePlan(read(line, 'reassignment-json-file', context))
  const { console } = context
  const cancelled = (await cancelReassignments(admin, plan)).sort(byPartition).map(nameOf)
  console.out(
    cancelled.length > 0
      ? `Successfully cancelled partition ${plural('reassignment', cancelled)} for: ${cancelled.join(',')}\n`
      : 'None of the specified partition reassignments are active.\n',
  )
  const kept = await cancelMoves(admin, movesOf(plan), moveOptions(line, context))
  // Apache's tool ends this sentence without a line break.
  if (kept.length === 0) console.out('None of the specified partition moves are active.')
  if (!line.has('preserve-throttles')) await clearThrottles(admin, plan, context)
}

export async function list(_: CommandLine, admin: Admin, { console }: Context): Promise<void> {
  const moving = await admin.listPartitionReassignments()
  if (moving.length === 0) return console.out('No partition reassignments found.\n')
  console.out('Current partition reassignments:\n')
  for (const item of [...moving].sort(byPartition)) {
    const { replicas, addingReplicas, removingReplicas } = item
    const adding = addingReplicas.length > 0 ? ` adding: ${addingReplicas.join(',')}.` : ''
    const removing = removingReplicas.length > 0 ? ` removing: ${removingReplicas.join(',')}.` : ''
    console.out(`${nameOf(item)}: replicas: ${replicas.join(',')}.${adding}${removing}\n`)
  }
}
