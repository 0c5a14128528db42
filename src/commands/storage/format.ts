import { Flags } from '@oclif/core'
import { loadProperties } from '../../cli/client-config.ts'
import { BaseCommand } from '../../cli/native/base-command.ts'
import { BrokerConfig } from '../../config/broker.ts'
import { withProviders } from '../../config/config-providers.ts'
import { randomUuid } from '../../runtime/index.ts'
import { formatStorage, type QuorumStart } from '../../tools/storage/format.ts'
import { storageInfo } from '../../tools/storage/info.ts'

export default class StorageFormat extends BaseCommand<typeof StorageFormat> {
  static override summary = "Prepare a node's empty directories"
  static override examples = [
    '<%= config.bin %> storage format --config config/server.properties',
    '<%= config.bin %> storage format --config config/server.properties --cluster-id MkU3OEVBNTcwNTJENDM2Qk',
    '<%= config.bin %> storage format -c server.properties --release-version 4.0 --feature transaction.version=0',
    "<%= config.bin %> storage format -c server.properties --add-scram 'SCRAM-SHA-256=[name=admin,password=secret]'",
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
    'add-scram': Flags.string({
      char: 'S',
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'SCRAM-SHA-256=[name=...,password=...]',
      description: 'Credential that the cluster starts with',
    }),
    standalone: Flags.boolean({
      char: 's',
      exclusive: ['no-initial-controllers', 'initial-controllers'],
      description: 'Alone in its quorum [default]',
    }),
    'no-initial-controllers': Flags.boolean({ char: 'N', description: 'Will join a quorum' }),
    'initial-controllers': Flags.string({
      char: 'I',
      exclusive: ['no-initial-controllers'],
      helpValue: 'id@host:port:directory,...',
      description: 'Voters that the quorum starts with',
    }),
  }

  async run(): Promise<void> {
    const { flags } = this
    const config = new BrokerConfig(
      withProviders(loadProperties(this.context.runtime, flags.config), this.context.runtime),
      'format',
    )
    // A node that is formatted stays in its cluster.
    const own = storageInfo(this.context.runtime, config).metadata?.clusterId
    const clusterId = flags['cluster-id'] ?? own ?? randomUuid(this.context.runtime.random)
    const result = await formatStorage(this.context.runtime, config, {
      clusterId,
      ignoreFormatted: flags['ignore-formatted'],
      release: flags['release-version'],
      features: flags.feature ?? [],
      credentials: flags['add-scram'] ?? [],
      quorum: quorumStart(flags, config.voters.length > 0),
      voters: flags['initial-controllers'],
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

/** With its voters in `controller.quorum.voters` a node has no quorum to write down. */
function quorumStart(
  flags: {
    readonly standalone: boolean
    readonly 'no-initial-controllers': boolean
    readonly 'initial-controllers'?: string
  },
  hasVoters: boolean,
): QuorumStart {
  if (flags['initial-controllers'] !== undefined) return 'initial-controllers'
  if (flags['no-initial-controllers']) return 'no-initial-controllers'
  return hasVoters && !flags.standalone ? undefined : 'standalone'
}
