import { Args, Flags } from '@oclif/core'
import { BaseCommand } from '../../cli/native/base-command.ts'
import { regexFlag, topicsMatching } from '../../cli/native/topic-choice.ts'
import { topicsReport } from '../../cli/native/topics.ts'
import type { Admin } from '../../client/index.ts'
import { findTopics } from '../../tools/topics/change.ts'
import { describeTopics } from '../../tools/topics/describe.ts'

export default class TopicsDescribe extends BaseCommand<typeof TopicsDescribe> {
  static override summary = 'Show the partitions and properties of topics'
  static override examples = [
    '<%= config.bin %> topics describe orders',
    '<%= config.bin %> topics describe --unhealthy',
    '<%= config.bin %> topics describe orders payments --json',
    "<%= config.bin %> topics describe 'orders.*' --regex",
  ]
  static override strict = false
  static override args = {
    topic: Args.string({ ignoreStdin: true, description: 'Names of topics; all when left out' }),
  }
  static override flags = {
    regex: regexFlag,
    unhealthy: Flags.boolean({ description: 'Only partitions without a leader or with too few replicas in sync' }),
    'exclude-internal': Flags.boolean({ description: "Leave out Kafka's own topics" }),
  }

  async run(): Promise<void> {
    const { unhealthy } = this.flags
    const all = await this.withAdmin('Describing topics', async (admin) => {
      const names = await this.names(admin)
      return names.length === 0 ? [] : describeTopics(admin, { names })
    })
    const isWanted = (info: (typeof all)[number]['partitions'][number]) =>
      !unhealthy || info.underReplicated || info.unavailable || info.underMinIsr
    const topics = all
      .map((topic) => ({ ...topic, partitions: topic.partitions.filter(isWanted) }))
      .filter(({ partitions }) => partitions.length > 0)
    await this.output.report(topicsReport(this.output, topics))
  }

  private async names(admin: Admin): Promise<string[]> {
    if (this.words.length === 0) return findTopics(admin, undefined, this.flags['exclude-internal'])
    if (!this.flags.regex) {
      const present = new Set((await admin.listTopics({ includeInternal: true })).map(({ name }) => name))
      const missing = this.words.filter((name) => !present.has(name))
      if (missing.length > 0) throw new Error(`There is no topic ${missing.join(', ')}.`)
      return this.words
    }
    const found = await topicsMatching(admin, this.words)
    if (found.length === 0) throw new Error('No topic matches.')
    return found
  }
}
