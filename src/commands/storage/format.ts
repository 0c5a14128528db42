import { Flags } from '@oclif/core'
import { loadProperties } from '../../cli/client-config.ts'
import { BaseCommand } from '../../cli/native/base-command.ts'
import { BrokerConfig } from '../../config/broker.ts'
import { randomUuid } from '../../runtime/index.ts'
import { formatStorage, type QuorumStart } from '../../tools/storage/format.ts'

export default class StorageFormat extends BaseCommand<typeof StorageFormat> {
  static override summary = "Prepare a node's empty directories"
  static override examples = [
    '<%= config.bin %> storage format --config config/server.properties',
    '<%= config.bin %> storage format --config config/server.properties --cluster-id MkU3OEVBNTcwNTJENDM2Qk',
    '<%= config.bin %> storage format -c server.properties --release-version 4.0 --feature transaction.version=0',
  ]
  static override flags = {
    config: Flags.string({ char: 'c', required: true, helpValue: 'file', description: "The node's properties" }),
    'cluster-id': Flags.string({ char: 't', description: 'Id of the cluster [default: a new one]' }),
    'ignore-formatted': Flags.boolean({ char: 'g', description: 'Pass over formatted directories' }),
    'release-version': Flags.string({ char: 'r', description: 'Release whose features the cluster starts with' }),
    feature: Flags.string({
      char: 'f',
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'name=level',
      description: 'Level of one feature',
    }),
    standalone: Flags.boolean({
      char: 's',
      exclusive: ['no-initial-controllers'],
      description: 'Alone in its quorum [default]',
    }),
    'no-initial-controllers': Flags.boolean({ char: 'N', description: 'Will join a quorum' }),
  }

  async run(): Promise<void> {
    const { flags } = this
    const config = new BrokerConfig(loadProperties(this.context.runtime, flags.config))
    const clusterId = flags['cluster-id'] ?? randomUuid(this.context.runtime.random)
    const dynamic: QuorumStart = flags['no-initial-controllers'] ? 'no-initial-controllers' : 'standalone'
    const result = formatStorage(this.context.runtime, config, {
      clusterId,
      ignoreFormatted: flags['ignore-formatted'],
      release: flags['release-version'],
      features: flags.feature ?? [],
      quorum: config.voters.length > 0 ? undefined : dynamic,
    })
    const formatted = result.formatted.map(({ directory }) => directory)
    await this.output.report({
      value: { clusterId, metadataVersion: result.metadataVersion, formatted },
      rows: formatted,
      columns: [
        { title: 'FORMATTED', value: (directory) => directory },
        { title: 'CLUSTER-ID', value: () => clusterId },
      ],
      text: async () => {
        if (formatted.length === 0) this.output.line('All directories are formatted already.')
        for (const directory of formatted) await this.output.done(`Formatted ${directory} for cluster ${clusterId}.`)
      },
    })
  }
}
