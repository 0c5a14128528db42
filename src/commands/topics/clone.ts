import { Args } from '@oclif/core'
import { BaseCommand } from '../../cli/native/base-command.ts'
import { applyChanges, specLike } from '../../tools/topics/plan.ts'

export default class TopicsClone extends BaseCommand<typeof TopicsClone> {
  static override summary = 'Create a topic with the partitions, replicas and properties of another'
  static override description =
    'Records are not copied: `console-consumer --json | console-producer --input json` does that.'
  static override examples = ['<%= config.bin %> topics clone orders orders-test']
  static override args = {
    source: Args.string({ ignoreStdin: true, required: true, description: 'Topic that is there' }),
    topic: Args.string({ ignoreStdin: true, required: true, description: 'Name of the new one' }),
  }

  async run(): Promise<void> {
    const { source, topic } = this.args
    const spec = await this.withAdmin(`Creating topic ${topic}`, async (admin) => {
      const like = await specLike(admin, source, topic)
      await applyChanges(admin, [{ change: 'create', topic, spec: like }], false)
      return like
    })
    const { partitions = null, replicationFactor = null, configs } = spec
    await this.output.report({
      value: { source, topic, partitions, replicationFactor, configs },
      rows: [{ source, topic, partitions, replicationFactor }],
      columns: [
        { title: 'SOURCE', value: (row) => row.source },
        { title: 'TOPIC', value: (row) => row.topic },
        { title: 'PARTITIONS', value: (row) => row.partitions },
        { title: 'REPLICATION-FACTOR', value: (row) => row.replicationFactor },
      ],
      text: () => this.output.done(`Created topic ${topic} with ${partitions} partitions, as ${source} has.`),
    })
  }
}
