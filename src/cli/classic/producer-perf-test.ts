import path from 'node:path'
import { Producer } from '../../client/index.ts'
import { randomUuid } from '../../runtime/index.ts'
import { metricsText } from '../../tools/perf/metrics.ts'
import { CountingPayload, ListedPayload, type Payload, RandomPayload, readPayloads } from '../../tools/perf/payload.ts'
import { ProducePerf } from '../../tools/perf/produce.ts'
import { summaryText } from '../../tools/perf/producer-stats.ts'
import { type ClientSettings, loadOptionalProperties } from '../client-config.ts'
import type { ClassicTool, Context } from '../context.ts'
import { exitCode } from '../exit.ts'
import { lostCounts } from '../lost-records.ts'
import { warnings } from '../warnings.ts'
import { ArgparseError } from './argparse.ts'
import { finish } from './command-line.ts'
import { justify } from './justify.ts'
import { producerPerfHelp, producerPerfUsage } from './producer-perf-test-help.ts'
import { ProducerPerfArguments } from './producer-perf-test-options.ts'

/** How long a transaction lasts where only its id is given. */
const TRANSACTION_MS = 3000

/** Apache's kafka-producer-perf-test. */
export const main: ClassicTool = (args, context) =>
  finish(context, async () => {
    const { console } = context
    try {
      if (args.length === 0) {
        console.out(producerPerfHelp)
        return exitCode.done
      }
      const line = new ProducerPerfArguments(args)
      if (line.wantsHelp) {
        console.out(producerPerfHelp)
        return exitCode.failed
      }
      check(line)
      return await run(line, context)
    } catch (error) {
      if (!(error instanceof ArgparseError)) throw error
      const [sentence = '', ...rest] = `kafka-producer-perf-test: error: ${error.message}`.split('\n')
      console.error(`${producerPerfUsage}${[justify(sentence), ...rest].join('\n')}\n`)
      return exitCode.failed
    }
  })

function check(line: ProducerPerfArguments): void {
  const refuse = (wrong: boolean, sentence: string): void => {
    if (wrong) throw new ArgparseError(sentence)
  }
  const notPositive = (name: string): boolean => (line.number(name) ?? 1) <= 0
  const { warmup, records } = counts(line)
  refuse(notPositive('num-records'), '--num-records should be greater than zero.')
  refuse(
    warmup >= records,
    'The value for --warmup-records must be strictly fewer than the number of records in the test, --num-records.',
  )
  refuse(notPositive('record-size'), '--record-size should be greater than zero.')
  const sources = ['bootstrap-server', 'command-property', 'producer-props', 'producer.config', 'command-config']
  refuse(
    !sources.some((name) => line.has(name)),
    'At least one of --bootstrap-server, --command-property, --producer-props, --producer.config or --command-config must be specified.',
  )
  const both = (first: string, second: string): void =>
    refuse(line.has(first) && line.has(second), `--${first} and --${second} cannot be specified together.`)
  both('command-property', 'producer-props')
  both('command-config', 'producer.config')
  refuse(notPositive('transaction-duration-ms'), '--transaction-duration-ms should be greater than zero.')
  refuse(notPositive('reporting-interval'), '--reporting-interval should be greater than zero.')
}

const counts = (line: ProducerPerfArguments) => ({
  records: line.number('num-records') as number,
  warmup: Math.max(0, line.number('warmup-records') ?? 0),
})

async function run(line: ProducerPerfArguments, context: Context): Promise<number> {
  const { console, runtime } = context
  const say = (text: string): void => console.out(`${text}\n`)
  const { records, warmup } = counts(line)
  const payload = payloadOf(line, records, context)
  const settings = producerSettings(line, context)
  const producer = new Producer(settings, runtime, warnings(context))
  if (warmup > 0)
    say(`Warmup first ${warmup} records. Steady state results will print after the complete test summary.`)
  const lost = lostCounts(context)
  const perf = new ProducePerf(producer, runtime, {
    topic: line.text('topic') as string,
    records,
    warmup,
    throughput: line.number('throughput') as number,
    intervalMs: line.number('reporting-interval') ?? 5000,
    payload,
    transactionMs:
      settings['transactional.id'] === undefined
        ? undefined
        : (line.number('transaction-duration-ms') ?? TRANSACTION_MS),
    report: say,
    onLost: lost.report,
  })
  try {
    const { total, steady } = await perf.run()
    say(summaryText(total, false))
    if (steady) say(summaryText(steady, true))
    if (line.has('print-metrics')) console.out(metricsText(producer.metrics()))
  } finally {
    await producer.close()
  }
  return lost.count > 0 ? exitCode.failed : exitCode.done
}

function payloadOf(line: ProducerPerfArguments, records: number, { console, runtime }: Context): Payload {
  const file = line.text('payload-file')
  if (file !== undefined) {
    const delimiter = line.text('payload-delimiter') ?? '\\n'
    console.out(`Reading payloads from: ${path.resolve(file)}\n`)
    const values = readPayloads(runtime, file, delimiter)
    console.out(`Number of records read: ${values.length}\n`)
    return new ListedPayload(values, runtime.random)
  }
  const size = line.number('record-size')
  return size === undefined ? new CountingPayload() : new RandomPayload(size, records)
}

function producerSettings(line: ProducerPerfArguments, { console, runtime }: Context): ClientSettings {
  const deprecated = (old: string, name: string): void => {
    if (line.has(old))
      console.out(
        `Option --${old} has been deprecated and will be removed in a future version. Use --${name} instead.\n`,
      )
  }
  deprecated('producer-props', 'command-property')
  deprecated('producer.config', 'command-config')
  const file = line.text('command-config') ?? line.text('producer.config')
  const settings: ClientSettings = { 'client.id': 'perf-producer-client', ...loadOptionalProperties(runtime, file) }
  for (const pair of line.list('command-property') ?? line.list('producer-props') ?? []) {
    const pieces = pair.split('=')
    const [name, value] = pieces
    if (pieces.length !== 2 || !name || !value) throw new Error(`Invalid property: ${pair}`)
    settings[name] = value
  }
  const servers = line.text('bootstrap-server')
  if (servers !== undefined) settings['bootstrap.servers'] = servers
  const transactional = line.text('transactional-id') ?? settings['transactional.id']
  if (transactional !== undefined || line.has('transaction-duration-ms'))
    settings['transactional.id'] = transactional ?? `performance-producer-${randomUuid(runtime.random)}`
  return settings
}
