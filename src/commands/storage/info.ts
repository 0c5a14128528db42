import { Flags } from '@oclif/core'
import { loadProperties } from '../../cli/client-config.ts'
import { Exit, exitCode } from '../../cli/exit.ts'
import { BaseCommand } from '../../cli/native/base-command.ts'
import { BrokerConfig } from '../../config/broker.ts'
import { withProviders } from '../../config/config-providers.ts'
import { storageInfo } from '../../tools/storage/info.ts'

export default class StorageInfo extends BaseCommand<typeof StorageInfo> {
  static override summary = "Show a node's directories and what is wrong with them"
  static override examples = ['<%= config.bin %> storage info --config config/server.properties']
  static override flags = {
    config: Flags.string({ char: 'c', required: true, helpValue: 'file', description: "The node's properties" }),
  }

  async run(): Promise<void> {
    const config = new BrokerConfig(
      withProviders(loadProperties(this.context.runtime, this.flags.config), this.context.runtime),
      'format',
    )
    const { directories, metadata, problems } = storageInfo(this.context.runtime, config)
    const known = metadata ? { 'cluster id': metadata.clusterId, 'node id': String(metadata.nodeId) } : {}
    const rows = [
      ...directories.map((directory) => ['directory', directory] as const),
      ...Object.entries(known),
      ...problems.map((problem) => ['problem', problem] as const),
    ]
    await this.output.report({
      value: { directories, metadata: metadata ?? null, problems },
      rows,
      columns: [
        { title: 'WHAT', value: ([what]) => what },
        { title: 'VALUE', value: ([, value]) => value },
      ],
      text: () => {
        for (const [what, value] of rows) this.output.line(`${what.padEnd(10)}  ${value}`)
      },
    })
    if (problems.length > 0) throw new Exit(exitCode.failed)
  }
}
