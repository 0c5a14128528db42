import { Args, Flags } from '@oclif/core'
import { loadProperties, parsePairs } from '../cli/client-config.ts'
import { Exit } from '../cli/exit.ts'
import { BaseCommand } from '../cli/native/base-command.ts'
import { stateFolder } from '../cli/state-folder.ts'

export default class ConnectStandalone extends BaseCommand<typeof ConnectStandalone> {
  static override summary = 'Run connectors that bring data into Kafka and out of it'
  static override description =
    "Without a worker's file: JSON with schemas, offsets in the user's state folder, REST on 8083. Connectors come from files (properties or JSON) and by REST. Ctrl-C or SIGTERM stops the worker cleanly."
  static override examples = [
    '<%= config.bin %> connect-standalone config/connect-standalone.properties config/connect-file-source.properties config/connect-file-sink.properties',
    '<%= config.bin %> connect-standalone',
    '<%= config.bin %> connect-standalone worker.properties orders.json --override listeners=http://127.0.0.1:8085',
  ]
  static override strict = false
  static override args = {
    worker: Args.string({ ignoreStdin: true, required: false, description: "The worker's properties" }),
    connector: Args.string({ ignoreStdin: true, required: false, description: "Connectors' files, any number" }),
  }
  static override flags = {
    override: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'name=value',
      description: "Property that wins over the worker's file",
    }),
  }

  async run(): Promise<void> {
    if (!this.output.isText) this.wrongUsage('A worker writes a log: text is the only --output it has.')
    const [worker, ...connectors] = this.words
    const base = worker === undefined ? this.embedded() : loadProperties(this.context.runtime, worker)
    const { serveConnect } = await import('../cli/serve-connect.ts')
    throw new Exit(
      await serveConnect(
        { ...base, ...this.servers(), ...parsePairs(this.flags.override ?? []) },
        connectors,
        this.context,
      ),
    )
  }

  /** Those of the flag win over the file. */
  private servers(): Record<string, string> {
    const { 'bootstrap-server': servers } = this.flags
    return servers === undefined ? {} : { 'bootstrap.servers': servers }
  }

  /** What a worker for one person at one machine needs. */
  private embedded(): Record<string, string> {
    const folder = stateFolder(this.context)
    this.context.runtime.disk.mkdir(folder)
    return {
      'key.converter': 'org.apache.kafka.connect.json.JsonConverter',
      'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
      'offset.storage.file.filename': `${folder}/connect.offsets`,
      'offset.flush.interval.ms': '10000',
      listeners: 'http://localhost:8083',
      ...this.clientSettings(),
    }
  }
}
