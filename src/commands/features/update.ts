import { Args, Flags } from '@oclif/core'
import { Exit, exitCode } from '../../cli/exit.ts'
import { BaseCommand } from '../../cli/native/base-command.ts'
import { changeFeatures, wantedLevels } from '../../tools/features/change.ts'

export default class FeaturesUpdate extends BaseCommand<typeof FeaturesUpdate> {
  static override summary = 'Raise or lower the levels of features: all of them, or none'
  static override examples = [
    '<%= config.bin %> features update share.version=1',
    '<%= config.bin %> features update --release 4.3 --dry-run',
    '<%= config.bin %> features update share.version=0 --downgrade',
  ]
  static override strict = false
  static override args = { level: Args.string({ ignoreStdin: true, description: 'feature=level' }) }
  static override flags = {
    release: Flags.string({ description: 'The levels of this release, for all features' }),
    downgrade: Flags.boolean({ description: 'Lower levels' }),
    unsafe: Flags.boolean({ dependsOn: ['downgrade'], description: 'Even if metadata is lost by it' }),
    'dry-run': Flags.boolean({ description: 'Only ask whether it could be done' }),
  }

  async run(): Promise<void> {
    const { release, downgrade, unsafe } = this.flags
    const levels = this.levels(release)
    if (levels.size === 0) this.wrongUsage('Name a feature=level, or a --release.')
    const change = downgrade ? (unsafe ? 'unsafe-downgrade' : 'safe-downgrade') : 'upgrade'
    const results = await this.withAdmin('Updating features', (admin) =>
      changeFeatures(admin, levels, change, this.flags['dry-run']),
    )
    const rows = results.map(({ feature, level, error }) => ({ feature, level, error: error?.message ?? null }))
    await this.output.report({
      value: { features: rows },
      rows,
      columns: [
        { title: 'FEATURE', value: ({ feature }) => feature },
        { title: 'LEVEL', value: ({ level }) => level },
        { title: 'ERROR', value: ({ error }) => error },
      ],
      text: async () => {
        for (const { feature, level, error } of rows)
          if (error === null)
            await this.output.done(`${feature} ${this.flags['dry-run'] ? 'can be' : 'is'} at ${level}.`)
          else this.context.console.error(`${feature}: ${error}\n`)
      },
    })
    if (rows.some(({ error }) => error !== null)) throw new Exit(exitCode.failed)
  }

  private levels(release: string | undefined): Map<string, number> {
    try {
      return wantedLevels({ features: this.words, release, metadata: undefined })
    } catch (error) {
      return this.wrongUsage((error as Error).message)
    }
  }
}
