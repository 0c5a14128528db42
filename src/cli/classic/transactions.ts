import type { Admin, TransactionDescription } from '../../client/index.ts'
import { KafkaError } from '../../client/index.ts'
import { describeTransaction, findHanging, producerAt } from '../../tools/transactions/hanging.ts'
import type { ClassicTool, Context } from '../context.ts'
import { exitCode } from '../exit.ts'
import { KAFKA_VERSION } from '../version.ts'
import type { ArgparseOption } from './argparse.ts'
import { ArgparseError } from './argparse.ts'
import { finish } from './command-line.ts'
import { type Arguments, runSubcommand } from './subcommands.ts'
import { tabTable } from './tab-table.ts'
import { transactionsHelp } from './transactions-help.ts'
import { withAdmin } from './with-admin.ts'

const option = (long: string, required = false): ArgparseOption => ({ long, value: true, required })

const spec = {
  tool: 'kafka-transactions.sh',
  help: transactionsHelp,
  helpCode: exitCode.failed,
  target: 'own',
  before: [option('command-config'), option('bootstrap-server', true)],
  commands: {
    list: [option('duration-filter'), option('transactional-id-pattern')],
    describe: [option('transactional-id', true)],
    'describe-producers': [option('broker-id'), option('topic', true), option('partition', true)],
    abort: [
      option('topic', true),
      option('partition', true),
      option('start-offset'),
      option('producer-id'),
      option('producer-epoch'),
      option('coordinator-epoch'),
    ],
    'find-hanging': [option('broker-id'), option('max-transaction-timeout'), option('topic'), option('partition')],
    forceTerminateTransaction: [option('transactionalId', true)],
  },
} as const

const actions: Readonly<Record<string, (line: Line, admin: Admin, context: Context) => Promise<void>>> = {
  list,
  describe,
  'describe-producers': describeProducers,
  abort,
  'find-hanging': hanging,
  forceTerminateTransaction: terminate,
}

/** Apache's kafka-transactions. */
export const main: ClassicTool = (args, context) =>
  finish(context, async () => {
    if (args[0] === '-v' || args[0] === '--version') {
      context.console.out(`${KAFKA_VERSION}\n`)
      return exitCode.done
    }
    return runSubcommand(spec, args, context, async (command, found) => {
      const line = new Line(found)
      check(command, line)
      return withAdmin(context, line.text('bootstrap-server'), line.text('command-config'), async (admin) => {
        await actions[command]?.(line, admin, context)
        return exitCode.done
      })
    })
  })

/** Values of a command line, as text and as numbers. */
class Line {
  constructor(private readonly found: Arguments) {}

  text(name: string): string | undefined {
    return this.found.get(name)?.[0]
  }

  number(name: string, type: 'Integer' | 'Long' | 'Short' = 'Integer'): number | undefined {
    const text = this.text(name)
    if (text === undefined) return undefined
    if (/^[+-]?\d+$/.test(text)) return Number(text)
    const reason = type === 'Short' ? `Value out of range. Value:"${text}" Radix:10` : `For input string: "${text}"`
    throw new ArgparseError(`argument --${name}: could not convert '${text}' to ${type} (${reason})`)
  }

  get partition() {
    return { topic: this.text('topic') as string, partition: this.number('partition') as number }
  }
}

/** What can be said before there is a connection. */
function check(command: string, line: Line): void {
  for (const name of ['partition', 'broker-id', 'max-transaction-timeout', 'coordinator-epoch']) line.number(name)
  for (const name of ['duration-filter', 'start-offset', 'producer-id']) line.number(name, 'Long')
  line.number('producer-epoch', 'Short')
  if (command === 'abort' && line.text('start-offset') === undefined) {
    if (line.text('producer-id') === undefined)
      throw new Error(
        'The transaction to abort must be identified either with --start-offset (for brokers on 3.0 or above) or with --producer-id, --producer-epoch, and --coordinator-epoch (for older brokers)',
      )
    for (const name of ['producer-epoch', 'coordinator-epoch'])
      if (line.text(name) === undefined) throw new Error(`Missing required argument --${name}`)
  }
  if (command !== 'find-hanging') return
  if (line.text('topic') === undefined && line.text('broker-id') === undefined)
    throw new Error(
      'The `find-hanging` command requires either --topic or --broker-id to limit the scope of the search',
    )
  if (line.text('partition') !== undefined && line.text('topic') === undefined)
    throw new Error('The --partition argument requires --topic to be provided')
}

/** Puts Apache's words around the cause of a failure. */
async function named<T>(failure: string, action: Promise<T>): Promise<T> {
  try {
    return await action
  } catch (error) {
    throw new Error(`${failure}: ${(error as Error).message}. Enable debug logging for additional detail.`, {
      cause: error,
    })
  }
}

async function list(line: Line, admin: Admin, { console }: Context): Promise<void> {
  const options = {
    longerThanMs: line.number('duration-filter', 'Long'),
    idPattern: line.text('transactional-id-pattern'),
  }
  const found = await named('Failed to list transactions', admin.listTransactions(options))
  const rows = found.map(({ transactionalId, coordinator, producerId, state }) => [
    transactionalId,
    coordinator,
    producerId,
    state,
  ])
  console.out(tabTable(['TransactionalId', 'Coordinator', 'ProducerId', 'TransactionState'], rows))
}

async function describe(line: Line, admin: Admin, { console, runtime }: Context): Promise<void> {
  const id = line.text('transactional-id') as string
  const found = await named(
    `Failed to describe transaction state of transactional-id \`${id}\``,
    describeTransaction(admin, id),
  )
  const rows = describeRows(found, runtime.clock.now())
  console.out(
    tabTable(
      rows.map(([title]) => title),
      [rows.map(([, value]) => value)],
    ),
  )
}

function describeRows(row: TransactionDescription, now: number): (readonly [string, string | number])[] {
  return [
    ['CoordinatorId', row.coordinator],
    ['TransactionalId', row.transactionalId],
    ['ProducerId', row.producerId],
    ['ProducerEpoch', row.producerEpoch],
    ['TransactionState', row.state],
    ['TransactionTimeoutMs', row.timeoutMs],
    ['CurrentTransactionStartTimeMs', row.startedAt ?? 'None'],
    ['TransactionDurationMs', row.startedAt === undefined ? 'None' : Math.floor(now - row.startedAt)],
    ['TopicPartitions', row.partitions.map(({ topic, partition }) => `${topic}-${partition}`).join(',')],
  ]
}

async function describeProducers(line: Line, admin: Admin, { console }: Context): Promise<void> {
  const where = line.partition
  const broker = line.number('broker-id')
  const place = broker === undefined ? 'leader' : `broker ${broker}`
  const failure = `Failed to describe producers for partition ${where.topic}-${where.partition} on ${place}`
  const producers = await named(
    failure,
    admin.describeProducers([where], broker).then((answers) => {
      const [answer = []] = answers.values()
      if (answer instanceof KafkaError) throw answer
      return answer
    }),
  )
  const titles = ['ProducerId', 'ProducerEpoch', 'LatestCoordinatorEpoch', 'LastSequence', 'LastTimestamp']
  const rows = producers.map((row) => [
    row.producerId,
    row.producerEpoch,
    row.coordinatorEpoch,
    row.lastSequence,
    row.lastTimestamp,
    row.currentTxnStartOffset ?? 'None',
  ])
  console.out(tabTable([...titles, 'CurrentTransactionStartOffset'], rows))
}

async function abort(line: Line, admin: Admin): Promise<void> {
  const where = line.partition
  const name = `${where.topic}-${where.partition}`
  const offset = line.number('start-offset', 'Long')
  let producer = {
    producerId: line.number('producer-id', 'Long') as number,
    producerEpoch: line.number('producer-epoch', 'Short') as number,
    coordinatorEpoch: line.number('coordinator-epoch') as number,
  }
  if (offset !== undefined) {
    const found = await named(
      `Failed to validate producer state for partition ${name}`,
      producerAt(admin, where, offset),
    )
    if (!found)
      throw new Error(`Could not find any open transactions starting at offset ${offset} on partition ${name}`)
    const { producerId, producerEpoch, coordinatorEpoch } = found
    producer = { producerId, producerEpoch, coordinatorEpoch: Math.max(0, coordinatorEpoch) }
  }
  const { producerId, producerEpoch, coordinatorEpoch } = producer
  const transaction = `AbortTransactionSpec(topicPartition=${name}, producerId=${producerId}, producerEpoch=${producerEpoch}, coordinatorEpoch=${coordinatorEpoch})`
  await named(`Failed to abort transaction ${transaction}`, admin.abortTransaction({ ...where, ...producer }))
}

const MINUTE = 60_000

async function hanging(line: Line, admin: Admin, { console, runtime }: Context): Promise<void> {
  const now = runtime.clock.now()
  const search = {
    topic: line.text('topic'),
    partition: line.number('partition'),
    broker: line.number('broker-id'),
    olderThanMs: (line.number('max-transaction-timeout') ?? 15) * MINUTE,
  }
  const failure = search.topic === undefined ? 'Failed to list topics' : 'Failed to describe 1 topics'
  const found = await named(failure, findHanging(admin, search, now))
  const rows = found.map((row) => [
    row.topic,
    row.partition,
    row.producerId,
    row.producerEpoch,
    row.coordinatorEpoch,
    row.currentTxnStartOffset ?? 'None',
    row.lastTimestamp,
    Math.floor((now - row.lastTimestamp) / MINUTE),
  ])
  const titles = ['Topic', 'Partition', 'ProducerId', 'ProducerEpoch', 'CoordinatorEpoch', 'StartOffset']
  console.out(tabTable([...titles, 'LastTimestamp', 'Duration(min)'], rows))
}

async function terminate(line: Line, admin: Admin): Promise<void> {
  const id = line.text('transactionalId') as string
  await named(`Failed to force terminate transactionalId \`${id}\``, admin.fenceProducer(id))
}
