import { Flags } from '@oclif/core'
import { BaseCommand } from '../../cli/native/base-command.ts'
import { METADATA_VERSION, releaseOf } from '../../protocol/metadata-version.ts'

export default class FeaturesDescribe extends BaseCommand<typeof FeaturesDescribe> {
  static override summary = 'Show the levels of features, and which are supported'
  static override examples = ['<%= config.bin %> features describe', '<%= config.bin %> features describe --json']
  static override flags = { node: Flags.integer({ description: 'Ask this broker' }) }

  async run(): Promise<void> {
    const { node } = this.flags
    const { features, epoch } = await this.withAdmin('Asking for features', (admin) => admin.describeFeatures(node))
    const level = (name: string, value: number | undefined) =>
      name === METADATA_VERSION && value !== undefined ? (releaseOf(value) ?? value) : value
    const values = features.map(({ name, finalized, supported = null }) => ({ name, finalized, supported }))
    await this.output.report({
      value: { features: values, epoch: epoch ?? null },
      rows: features,
      columns: [
        { title: 'FEATURE', value: ({ name }) => name },
        { title: 'LEVEL', value: ({ name, finalized }) => level(name, finalized) },
        { title: 'LOWEST', value: ({ name, supported }) => level(name, supported?.min) },
        { title: 'HIGHEST', value: ({ name, supported }) => level(name, supported?.max) },
      ],
    })
  }
}
