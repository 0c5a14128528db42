import { Flags } from '@oclif/core'
import { loadProperties } from '../../cli/client-config.ts'
import { Exit, exitCode } from '../../cli/exit.ts'
import { BaseCommand } from '../../cli/native/base-command.ts'
import { BrokerConfig } from '../../config/broker.ts'
import { storageInfo } from '../../tools/storage/info.ts'

export default class StorageInfo extends BaseCommand<typeof StorageInfo> {
  static override summary = "Show a node's directories and what is wrong with them"
  static override examples = ['<%= config.bin %> storage info --config config/server.properties']
  static override flags = {
    config: Flags.string({ char: 'c', required: true, helpValue: 'file', description: "The node's properties" }),
  }

  async run(): Promise<void> {
    const config = new BrokerConfig(loadProperties(this.context.runtime, this.flags.config))
    const { directories, metadata, problems } = storageInfo(this.context.runtime, config)
    if (this.flags.json) this.output.value({ directories, metadata: metadata ?? null, problems })
    else {
      for (const directory of directories) this.output.line(`directory   ${directory}`)
      if (metadata) this.output.line(`cluster id  ${metadata.clusterId}\nnode id     ${metadata.nodeId}`)
      for (const problem of problems) this.output.line(`problem     ${problem}`)
    }
    if (problems.length > 0) throw new Exit(exitCode.failed)
  }
}
