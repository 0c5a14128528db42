import { Args, Flags } from '@oclif/core'
import { BaseCommand } from '../../cli/native/base-command.ts'
import { addPartitions, parseAssignment } from '../../tools/topics/change.ts'

export default class TopicsAlter extends BaseCommand<typeof TopicsAlter> {
  static override summary = 'Raise the number of partitions of a topic'
  static override description =
    'Records with keys are spread over the new number of partitions from then on: the order per key is broken once.'
  static override examples = [
    '<%= config.bin %> topics alter orders --partitions 6',
    '<%= config.bin %> topics alter orders --partitions 3 --replica-assignment 1,1,2',
  ]
  static override args = { topic: Args.string({ ignoreStdin: true, required: true, description: 'Name of the topic' }) }
  static override flags = {
    partitions: Flags.integer({ char: 'p', min: 1, required: true, description: 'New number of partitions' }),
    'replica-assignment': Flags.string({
      helpValue: '0:1,1:2',
      description: 'Brokers of each partition, from partition 0 on',
    }),
  }

  async run(): Promise<void> {
    const { topic } = this.args
    const { partitions, 'replica-assignment': assignment } = this.flags
    const assignments = assignment === undefined ? undefined : parseAssignment(assignment)
    await this.withAdmin(`Altering topic ${topic}`, (admin) => addPartitions(admin, [topic], partitions, assignments))
    await this.output.fields({ topic, partitions }, () =>
      this.output.done(`Topic ${topic} has ${partitions} partitions.`),
    )
  }
}
