import { Flags } from '@oclif/core'
import { parsePairs } from '../cli/client-config.ts'
import { Exit, exitCode } from '../cli/exit.ts'
import { BaseCommand } from '../cli/native/base-command.ts'
import { propertyFlag, topicArgument } from '../cli/native/flags.ts'
import { withGroupsOf } from '../cli/native/group-views.ts'
import { fieldColumns } from '../cli/native/output.ts'
import { warnings } from '../cli/warnings.ts'
import { ShareConsumer } from '../client/index.ts'
import { metricRows, metricsText } from '../tools/perf/metrics.ts'
import { SharePerf, shareRates } from '../tools/perf/share-consume.ts'

export default class ShareConsumerPerfTest extends BaseCommand<typeof ShareConsumerPerfTest> {
  static override summary = 'Measure how fast the members of a share group read'
  static override description = 'Exits 1 when fewer records came than were asked for.'
  static override examples = [
    '<%= config.bin %> share-consumer-perf-test load --group jobs --num-records 20000',
    '<%= config.bin %> share-consumer-perf-test load --group jobs --num-records 20000 --members 2 --json',
  ]
  static override args = topicArgument
  static override flags = {
    group: Flags.string({ char: 'g', required: true, description: 'Share group to join' }),
    'num-records': Flags.integer({ char: 'n', min: 1, required: true, description: 'Records to read' }),
    members: Flags.integer({ min: 1, default: 1, description: 'Consumers that read at the same time' }),
    'timeout-ms': Flags.integer({ min: 0, default: 10_000, description: 'End when nothing came for so long' }),
    'print-metrics': Flags.boolean({ description: 'Tell all metrics of the consumers as well; not in CSV' }),
    property: propertyFlag('the consumers'),
  }

  async run(): Promise<void> {
    const { flags, context } = this
    await this.checkReachable()
    const properties = {
      ...this.clientSettings(),
      ...parsePairs(flags.property ?? []),
      'group.id': flags.group,
    }
    const consumers = Array.from(
      { length: flags.members },
      () => new ShareConsumer(properties, context.runtime, warnings(context)),
    )
    try {
      const perf = new SharePerf(consumers, context.runtime, {
        topic: this.args.topic,
        records: flags['num-records'],
        timeoutMs: flags['timeout-ms'],
        intervalMs: Number.POSITIVE_INFINITY,
      })
      const { total, each } = await withGroupsOf('share', () => perf.run())
      const figures = { ...total, ...shareRates(total) }
      const metrics = flags['print-metrics'] ? consumers.flatMap((consumer) => consumer.metrics()) : undefined
      const members = each.map(({ records }) => records)
      await this.output.report({
        value: { ...figures, members, ...(metrics && { metrics: metricRows(metrics) }) },
        rows: [figures],
        columns: fieldColumns(Object.keys(figures)),
        text: () => {
          const [records, megabytes] = [figures.recordsPerSecond.toFixed(1), figures.megabytesPerSecond.toFixed(1)]
          this.output.line(`${figures.records} records read, ${records} records/sec (${megabytes} MB/sec)`)
          if (members.length > 1) this.output.line(`by member: ${members.join(', ')}`)
          if (metrics) context.console.out(metricsText(metrics))
        },
      })
      if (total.records < flags['num-records']) throw new Exit(exitCode.failed)
    } finally {
      await Promise.all(consumers.map((consumer) => consumer.close()))
    }
  }
}
