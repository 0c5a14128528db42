import { Args, Flags } from '@oclif/core'
import { BaseCommand } from '../../cli/native/base-command.ts'
import { topicsReport } from '../../cli/native/topics.ts'
import { findTopics } from '../../tools/topics/change.ts'
import { describeTopics } from '../../tools/topics/describe.ts'

export default class TopicsDescribe extends BaseCommand<typeof TopicsDescribe> {
  static override summary = 'Show the partitions and properties of topics'
  static override examples = [
    '<%= config.bin %> topics describe orders',
    '<%= config.bin %> topics describe --unhealthy',
    '<%= config.bin %> topics describe orders payments --json',
  ]
  static override strict = false
  static override args = {
    topic: Args.string({ ignoreStdin: true, description: 'Names of topics; all when left out' }),
  }
  static override flags = {
    unhealthy: Flags.boolean({ description: 'Only partitions without a leader or with too few replicas in sync' }),
    'exclude-internal': Flags.boolean({ description: "Leave out Kafka's own topics" }),
  }

  async run(): Promise<void> {
    const { unhealthy } = this.flags
    const all = await this.withAdmin('Describing topics', async (admin) => {
      const names =
        this.words.length > 0 ? this.words : await findTopics(admin, undefined, this.flags['exclude-internal'])
      return names.length === 0 ? [] : describeTopics(admin, { names })
    })
    const isWanted = (info: (typeof all)[number]['partitions'][number]) =>
      !unhealthy || info.underReplicated || info.unavailable || info.underMinIsr
    const topics = all
      .map((topic) => ({ ...topic, partitions: topic.partitions.filter(isWanted) }))
      .filter(({ partitions }) => partitions.length > 0)
    await this.output.report(topicsReport(this.output, topics))
  }
}
