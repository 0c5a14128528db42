import { Args, Flags } from '@oclif/core'
import { Exit, exitCode } from '../cli/exit.ts'
import { BaseCommand } from '../cli/native/base-command.ts'
import { dumpFile, NoSuchFile } from '../tools/dump-log/dump.ts'
import { Findings } from '../tools/dump-log/findings.ts'
import { eventJson } from '../tools/dump-log/json.ts'
import { decoderFor, plainDecoder, type TopicDecoder, topicDecoders } from '../tools/dump-log/record-decoders.ts'
import { eventText } from '../tools/dump-log/text.ts'
import { DumpOutput } from '../tools/dump-log/write.ts'

export default class DumpLog extends BaseCommand<typeof DumpLog> {
  static override summary = "Show what the files of a node's log directories say"
  static override description =
    `Takes .log, .index, .timeindex, .txnindex, .snapshot and .checkpoint files, of this node or of Apache's.
Records of Kafka's own topics are decoded by the folder that they lie in.`
  static override examples = [
    '<%= config.bin %> dump-log data/orders-0/00000000000000000000.log --records',
    '<%= config.bin %> dump-log data/__cluster_metadata-0/*.log --records --json',
    '<%= config.bin %> dump-log data/orders-0/*.index --verify',
  ]
  static override strict = false
  static override args = { file: Args.string({ required: true, ignoreStdin: true, description: 'Files to show' }) }
  static override flags = {
    records: Flags.boolean({ char: 'r', description: 'Records with keys and values, not only batches' }),
    decoder: Flags.string({ options: Object.keys(topicDecoders), description: 'Read records as those of this topic' }),
    keys: Flags.string({ default: 'string', description: 'Read keys as string, integer or long' }),
    values: Flags.string({ default: 'string', description: 'Read values as string, integer or long' }),
    'max-bytes': Flags.integer({ min: 0, description: 'Stop after that many bytes of each log' }),
    verify: Flags.boolean({ description: 'Check indexes against their logs without showing entries' }),
  }

  async run(): Promise<void> {
    this.onlyTextOrJson('A dump is text or lines of JSON: it is')
    const findings = new Findings()
    const output = new DumpOutput(this.context.console)
    for (const path of this.words) {
      const name = (this.flags.decoder as TopicDecoder | undefined) ?? decoderFor(path)
      if (!(await output.write(this.texts(path, name, findings)))) return
    }
    for (const finding of findings.lines()) this.context.console.error(`${finding}\n`)
    if (findings.inIndexes) throw new Exit(exitCode.failed)
  }

  private *texts(path: string, topic: TopicDecoder | undefined, findings: Findings): Generator<string> {
    const { records, keys, values, verify } = this.flags
    const json = this.output.format === 'json'
    const contents = records || this.flags.decoder !== undefined
    const decode = topic ? topicDecoders[topic] : plainDecoder(keys, values)
    const maxBytes = this.flags['max-bytes']
    const options = { deep: contents, decode: contents ? decode : undefined, maxBytes, verifyOnly: verify }
    if (!json) yield `Dumping ${path}\n`
    try {
      const limits = { sanityOnly: false, maxMessageSize: Number.MAX_SAFE_INTEGER }
      for (const event of dumpFile(this.context.runtime.disk, path, { ...options, ...limits }, findings))
        yield json ? eventJson(path, event, topic !== undefined) : eventText(event, { path, skipMetadata: false })
    } catch (error) {
      if (error instanceof NoSuchFile) throw new Error(`There is no file ${error.message}.`)
      throw error
    }
  }
}
