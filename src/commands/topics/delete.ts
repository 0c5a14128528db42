import { Args, Flags } from '@oclif/core'
import { BaseCommand } from '../../cli/native/base-command.ts'
import { confirmed } from '../../cli/native/confirm.ts'
import { confirmMatches, regexFlag, topicsMatching, yesFlag } from '../../cli/native/topic-choice.ts'
import { deleteTopics } from '../../tools/topics/change.ts'

export default class TopicsDelete extends BaseCommand<typeof TopicsDelete> {
  static override summary = 'Delete topics and all their records'
  static override description =
    'Asks first on a terminal, unless --yes is given. Names are taken as they are: a dot is a dot. With --regex the matches are shown first, and without a terminal --yes is needed.'
  static override examples = [
    '<%= config.bin %> topics delete orders',
    '<%= config.bin %> topics delete orders payments --yes --if-exists',
    "<%= config.bin %> topics delete 'test-.*' --regex --yes",
  ]
  static override strict = false
  static override args = { topic: Args.string({ ignoreStdin: true, required: true, description: 'Names of topics' }) }
  static override flags = {
    yes: yesFlag,
    regex: regexFlag,
    'if-exists': Flags.boolean({ exclusive: ['regex'], description: 'Pass over topics that are not there' }),
  }

  async run(): Promise<void> {
    const { regex, yes } = this.flags
    const topics = regex ? await this.matches() : [...new Set(this.words)]
    const question = `Delete ${topics.join(', ')} with all records?`
    const isSure = regex
      ? await confirmMatches(this.context, topics, { yes, question: 'Delete these topics with all records?' })
      : yes || (await confirmed(this.context, question))
    if (!isSure) return
    const deleted = await this.delete(topics)
    await this.output.report({
      value: { deleted },
      rows: deleted,
      columns: [{ title: 'DELETED', value: (name) => name }],
      text: async () => {
        for (const name of deleted) await this.output.done(`Deleted topic ${name}.`)
      },
    })
  }

  private matches(): Promise<string[]> {
    return this.withAdmin('Listing topics', (admin) => topicsMatching(admin, this.words))
  }

  private delete(wanted: readonly string[]): Promise<string[]> {
    return this.withAdmin(`Deleting ${wanted.join(', ')}`, async (admin) => {
      const present = new Set((await admin.listTopics({ includeInternal: true })).map(({ name }) => name))
      const missing = wanted.filter((name) => !present.has(name))
      if (missing.length > 0 && !this.flags['if-exists']) throw new Error(`There is no topic ${missing.join(', ')}.`)
      const topics = wanted.filter((name) => present.has(name))
      if (topics.length > 0) await deleteTopics(admin, topics)
      return topics
    })
  }
}
