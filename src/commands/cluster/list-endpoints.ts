import { Flags } from '@oclif/core'
import { BaseCommand } from '../../cli/native/base-command.ts'

export default class ClusterListEndpoints extends BaseCommand<typeof ClusterListEndpoints> {
  static override summary = 'List the brokers and where they are reached'
  static override examples = [
    '<%= config.bin %> cluster list-endpoints',
    '<%= config.bin %> cluster list-endpoints --include-fenced --json',
  ]
  static override flags = { 'include-fenced': Flags.boolean({ description: 'Also brokers that are fenced' }) }

  async run(): Promise<void> {
    const { nodes } = await this.withAdmin('Asking for brokers', (admin) =>
      admin.describeCluster({ includeFencedBrokers: this.flags['include-fenced'] }),
    )
    const brokers = [...nodes].sort((a, b) => a.id - b.id)
    await this.output.report({
      value: { brokers: brokers.map(({ rack = null, ...broker }) => ({ ...broker, rack })) },
      rows: brokers,
      columns: [
        { title: 'ID', value: ({ id }) => id },
        { title: 'HOST', value: ({ host }) => host },
        { title: 'PORT', value: ({ port }) => port },
        { title: 'RACK', value: ({ rack }) => rack },
        { title: 'STATE', value: ({ fenced }) => (fenced ? 'fenced' : 'unfenced'), alarm: ({ fenced }) => fenced },
      ],
    })
  }
}
