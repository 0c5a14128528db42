import { Args, Flags } from '@oclif/core'
import { BaseCommand } from '../../cli/native/base-command.ts'
import { groupFields, reportGroups, withGroupsOf } from '../../cli/native/group-views.ts'
import type { ShareGroupDescription, ShareMember, SharePartitionOffset } from '../../client/index.ts'
import { describeShareGroups, listShareGroups, shareOffsets } from '../../tools/groups/share.ts'
import { assignmentText } from '../../tools/groups/text.ts'

interface View {
  readonly group: ShareGroupDescription
  readonly offsets: readonly SharePartitionOffset[]
}

export default class ShareGroupsDescribe extends BaseCommand<typeof ShareGroupsDescribe> {
  static override summary = 'Show where share groups are, and who their members are'
  static override description =
    'START-OFFSET is the first record that is not done with; LAG counts the records from there to the end that are not acknowledged.'
  static override examples = [
    '<%= config.bin %> share-groups describe jobs',
    '<%= config.bin %> share-groups describe jobs --members',
    '<%= config.bin %> share-groups describe --all --json',
  ]
  static override strict = false
  static override args = { group: Args.string({ ignoreStdin: true, description: 'Group ids' }) }
  static override flags = {
    all: Flags.boolean({ description: 'All share groups' }),
    members: Flags.boolean({ description: 'Members instead of offsets' }),
  }

  async run(): Promise<void> {
    const { all, members } = this.flags
    if (Boolean(all) === this.words.length > 0) this.wrongUsage('Name groups, or give --all.')
    const views = await this.withAdmin('Describing groups', async (admin): Promise<View[]> => {
      const ids = all ? (await listShareGroups(admin)).map(({ groupId }) => groupId) : this.words
      const groups = await withGroupsOf('share', () => describeShareGroups(admin, ids))
      const offsets = await shareOffsets(admin, ids)
      return groups.map((group) => ({ group, offsets: offsets.get(group.groupId) ?? [] }))
    })
    if (members) await reportGroups(this.output, views, groupJson, ({ group }) => group.members, memberColumns)
    else await reportGroups(this.output, views, groupJson, ({ offsets }) => offsets, offsetColumns)
  }
}

const offsetColumns = [
  { title: 'TOPIC', value: ({ topic }: SharePartitionOffset) => topic },
  { title: 'PARTITION', value: ({ partition }: SharePartitionOffset) => partition },
  { title: 'START-OFFSET', value: ({ startOffset }: SharePartitionOffset) => startOffset },
  { title: 'LAG', value: ({ lag }: SharePartitionOffset) => lag },
]

const memberColumns = [
  { title: 'MEMBER-ID', value: ({ memberId }: ShareMember) => memberId },
  { title: 'CLIENT-ID', value: ({ clientId }: ShareMember) => clientId },
  { title: 'HOST', value: ({ host }: ShareMember) => host },
  { title: 'PARTITIONS', value: ({ assignment }: ShareMember) => assignmentText(assignment) },
]

const groupJson = ({ group, offsets }: View): object => ({
  ...groupFields(group),
  groupEpoch: group.groupEpoch,
  offsets: offsets.map(({ topic, partition, startOffset, leaderEpoch, lag }) => ({
    topic,
    partition,
    startOffset: startOffset ?? null,
    leaderEpoch: leaderEpoch ?? null,
    lag: lag ?? null,
  })),
  members: group.members.map((member) => ({
    memberId: member.memberId,
    clientId: member.clientId,
    host: member.host,
    memberEpoch: member.memberEpoch,
    partitions: member.assignment.map(({ topic, partition }) => ({ topic, partition })),
  })),
})
