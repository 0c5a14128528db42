import { Flags } from '@oclif/core'
import { type ClientSettings, parsePairs } from '../cli/client-config.ts'
import { Exit, exitCode } from '../cli/exit.ts'
import { lostCounts } from '../cli/lost-records.ts'
import { BaseCommand } from '../cli/native/base-command.ts'
import { propertyFlag, topicArgument } from '../cli/native/flags.ts'
import { drawHistogram } from '../cli/native/histogram.ts'
import { fieldColumns } from '../cli/native/output.ts'
import { warnings } from '../cli/warnings.ts'
import { Producer } from '../client/index.ts'
import { metricRows, metricsText } from '../tools/perf/metrics.ts'
import { RandomPayload } from '../tools/perf/payload.ts'
import { ProducePerf } from '../tools/perf/produce.ts'
import { megabytesPerSecond, recordsPerSecond, summaryText } from '../tools/perf/producer-stats.ts'

export default class ProducerPerfTest extends BaseCommand<typeof ProducerPerfTest> {
  static override summary = 'Measure how fast records are acknowledged'
  static override examples = [
    '<%= config.bin %> producer-perf-test load --num-records 50000 --record-size 100',
    '<%= config.bin %> producer-perf-test load --num-records 2000 --throughput 2000 --property acks=all --property linger.ms=0 --json',
  ]
  static override args = topicArgument
  static override flags = {
    'num-records': Flags.integer({ char: 'n', min: 1, default: 1_000_000, description: 'Records to send' }),
    'record-size': Flags.integer({ min: 1, default: 100, description: 'Bytes of each' }),
    throughput: Flags.integer({ min: 1, description: 'Records a second [default: as many as possible]' }),
    'warmup-records': Flags.integer({ min: 0, default: 0, description: 'Records that the result leaves out' }),
    'transactional-id': Flags.string({ description: 'Send in transactions, under this id' }),
    'transaction-duration-ms': Flags.integer({
      min: 1,
      default: 3000,
      description: 'How long each transaction lasts',
    }),
    'reporting-interval': Flags.integer({ min: 1, default: 5000, description: 'Milliseconds between reports' }),
    'print-metrics': Flags.boolean({ description: 'Tell all metrics of the producer as well; not in CSV' }),
    property: propertyFlag('the producer'),
  }

  async run(): Promise<void> {
    const { flags, context } = this
    const { 'num-records': records, 'warmup-records': warmup, throughput = -1 } = flags
    if (warmup >= records) this.wrongUsage('There must be more records than those for warming up.')
    const settings: ClientSettings = {
      'client.id': 'perf-producer-client',
      ...this.clientSettings(),
      ...parsePairs(flags.property ?? []),
    }
    const id = flags['transactional-id'] ?? settings['transactional.id']
    if (id !== undefined) settings['transactional.id'] = id
    await this.checkReachable()
    const producer = new Producer(settings, context.runtime, warnings(context))
    const lost = lostCounts(context)
    const perf = new ProducePerf(producer, context.runtime, {
      topic: this.args.topic,
      records,
      warmup,
      throughput,
      intervalMs: flags['reporting-interval'],
      payload: new RandomPayload(flags['record-size'], records),
      transactionMs: id === undefined ? undefined : flags['transaction-duration-ms'],
      report: this.output.isText ? (text) => this.output.line(text) : undefined,
      onLost: lost.report,
    })
    try {
      const { total, steady, latencies } = await perf.run()
      const summary = steady ?? total
      const rates = { recordsPerSecond: recordsPerSecond(summary), megabytesPerSecond: megabytesPerSecond(summary) }
      const { latency, ...counts } = summary
      const metrics = flags['print-metrics'] ? producer.metrics() : undefined
      const columns = { ...counts, ...rates, lost: lost.count, ...latency }
      await this.output.report({
        value: { ...summary, ...rates, lost: lost.count, ...(metrics && { metrics: metricRows(metrics) }) },
        rows: [columns],
        columns: fieldColumns(Object.keys(columns)),
        text: () => {
          this.output.line(summaryText(summary, steady !== undefined))
          drawHistogram(this.output, context, latencies)
          if (metrics) context.console.out(metricsText(metrics))
        },
      })
    } finally {
      await producer.close()
    }
    if (lost.count > 0) throw new Exit(exitCode.failed)
  }
}
