import type { Admin } from '../../client/index.ts'
import { listOffsets } from '../../tools/groups/offsets.ts'
import { wholeMatch } from '../../tools/java/pattern.ts'
import { dateFormat } from '../../tools/perf/date-format.ts'
import type { Mismatch } from '../../tools/replicas/compare.ts'
import { ReplicaVerification } from '../../tools/replicas/verify.ts'
import type { ClassicTool, Context } from '../context.ts'
import { exitCode, signalCode } from '../exit.ts'
import { untilSignal } from '../until-signal.ts'
import { CommandLine, finish } from './command-line.ts'
import { commonOptions, type OptionSpec, takes } from './option-parser.ts'
import { withAdmin } from './with-admin.ts'

const options: readonly OptionSpec[] = [
  ...commonOptions,
  takes(
    'broker-list',
    'hostname:port,...,hostname:port',
    'REQUIRED: The list of hostname and port of the server to connect to.',
  ),
  takes('fetch-size', 'bytes', 'The fetch size of each request.', { type: 'Integer', fallback: '1048576' }),
  takes('max-wait-ms', 'ms', 'The max amount of time each fetch request waits.', { type: 'Integer', fallback: '1000' }),
  takes('topics-include', 'Java regex (String)', 'List of topics to verify replica consistency.', { fallback: '.*' }),
  takes('time', 'timestamp/-1(latest)/-2(earliest)', 'Timestamp for getting the initial offsets.', {
    type: 'Long',
    fallback: '-1',
  }),
  takes('report-interval-ms', 'ms', 'The reporting interval.', { type: 'Long', fallback: '30000' }),
]

/** Apache's kafka-replica-verification. It goes on until a signal comes. */
export const main: ClassicTool = (args, context) =>
  finish(context, async () => {
    const line = new CommandLine(context, options, args)
    line.helpOrVersion('Validate that all replicas for a set of topics have the same data.')
    line.require('broker-list')
    const servers = line.value('broker-list') as string
    if (!servers.split(',').every((server) => /^.*?\[?[0-9a-zA-Z\-%._:]*\]?:[0-9]+$/.test(server)))
      line.usage('Please provide valid host:port like host1:9091,host2:9092\n')
    const interval = line.number('report-interval-ms') as number
    return withAdmin(context, servers, undefined, async (admin) => {
      const verification = await prepare(admin, line, context)
      if (!verification) return exitCode.failed
      const { signal } = await untilSignal(context.console, (stop) => verify(verification, interval, context, stop))
      return signal === undefined ? exitCode.done : signalCode(signal)
    })
  })

const format = dateFormat('yyyy-MM-dd HH:mm:ss,SSS')
const time = ({ runtime }: Context): string => format(runtime.clock.now())

async function prepare(admin: Admin, line: CommandLine, context: Context): Promise<ReplicaVerification | undefined> {
  const pattern = wholeMatch(line.value('topics-include') as string)
  const names = (await admin.listTopics()).map(({ name }) => name).filter((name) => pattern.test(name))
  if (names.length === 0) {
    context.console.error(
      'No topics found. --topics-include if specified, is either filtering out all topics or there is no topic.\n',
    )
    return undefined
  }
  const partitions = await admin.partitions(names)
  const at = line.number('time') as number
  const spec = at === -1 ? 'latest' : at === -2 ? 'earliest' : { timestamp: at }
  const offsets = await listOffsets(admin, partitions, spec)
  const fetch = { maxBytes: line.number('fetch-size') as number, maxWaitMs: line.number('max-wait-ms') as number }
  return new ReplicaVerification(admin, partitions, offsets, fetch, (partition, mismatch) =>
    context.console.out(`${time(context)}: partition ${partition}${mismatchText(mismatch)}\n`),
  )
}

async function verify(
  verification: ReplicaVerification,
  intervalMs: number,
  context: Context,
  stop: AbortSignal,
): Promise<void> {
  const { clock } = context.runtime
  context.console.out(`${time(context)}: verification process is started\n`)
  let reported = clock.monotonic()
  while (!stop.aborted) {
    await verification.round()
    if (clock.monotonic() - reported < intervalMs) continue
    reported = clock.monotonic()
    const { lag, partition, offset, partitions } = verification.report()
    context.console.out(
      `${time(context)}: max lag is ${lag} for partition ${partition} at offset ${offset} among ${partitions} partitions\n`,
    )
  }
}

function mismatchText(mismatch: Mismatch): string {
  const [one, other] = mismatch.found
  if (mismatch.kind === 'offset')
    return `: replica ${one.replica}'s offset ${one.value} doesn't match replica ${other.replica}'s offset ${other.value}`
  return ` has unmatched checksum at offset ${mismatch.offset}; replica ${one.replica}'s checksum ${one.value}; replica ${other.replica}'s checksum ${other.value}`
}
