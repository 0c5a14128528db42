import { Flags } from '@oclif/core'
import { parsePairs } from '../../cli/client-config.ts'
import { BaseCommand } from '../../cli/native/base-command.ts'
import { topicArgument } from '../../cli/native/flags.ts'
import { checkConfigs, createTopic, parseAssignment } from '../../tools/topics/change.ts'

export default class TopicsCreate extends BaseCommand<typeof TopicsCreate> {
  static override summary = 'Create a topic'
  static override examples = [
    '<%= config.bin %> topics create clicks --partitions 3',
    '<%= config.bin %> topics create events -p 1 -r 1 --config cleanup.policy=compact --config retention.ms=86400000',
    '<%= config.bin %> topics create clicks --replica-assignment 1,1,1 --if-not-exists',
  ]
  static override args = topicArgument
  static override flags = {
    partitions: Flags.integer({ char: 'p', min: 1, description: "Partitions [default: the cluster's]" }),
    'replication-factor': Flags.integer({ char: 'r', min: 1, description: "Replicas [default: the cluster's]" }),
    'replica-assignment': Flags.string({
      helpValue: '0:1,1:2',
      exclusive: ['partitions', 'replication-factor'],
      description: 'Brokers of each partition',
    }),
    config: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'name=value',
      description: 'Property of the topic',
    }),
    'if-not-exists': Flags.boolean({ description: 'Do nothing when the topic is there' }),
  }

  async run(): Promise<void> {
    const { flags } = this
    const name = this.args.topic
    const configs = parsePairs(flags.config ?? [])
    checkConfigs(configs)
    const assignment = flags['replica-assignment']
    const created = await this.withAdmin(`Creating topic ${name}`, (admin) =>
      createTopic(
        admin,
        {
          name,
          partitions: flags.partitions,
          replicationFactor: flags['replication-factor'],
          assignments: assignment === undefined ? undefined : parseAssignment(assignment),
          configs,
        },
        flags['if-not-exists'],
      ),
    )
    await this.output.fields({ topic: name, created }, () =>
      this.output.done(created ? `Created topic ${name}.` : `Topic ${name} is there already.`),
    )
  }
}
