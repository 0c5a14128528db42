import { Args, Flags } from '@oclif/core'
import { Exit, exitCode } from '../../cli/exit.ts'
import { BaseCommand } from '../../cli/native/base-command.ts'
import { deleteOffsets } from '../../tools/groups/delete-offsets.ts'

export default class ConsumerGroupsDeleteOffsets extends BaseCommand<typeof ConsumerGroupsDeleteOffsets> {
  static override summary = 'Forget the offsets of a group in topics that it does not read'
  static override examples = [
    '<%= config.bin %> consumer-groups delete-offsets billing --topic orders',
    '<%= config.bin %> consumer-groups delete-offsets billing --topic orders:0,1 --topic payments',
  ]
  static override args = { group: Args.string({ ignoreStdin: true, required: true, description: 'Group id' }) }
  static override flags = {
    topic: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      required: true,
      helpValue: 'topic[:0,1]',
      description: 'Topic, or some of its partitions',
    }),
  }

  async run(): Promise<void> {
    const { group } = this.args
    const { error, results } = await this.withAdmin('Deleting offsets', (admin) =>
      deleteOffsets(admin, group, this.flags.topic),
    )
    const rows = results.map((row) => ({
      topic: row.topic,
      partition: row.partition,
      error: row.error?.message ?? null,
    }))
    await this.output.report({
      value: { group, partitions: rows },
      rows,
      columns: [
        { title: 'TOPIC', value: ({ topic }) => topic },
        { title: 'PARTITION', value: ({ partition }) => (partition < 0 ? undefined : partition) },
        { title: 'RESULT', value: (row) => row.error ?? 'deleted', alarm: (row) => row.error !== null },
      ],
    })
    if (error || rows.some((row) => row.error !== null)) throw new Exit(exitCode.failed)
  }
}
