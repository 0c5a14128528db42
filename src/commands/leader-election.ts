import { Args, Flags } from '@oclif/core'
import { Exit, exitCode } from '../cli/exit.ts'
import { BaseCommand } from '../cli/native/base-command.ts'
import { parsePartition } from '../cli/native/partition.ts'
import type { TopicPartition } from '../client/index.ts'
import { electLeaders } from '../tools/elections/elect.ts'

export default class LeaderElection extends BaseCommand<typeof LeaderElection> {
  static override summary = 'Elect leaders: the preferred ones, or whoever is left'
  static override examples = [
    '<%= config.bin %> leader-election --all',
    '<%= config.bin %> leader-election orders:0 orders:1 --unclean',
  ]
  static override strict = false
  static override args = { partition: Args.string({ ignoreStdin: true, description: 'topic:partition' }) }
  static override flags = {
    all: Flags.boolean({ description: 'All partitions that need it' }),
    unclean: Flags.boolean({ description: 'Of partitions without a leader, though records may be lost' }),
  }

  async run(): Promise<void> {
    const { all, unclean } = this.flags
    const partitions = this.words.map(parsePartition)
    if (all === partitions.length > 0) this.wrongUsage('Name topic:partition, or --all.')
    const { elected, unchanged, failed } = await this.withAdmin('Electing leaders', (admin) =>
      electLeaders(admin, unclean ? 'unclean' : 'preferred', all ? undefined : partitions),
    )
    const failures = failed.map(({ topic, partition, error }) => ({ topic, partition, error: error.message }))
    const plain = (items: readonly TopicPartition[]) => items.map(({ topic, partition }) => ({ topic, partition }))
    const rows = [
      ...plain(elected).map((where) => ({ ...where, result: 'elected' })),
      ...plain(unchanged).map((where) => ({ ...where, result: 'unchanged' })),
      ...failures.map(({ error, ...where }) => ({ ...where, result: error })),
    ]
    await this.output.report({
      value: { elected: plain(elected), unchanged: plain(unchanged), failed: failures },
      rows,
      columns: [
        { title: 'TOPIC', value: ({ topic }) => topic },
        { title: 'PARTITION', value: ({ partition }) => partition },
        { title: 'RESULT', value: ({ result }) => result },
      ],
      text: async () => {
        await this.output.done(`${elected.length} elected, ${unchanged.length} had the right leader already.`)
        for (const { topic, partition, error } of failures)
          this.context.console.error(`${topic}:${partition}: ${error}\n`)
      },
    })
    if (failures.length > 0) throw new Exit(exitCode.failed)
  }
}
