import { Flags } from '@oclif/core'
import { parsePairs, pollRecords } from '../cli/client-config.ts'
import { Exit, exitCode } from '../cli/exit.ts'
import { BaseCommand } from '../cli/native/base-command.ts'
import { propertyFlag, topicArgument } from '../cli/native/flags.ts'
import { fieldColumns } from '../cli/native/output.ts'
import { warnings } from '../cli/warnings.ts'
import { Consumer } from '../client/index.ts'
import { type ConsumeFigures, ConsumePerf, consumeRates } from '../tools/perf/consume.ts'
import { metricRows, metricsText } from '../tools/perf/metrics.ts'

const round = (value: number): number => Math.round(value * 10) / 10

export default class ConsumerPerfTest extends BaseCommand<typeof ConsumerPerfTest> {
  static override summary = 'Measure how fast records are read'
  static override description = 'Exits 1 when fewer records came than were asked for.'
  static override examples = [
    '<%= config.bin %> consumer-perf-test load --num-records 20000',
    '<%= config.bin %> consumer-perf-test load --num-records 20000 --json',
  ]
  static override args = topicArgument
  static override flags = {
    'num-records': Flags.integer({ char: 'n', min: 1, required: true, description: 'Records to read' }),
    group: Flags.string({ char: 'g', description: 'Group to join [default: one of its own]' }),
    'from-latest': Flags.boolean({ description: 'Start at the end where the group has no offset' }),
    'timeout-ms': Flags.integer({ min: 0, default: 10_000, description: 'End when nothing came for so long' }),
    'reporting-interval': Flags.integer({ min: 1, default: 5000, description: 'Milliseconds between reports' }),
    'print-metrics': Flags.boolean({ description: 'Tell all metrics of the consumer as well; not in CSV' }),
    property: propertyFlag('the consumer'),
  }

  async run(): Promise<void> {
    const { flags, context } = this
    await this.checkReachable()
    const consumer = new Consumer(this.properties(), context.runtime, warnings(context))
    const perf = new ConsumePerf(consumer, context.runtime, {
      topics: [this.args.topic],
      records: flags['num-records'],
      timeoutMs: flags['timeout-ms'],
      intervalMs: flags['reporting-interval'],
      onInterval: this.output.isText ? (interval) => this.tell(interval) : undefined,
    })
    try {
      const figures = await perf.run()
      const fields = { ...figures, ...consumeRates(figures) }
      const metrics = flags['print-metrics'] ? consumer.metrics() : undefined
      await this.output.report({
        value: { ...fields, ...(metrics && { metrics: metricRows(metrics) }) },
        rows: [fields],
        columns: fieldColumns(Object.keys(fields)),
        text: () => {
          this.tell(figures)
          if (metrics) context.console.out(metricsText(metrics))
        },
      })
      if (figures.records < flags['num-records']) throw new Exit(exitCode.failed)
    } finally {
      await consumer.close()
    }
  }

  private tell(figures: ConsumeFigures): void {
    const rates = consumeRates(figures)
    this.output.line(
      `${figures.records} records read, ${round(rates.recordsPerSecond)} records/sec (${round(rates.megabytesPerSecond)} MB/sec), ` +
        `without ${figures.joinMs} ms for joining the group ${round(rates.fetchRecordsPerSecond)} records/sec`,
    )
  }

  private properties() {
    const { flags } = this
    return {
      'max.poll.records': pollRecords(),
      'client.id': 'perf-consumer-client',
      'auto.offset.reset': flags['from-latest'] ? 'latest' : 'earliest',
      'group.id': flags.group ?? `perf-consumer-${this.context.runtime.random.int(100_000)}`,
      ...this.clientSettings(),
      ...parsePairs(flags.property ?? []),
    }
  }
}
