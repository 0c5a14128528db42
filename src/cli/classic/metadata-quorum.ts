import type { QuorumReplica } from '../../client/index.ts'
import { type Uuid, ZERO_UUID } from '../../std/uuid.ts'
import { describeQuorum, type QuorumView } from '../../tools/cluster/quorum.ts'
import { parseJavaUuid } from '../../tools/java/uuid.ts'
import { endpointsText, voterOf } from '../../tools/storage/voter.ts'
import { loadProperties } from '../client-config.ts'
import type { ClassicTool, Context } from '../context.ts'
import { exitCode } from '../exit.ts'
import type { ArgparseOption } from './argparse.ts'
import { checkNumber } from './argparse-tool.ts'
import { finish } from './command-line.ts'
import { metadataQuorumHelp } from './metadata-quorum-help.ts'
import { type Arguments, runSubcommand, targetOf, targets } from './subcommands.ts'
import { tabTable } from './tab-table.ts'
import { withAdmin } from './with-admin.ts'

const dryRun: ArgparseOption = { long: 'dry-run', value: false }

const spec = {
  tool: 'kafka-metadata-quorum',
  help: metadataQuorumHelp,
  helpCode: exitCode.done,
  before: [...targets, { long: 'command-config', value: true }],
  commands: {
    describe: [
      { long: 'status', value: false },
      { long: 'replication', value: false },
      { long: 'human-readable', value: false },
    ],
    'add-controller': [dryRun],
    'remove-controller': [
      { long: 'controller-id', short: 'i', value: true, required: true },
      { long: 'controller-directory-id', short: 'd', value: true, required: true },
      dryRun,
    ],
  },
}

/** Apache's kafka-metadata-quorum. */
export const main: ClassicTool = (args, context) =>
  finish(context, () => runSubcommand(spec, args, context, (command, found) => run(command, found, context)))

async function run(command: string, found: Arguments, context: Context): Promise<number> {
  const file = found.get('command-config')?.[0]
  if (file !== undefined && !context.runtime.disk.stat(file))
    throw new Error(`Properties file ${file} does not exists!`)
  if (command === 'add-controller') return addController(found, context)
  if (command === 'remove-controller') return removeController(found, context)
  check(found)
  const { console, runtime } = context
  return withAdmin(context, targetOf(found), found.get('command-config')?.[0], async (admin) => {
    const quorum = await describeQuorum(admin)
    const now = found.has('human-readable') ? runtime.clock.now() : undefined
    console.out(found.has('status') ? statusText(quorum) : replicationText(quorum, now))
    return exitCode.done
  })
}

/** The properties of the admin client are those of the controller as well, as in Apache's tool. */
async function addController(found: Arguments, context: Context): Promise<number> {
  const { console, runtime } = context
  const file = found.get('command-config')?.[0]
  if (file === undefined)
    throw new Error(
      'You must supply the configuration file of the controller you are adding when using add-controller.',
    )
  const voter = voterOf(loadProperties(runtime, file), runtime.disk)
  const isDry = found.has('dry-run')
  if (!isDry) await withAdmin(context, targetOf(found), file, (admin) => admin.addRaftVoter(voter, voter.endpoints))
  const done = isDry ? 'DRY RUN of adding' : 'Added'
  console.out(
    `${done} controller ${voter.id} with directory id ${voter.directoryId} and endpoints: ${endpointsText(voter.endpoints)}\n`,
  )
  return exitCode.done
}

async function removeController(found: Arguments, context: Context): Promise<number> {
  const given = found.get('controller-id')?.[0] as string
  checkNumber('controller-id/-i', 'Integer', given)
  const id = Number(given)
  if (id < 0) throw new Error(`Invalid negative --controller-id: ${id}`)
  const directoryId = directoryIdOf(found.get('controller-directory-id')?.[0] as string)
  const isDry = found.has('dry-run')
  if (!isDry)
    await withAdmin(context, targetOf(found), found.get('command-config')?.[0], (admin) =>
      admin.removeRaftVoter({ id, directoryId }),
    )
  const done = isDry ? 'DRY RUN of removing ' : 'Removed '
  context.console.out(`${done} KRaft controller ${id} with directory id ${directoryId}\n`)
  return exitCode.done
}

function directoryIdOf(text: string): Uuid {
  try {
    return parseJavaUuid(text)
  } catch (error) {
    throw new Error(`Failed to parse --controller-directory-id: ${(error as Error).message}`)
  }
}

function check(found: Arguments): void {
  if (found.has('status') && found.has('replication'))
    throw new Error('Only one of --status or --replication should be specified with describe sub-command')
  if (!found.has('status') && !found.has('replication'))
    throw new Error('One of --status or --replication must be specified with describe sub-command')
  if (found.has('status') && found.has('human-readable'))
    throw new Error('The option --human-readable is only supported along with --replication')
}

function statusText(quorum: QuorumView): string {
  const rows: readonly (readonly [string, string | number])[] = [
    ['ClusterId', quorum.clusterId],
    ['LeaderId', quorum.leaderId],
    ['LeaderEpoch', quorum.leaderEpoch],
    ['HighWatermark', quorum.highWatermark],
    ['MaxFollowerLag', quorum.maxFollowerLag],
    ['MaxFollowerLagTimeMs', quorum.maxFollowerLagMs ?? -1],
    ['CurrentVoters', membersText(quorum, quorum.voters)],
    ['CurrentObservers', membersText(quorum, quorum.observers)],
  ]
  return rows.map(([name, value]) => `${`${name}:`.padEnd(24)}${value}\n`).join('')
}

/** As Apache's tool writes them, which is nearly JSON. */
function membersText({ nodes }: QuorumView, replicas: readonly QuorumReplica[]): string {
  const texts = replicas.map(({ replicaId, directoryId }) => {
    const fields = [`"id": ${replicaId}`]
    if (directoryId !== ZERO_UUID) fields.push(`"directoryId": "${directoryId}"`)
    const listeners = nodes.find(({ nodeId }) => nodeId === replicaId)?.listeners ?? []
    const endpoints = listeners.map(({ name, host, port }) => `"${name}://${host}:${port}"`)
    if (endpoints.length > 0) fields.push(`"endpoints": [${endpoints.join(', ')}]`)
    return `{${fields.join(', ')}}`
  })
  return `[${texts.join(', ')}]`
}

/** Times are milliseconds since 1970, or with `now` how long ago they were. */
function replicationText({ members }: QuorumView, now: number | undefined): string {
  const time = (at: number | undefined): string => {
    if (now === undefined) return String(at ?? -1)
    return at === undefined ? 'unknown' : `${Math.floor(now - at)} ms ago`
  }
  const titles = [
    'NodeId',
    'DirectoryId',
    'LogEndOffset',
    'Lag',
    'LastFetchTimestamp',
    'LastCaughtUpTimestamp',
    'Status',
  ]
  const rows = members.map((member) => [
    `${member.replicaId}`,
    member.directoryId,
    `${member.logEndOffset}`,
    `${member.lag}`,
    time(member.lastFetchTimestamp),
    time(member.lastCaughtUpTimestamp),
    member.status,
  ])
  return tabTable(titles, rows)
}
