import { Args, Flags } from '@oclif/core'
import { BaseCommand } from '../cli/native/base-command.ts'
import { filterByRules, parseOffsetSpec } from '../tools/offsets/choice.ts'
import { listChosenOffsets } from '../tools/offsets/list.ts'

export default class GetOffsets extends BaseCommand<typeof GetOffsets> {
  static override summary = 'Show the offsets of partitions'
  static override examples = [
    '<%= config.bin %> get-offsets orders',
    '<%= config.bin %> get-offsets orders:0-3,audit --time earliest',
    '<%= config.bin %> get-offsets orders --time 1767225600000 --json',
  ]
  static override args = {
    partitions: Args.string({
      ignoreStdin: true,
      description:
        'topic, topic:2, topic:0-3 (without 3), topic:5-, with commas between; topics are regular expressions',
    }),
  }
  static override flags = {
    time: Flags.string({
      default: 'latest',
      description: 'latest, earliest, max-timestamp, earliest-local, latest-tiered, or milliseconds since 1970',
    }),
    'exclude-internal': Flags.boolean({ description: "Leave out Kafka's own topics" }),
  }

  async run(): Promise<void> {
    const spec = parseOffsetSpec(this.flags.time)
    const filter = filterByRules(this.args.partitions ?? '')
    const { offsets, skipped } = await this.withAdmin('Looking up offsets', (admin) =>
      listChosenOffsets(admin, filter, spec, this.flags['exclude-internal']),
    )
    const rows = [...offsets].sort((a, b) =>
      a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1,
    )
    await this.output.report({
      value: { offsets: rows },
      rows,
      columns: [
        { title: 'TOPIC', value: ({ topic }) => topic },
        { title: 'PARTITION', value: ({ partition }) => partition },
        { title: 'OFFSET', value: ({ offset }) => offset },
      ],
    })
    const [first] = skipped
    if (first) throw new Error(`No offset of ${first.topic}-${first.partition}: ${first.error.message}`)
  }
}
