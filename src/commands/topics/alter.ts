import { Flags } from '@oclif/core'
import { BaseCommand } from '../../cli/native/base-command.ts'
import { topicArgument } from '../../cli/native/flags.ts'
import { confirmMatches, regexFlag, topicsMatching, yesFlag } from '../../cli/native/topic-choice.ts'
import type { Admin } from '../../client/index.ts'
import { InvalidRequest } from '../../tools/groups/reset.ts'
import { addPartitions, parseAssignment } from '../../tools/topics/change.ts'
import { changeReplicationFactor } from '../../tools/topics/replication.ts'

export default class TopicsAlter extends BaseCommand<typeof TopicsAlter> {
  static override summary = 'Raise the number of partitions of a topic, or change that of its replicas'
  static override description =
    'More partitions: records with keys are spread over the new number from then on, so that the order per key is broken once. Other replicas: brokers copy in the background, which `topics describe` shows. The name is taken as it is; with --regex the matches are shown first, and without a terminal --yes is needed.'
  static override examples = [
    '<%= config.bin %> topics alter orders --partitions 6',
    '<%= config.bin %> topics alter orders --partitions 4 --replica-assignment 1,1,1,1',
    '<%= config.bin %> topics alter orders --replication-factor 1',
    "<%= config.bin %> topics alter 'test-.*' --regex --partitions 6 --yes",
  ]
  static override args = topicArgument
  static override flags = {
    partitions: Flags.integer({ char: 'p', min: 1, description: 'New number of partitions' }),
    'replication-factor': Flags.integer({ char: 'r', min: 1, description: 'New number of replicas of each partition' }),
    'replica-assignment': Flags.string({
      helpValue: '0:1,1:2',
      dependsOn: ['partitions'],
      description: 'Brokers of each partition, from partition 0 on',
    }),
    regex: regexFlag,
    yes: yesFlag,
  }

  async run(): Promise<void> {
    const { topic } = this.args
    const { partitions, regex, yes, 'replication-factor': factor } = this.flags
    if (partitions === undefined && factor === undefined)
      throw new InvalidRequest('Say what to alter: --partitions or --replication-factor.')
    const topics = regex ? await this.withAdmin('Listing topics', (admin) => topicsMatching(admin, [topic])) : [topic]
    if (regex && !(await confirmMatches(this.context, topics, { yes, question: 'Alter these topics?' }))) return
    const moved = await this.withAdmin(`Altering ${topics.join(', ')}`, (admin) => this.alter(admin, topics))
    const rows = topics.map((name) => ({
      topic: name,
      partitions: partitions ?? null,
      replicationFactor: factor ?? null,
      moved: moved.get(name) ?? 0,
    }))
    await this.output.report({
      value: regex ? { topics: rows } : rows[0],
      rows,
      columns: [
        { title: 'TOPIC', value: (row) => row.topic },
        { title: 'PARTITIONS', value: (row) => row.partitions },
        { title: 'REPLICATION-FACTOR', value: (row) => row.replicationFactor },
        { title: 'MOVED', value: (row) => row.moved },
      ],
      text: async () => {
        for (const row of rows) await this.tell(row)
      },
    })
  }

  /** Gives the number of partitions whose replicas change, by topic. */
  private async alter(admin: Admin, topics: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const { partitions, 'replication-factor': factor, 'replica-assignment': assignment } = this.flags
    const assignments = assignment === undefined ? undefined : parseAssignment(assignment)
    if (partitions !== undefined) await addPartitions(admin, topics, partitions, assignments)
    const moved = new Map<string, number>()
    if (factor === undefined) return moved
    for (const name of topics) moved.set(name, (await changeReplicationFactor(admin, name, factor)).length)
    return moved
  }

  private async tell({ topic, moved }: { readonly topic: string; readonly moved: number }): Promise<void> {
    const { partitions, 'replication-factor': factor } = this.flags
    if (partitions !== undefined) await this.output.done(`Topic ${topic} has ${partitions} partitions.`)
    if (factor === undefined) return
    if (moved === 0) await this.output.done(`Topic ${topic} has ${factor} replicas of each partition already.`)
    else
      await this.output.done(
        `${moved} partitions of ${topic} are on their way to ${factor} replicas: \`topics describe\` shows how far they are.`,
      )
  }
}
