import { BaseCommand } from '../../cli/native/base-command.ts'
import type { Column } from '../../cli/native/output.ts'
import { describeQuorum, type QuorumMember } from '../../tools/cluster/quorum.ts'

export default class MetadataQuorumDescribe extends BaseCommand<typeof MetadataQuorumDescribe> {
  static override summary = 'Show the controllers and how far each has replicated the metadata'
  static override examples = [
    '<%= config.bin %> metadata-quorum describe',
    '<%= config.bin %> metadata-quorum describe --json',
  ]

  async run(): Promise<void> {
    const quorum = await this.withAdmin('Describing the quorum', describeQuorum)
    const { clusterId, leaderId, leaderEpoch, highWatermark, members } = quorum
    const columns: Column<QuorumMember>[] = [
      { title: 'ID', value: ({ replicaId }) => replicaId },
      { title: 'STATUS', value: ({ status }) => status.toLowerCase() },
      { title: 'LOG-END-OFFSET', value: ({ logEndOffset }) => logEndOffset },
      { title: 'LAG', value: ({ lag }) => lag },
    ]
    await this.output.report({
      value: { clusterId, leaderId, leaderEpoch, highWatermark, members: members.map(memberJson) },
      rows: members,
      columns,
      text: async () => {
        const epoch = `epoch ${leaderEpoch}  high watermark ${highWatermark}`
        this.output.line(`cluster ${clusterId}  leader ${leaderId}  ${epoch}`)
        await this.output.table(members, columns)
      },
    })
  }
}

const memberJson = (member: QuorumMember): object => ({
  replicaId: member.replicaId,
  directoryId: member.directoryId,
  status: member.status,
  logEndOffset: member.logEndOffset,
  lag: member.lag,
  lastFetchTimestamp: member.lastFetchTimestamp ?? null,
  lastCaughtUpTimestamp: member.lastCaughtUpTimestamp ?? null,
})
