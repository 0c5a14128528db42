import { Args, Flags } from '@oclif/core'
import { BaseCommand } from '../../cli/native/base-command.ts'
import { confirmed } from '../../cli/native/confirm.ts'
import { deleteTopics } from '../../tools/topics/change.ts'

export default class TopicsDelete extends BaseCommand<typeof TopicsDelete> {
  static override summary = 'Delete topics and all their records'
  static override description = 'Asks first on a terminal, unless --yes is given.'
  static override examples = [
    '<%= config.bin %> topics delete orders',
    '<%= config.bin %> topics delete orders payments --yes --if-exists',
  ]
  static override strict = false
  static override args = { topic: Args.string({ ignoreStdin: true, required: true, description: 'Names of topics' }) }
  static override flags = {
    yes: Flags.boolean({ char: 'y', description: 'Do not ask' }),
    'if-exists': Flags.boolean({ description: 'Pass over topics that are not there' }),
  }

  async run(): Promise<void> {
    const wanted = [...new Set(this.words)]
    const list = wanted.join(', ')
    if (!this.flags.yes && !(await confirmed(this.context, `Delete ${list} with all records?`))) return
    const deleted = await this.withAdmin(`Deleting ${list}`, async (admin) => {
      const present = new Set((await admin.listTopics({ includeInternal: true })).map(({ name }) => name))
      const missing = wanted.filter((name) => !present.has(name))
      if (missing.length > 0 && !this.flags['if-exists']) throw new Error(`There is no topic ${missing.join(', ')}.`)
      const topics = wanted.filter((name) => present.has(name))
      if (topics.length > 0) await deleteTopics(admin, topics)
      return topics
    })
    await this.output.report({
      value: { deleted },
      rows: deleted,
      columns: [{ title: 'DELETED', value: (name) => name }],
      text: async () => {
        for (const name of deleted) await this.output.done(`Deleted topic ${name}.`)
      },
    })
  }
}
