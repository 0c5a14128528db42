import { Args, Flags } from '@oclif/core'
import { BaseCommand } from '../../cli/native/base-command.ts'
import { lagLevels, reportLag, reportMembers } from '../../cli/native/groups.ts'
import { LagWatch } from '../../cli/native/lag-watch.ts'
import { spanOf } from '../../cli/native/span.ts'
import type { Admin } from '../../client/index.ts'
import { type GroupLagView, groupLags, onlyLagging } from '../../tools/groups/lag.ts'
import { listConsumerGroups } from '../../tools/groups/list.ts'
import { FetchedRecordAges } from '../../tools/groups/record-ages.ts'

export default class ConsumerGroupsDescribe extends BaseCommand<typeof ConsumerGroupsDescribe> {
  static override summary = 'Show how far groups are, in records and in time, and who their members are'
  static override description =
    'LAG-SECONDS is the age of the record that the group reads next, which is read for that; --no-time does without. --watch alone looks every 2 seconds, and takes another time such as 500ms or 1m.'
  static override examples = [
    '<%= config.bin %> consumer-groups describe billing',
    '<%= config.bin %> consumer-groups describe billing --members',
    '<%= config.bin %> consumer-groups describe --all --by group --only-lagging',
    '<%= config.bin %> consumer-groups describe billing --by topic --watch 5s',
    '<%= config.bin %> consumer-groups describe --all --no-time --output json',
  ]
  static override strict = false
  static override args = { group: Args.string({ ignoreStdin: true, description: 'Group ids' }) }
  static override flags = {
    all: Flags.boolean({ description: 'All groups' }),
    members: Flags.boolean({ exclusive: ['by', 'watch'], description: 'Members instead of offsets' }),
    by: Flags.option({ options: lagLevels, description: 'What has a row of its own [default: partition]' })(),
    'only-lagging': Flags.boolean({ description: 'Only what is behind' }),
    time: Flags.boolean({ allowNo: true, default: true, description: 'Find out the lag in seconds' }),
    watch: Flags.string({ helpValue: '2s', description: 'Look again and again' }),
  }

  /** `--watch` may stand without a value, which the parser does not know. */
  override async init(): Promise<void> {
    this.argv = this.argv.flatMap((word, i) =>
      word === '--watch' && !/^\d/.test(this.argv[i + 1] ?? '') ? [word, '2s'] : [word],
    )
    await super.init()
  }

  async run(): Promise<void> {
    const { all, by = 'partition', members, time, watch } = this.flags
    if (Boolean(all) === this.words.length > 0) this.wrongUsage('Name groups, or give --all.')
    const everyMs = watch === undefined ? undefined : Math.max(100, spanOf('watch', watch))
    const ages = time && !members ? new FetchedRecordAges(this.clientSettings(), this.context.runtime) : undefined
    try {
      if (everyMs !== undefined) {
        await this.withAdmin(undefined, (admin) =>
          new LagWatch(this.context, this.output, { by, everyMs, next: () => this.look(admin, ages) }).run(),
        )
        return
      }
      const views = await this.withAdmin('Describing groups', (admin) => this.look(admin, ages))
      await (members ? reportMembers(this.output, views) : reportLag(this.output, views, by))
    } finally {
      await ages?.close()
    }
  }

  private async look(admin: Admin, ages: FetchedRecordAges | undefined): Promise<GroupLagView[]> {
    const { all } = this.flags
    const ids = all ? (await listConsumerGroups(admin)).map(({ groupId }) => groupId) : this.words
    const views = await groupLags(admin, ids, { ages, skipMissing: all })
    return this.flags['only-lagging'] ? onlyLagging(views) : views
  }
}
