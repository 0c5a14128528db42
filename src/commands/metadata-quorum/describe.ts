import { BaseCommand } from '../../cli/native/base-command.ts'
import { describeQuorum } from '../../tools/cluster/quorum.ts'

export default class MetadataQuorumDescribe extends BaseCommand<typeof MetadataQuorumDescribe> {
  static override summary = 'Show the controllers and how far each has replicated the metadata'
  static override examples = [
    '<%= config.bin %> metadata-quorum describe',
    '<%= config.bin %> metadata-quorum describe --json',
  ]

  async run(): Promise<void> {
    const quorum = await this.withAdmin('Describing the quorum', describeQuorum)
    const { clusterId, leaderId, leaderEpoch, highWatermark, members } = quorum
    if (this.flags.json) {
      this.output.value({ clusterId, leaderId, leaderEpoch, highWatermark, members })
      return
    }
    this.output.line(`cluster ${clusterId}  leader ${leaderId}  epoch ${leaderEpoch}  high watermark ${highWatermark}`)
    await this.output.table(members, [
      { title: 'ID', value: ({ replicaId }) => replicaId },
      { title: 'STATUS', value: ({ status }) => status.toLowerCase() },
      { title: 'LOG-END-OFFSET', value: ({ logEndOffset }) => logEndOffset },
      { title: 'LAG', value: ({ lag }) => lag },
    ])
  }
}
