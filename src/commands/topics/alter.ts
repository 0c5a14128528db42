import { Args, Flags } from '@oclif/core'
import { BaseCommand } from '../../cli/native/base-command.ts'
import { confirmMatches, regexFlag, topicsMatching, yesFlag } from '../../cli/native/topic-choice.ts'
import { addPartitions, parseAssignment } from '../../tools/topics/change.ts'

export default class TopicsAlter extends BaseCommand<typeof TopicsAlter> {
  static override summary = 'Raise the number of partitions of a topic'
  static override description =
    'Records with keys are spread over the new number of partitions from then on: the order per key is broken once. The name is taken as it is; with --regex the matches are shown first, and without a terminal --yes is needed.'
  static override examples = [
    '<%= config.bin %> topics alter orders --partitions 6',
    '<%= config.bin %> topics alter orders --partitions 4 --replica-assignment 1,1,1,1',
    "<%= config.bin %> topics alter 'test-.*' --regex --partitions 6 --yes",
  ]
  static override args = { topic: Args.string({ ignoreStdin: true, required: true, description: 'Name of the topic' }) }
  static override flags = {
    partitions: Flags.integer({ char: 'p', min: 1, required: true, description: 'New number of partitions' }),
    'replica-assignment': Flags.string({
      helpValue: '0:1,1:2',
      description: 'Brokers of each partition, from partition 0 on',
    }),
    regex: regexFlag,
    yes: yesFlag,
  }

  async run(): Promise<void> {
    const { topic } = this.args
    const { partitions, regex, yes, 'replica-assignment': assignment } = this.flags
    const assignments = assignment === undefined ? undefined : parseAssignment(assignment)
    const topics = regex ? await this.withAdmin('Listing topics', (admin) => topicsMatching(admin, [topic])) : [topic]
    const question = `Give each of these topics ${partitions} partitions?`
    if (regex && !(await confirmMatches(this.context, topics, { yes, question }))) return
    await this.withAdmin(`Altering ${topics.join(', ')}`, (admin) =>
      addPartitions(admin, topics, partitions, assignments),
    )
    const rows = topics.map((name) => ({ topic: name, partitions }))
    await this.output.report({
      value: regex ? { topics: rows } : rows[0],
      rows,
      columns: [
        { title: 'TOPIC', value: (row) => row.topic },
        { title: 'PARTITIONS', value: (row) => row.partitions },
      ],
      text: async () => {
        for (const name of topics) await this.output.done(`Topic ${name} has ${partitions} partitions.`)
      },
    })
  }
}
