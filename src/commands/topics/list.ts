import { Args, Flags } from '@oclif/core'
import { BaseCommand } from '../../cli/native/base-command.ts'
import { wholeMatch } from '../../tools/java/pattern.ts'

export default class TopicsList extends BaseCommand<typeof TopicsList> {
  static override summary = 'List topics'
  static override examples = [
    '<%= config.bin %> topics list',
    "<%= config.bin %> topics list 'orders.*' --json",
    '<%= config.bin %> topics list --exclude-internal -b localhost:9092',
  ]
  static override args = {
    pattern: Args.string({ ignoreStdin: true, description: 'Regular expression that whole names must match' }),
  }
  static override flags = { 'exclude-internal': Flags.boolean({ description: "Leave out Kafka's own topics" }) }

  async run(): Promise<void> {
    const pattern = this.args.pattern === undefined ? undefined : wholeMatch(this.args.pattern)
    const all = await this.withAdmin('Listing topics', (admin) =>
      admin.listTopics({ includeInternal: !this.flags['exclude-internal'] }),
    )
    const topics = all
      .filter(({ name }) => pattern?.test(name) ?? true)
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map(({ name, topicId, internal }) => ({ name, topicId, internal }))
    await this.output.report({
      value: { topics },
      rows: topics,
      columns: [
        { title: 'NAME', value: ({ name }) => name },
        { title: 'TOPIC-ID', value: ({ topicId }) => topicId },
        { title: 'INTERNAL', value: ({ internal }) => internal },
      ],
      none: 'There are no such topics.',
      text: () => {
        for (const { name } of topics) this.output.line(name)
      },
    })
  }
}
