import { Args, Flags } from '@oclif/core'
import { BaseCommand } from '../../cli/native/base-command.ts'
import { groupFields, reportGroups, withGroupsOf } from '../../cli/native/group-views.ts'
import type { StreamsGroupDescription, StreamsMember, TaskIds } from '../../client/index.ts'
import { describeStreamsGroups, listStreamsGroups, type StreamsLag, streamsLags } from '../../tools/groups/streams.ts'

interface View {
  readonly group: StreamsGroupDescription
  readonly offsets: readonly StreamsLag[]
}

export default class StreamsGroupsDescribe extends BaseCommand<typeof StreamsGroupsDescribe> {
  static override summary = 'Show how far streams groups are, and which tasks their members have'
  static override examples = [
    '<%= config.bin %> streams-groups describe counts',
    '<%= config.bin %> streams-groups describe counts --members',
    '<%= config.bin %> streams-groups describe --all --json',
  ]
  static override strict = false
  static override args = { group: Args.string({ ignoreStdin: true, description: 'Group ids' }) }
  static override flags = {
    all: Flags.boolean({ description: 'All streams groups' }),
    members: Flags.boolean({ description: 'Members instead of offsets' }),
  }

  async run(): Promise<void> {
    const { all, members } = this.flags
    if (Boolean(all) === this.words.length > 0) this.wrongUsage('Name groups, or give --all.')
    const views = await this.withAdmin('Describing groups', async (admin): Promise<View[]> => {
      const ids = all ? (await listStreamsGroups(admin)).map(({ groupId }) => groupId) : this.words
      const groups = await withGroupsOf('streams', () => describeStreamsGroups(admin, ids))
      return Promise.all(groups.map(async (group) => ({ group, offsets: await sortedLags(admin, group) })))
    })
    if (members) await reportGroups(this.output, views, groupJson, ({ group }) => group.members, memberColumns)
    else await reportGroups(this.output, views, groupJson, ({ offsets }) => offsets, offsetColumns)
  }
}

async function sortedLags(...[admin, group]: Parameters<typeof streamsLags>): Promise<StreamsLag[]> {
  const lags = await streamsLags(admin, group)
  return lags.sort((a, b) => (a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1))
}

const offsetColumns = [
  { title: 'TOPIC', value: ({ topic }: StreamsLag) => topic },
  { title: 'PARTITION', value: ({ partition }: StreamsLag) => partition },
  { title: 'CURRENT-OFFSET', value: ({ offset }: StreamsLag) => offset },
  { title: 'LOG-END-OFFSET', value: ({ logEndOffset }: StreamsLag) => logEndOffset },
  { title: 'LAG', value: ({ lag }: StreamsLag) => lag },
]

/** `0:0,1 1:2` of subtopologies and partitions. */
const tasksText = (tasks: readonly TaskIds[]): string =>
  tasks.map(({ subtopologyId, partitions }) => `${subtopologyId}:${partitions.join(',')}`).join(' ')

const memberColumns = [
  { title: 'MEMBER-ID', value: ({ memberId }: StreamsMember) => memberId },
  { title: 'CLIENT-ID', value: ({ clientId }: StreamsMember) => clientId },
  { title: 'HOST', value: ({ host }: StreamsMember) => host },
  { title: 'ACTIVE', value: ({ tasks }: StreamsMember) => tasksText(tasks.active) },
  { title: 'STANDBY', value: ({ tasks }: StreamsMember) => tasksText(tasks.standby) || undefined, optional: true },
  { title: 'WARMUP', value: ({ tasks }: StreamsMember) => tasksText(tasks.warmup) || undefined, optional: true },
]

const groupJson = ({ group, offsets }: View): object => ({
  ...groupFields(group),
  groupEpoch: group.groupEpoch,
  topologyEpoch: group.topologyEpoch ?? null,
  offsets: offsets.map(({ topic, partition, offset, leaderEpoch, logEndOffset, lag }) => ({
    topic,
    partition,
    currentOffset: offset ?? null,
    leaderEpoch: leaderEpoch ?? null,
    logEndOffset: logEndOffset ?? null,
    lag: lag ?? null,
  })),
  members: group.members.map((member) => ({
    memberId: member.memberId,
    processId: member.processId,
    clientId: member.clientId,
    host: member.host,
    memberEpoch: member.memberEpoch,
    tasks: { active: member.tasks.active, standby: member.tasks.standby, warmup: member.tasks.warmup },
  })),
})
