import { DamagedSnapshot, type DumpOptions, dumpFile, UnknownFile } from '../../tools/dump-log/dump.ts'
import { Findings } from '../../tools/dump-log/findings.ts'
import {
  type DecodeRecord,
  plainDecoder,
  type TopicDecoder,
  topicDecoders,
} from '../../tools/dump-log/record-decoders.ts'
import { eventText } from '../../tools/dump-log/text.ts'
import { DumpOutput } from '../../tools/dump-log/write.ts'
import type { ClassicTool, Context } from '../context.ts'
import { exitCode } from '../exit.ts'
import { CommandLine, finish } from './command-line.ts'
import { dumpLogOptions } from './dump-log-options.ts'

const MOST_BYTES = 2 ** 31 - 1

/** Apache's kafka-dump-log. */
export const main: ClassicTool = (args, context) =>
  finish(context, async () => {
    const line = new CommandLine(context, dumpLogOptions, args)
    line.helpOrVersion(
      'This tool helps to parse a log file and dump its contents to the console, useful for debugging a seemingly corrupt log segment.',
    )
    line.require('files')
    return dump(line, context)
  })

async function dump(line: CommandLine, { console, runtime }: Context): Promise<number> {
  const options = optionsOf(line)
  const findings = new Findings()
  const output = new DumpOutput(console)
  let code: number = exitCode.done
  for (const path of filesOf(line)) {
    const text = { path, skipMetadata: line.has('skip-record-metadata') }
    function* texts(): Generator<string> {
      yield `Dumping ${path}\n`
      for (const event of dumpFile(runtime.disk, path, options, findings)) yield eventText(event, text)
    }
    try {
      if (!(await output.write(texts()))) return exitCode.done
    } catch (error) {
      // Neither keeps the others from being dumped.
      if (error instanceof UnknownFile) console.error(`Ignoring unknown file ${path}\n`)
      else if (error instanceof DamagedSnapshot) console.error(`${error.message}\n`)
      else throw error
      code = exitCode.failed
    }
  }
  for (const finding of findings.lines()) console.error(`${finding}\n`)
  return options.verifyOnly && findings.inIndexes ? exitCode.failed : code
}

/** Java's file names have one slash between folders and none at the end. */
const filesOf = (line: CommandLine): string[] =>
  (line.value('files') as string)
    .replace(/,+$/, '')
    .split(',')
    .map((path) => path.replace(/\/+/g, '/').replace(/(?<=.)\/$/, ''))

function optionsOf(line: CommandLine): DumpOptions {
  const decode = decoderOf(line)
  const maxBytes = line.number('max-bytes') as number
  if (maxBytes < 0) throw new Error(`Invalid size: ${maxBytes}`)
  return {
    decode,
    deep: decode !== undefined || line.has('deep-iteration'),
    maxBytes: maxBytes === MOST_BYTES ? undefined : maxBytes,
    verifyOnly: line.has('verify-index-only'),
    sanityOnly: line.has('index-sanity-check'),
    maxMessageSize: line.number('max-message-size') as number,
  }
}

/** The decoder that was asked for, if contents were asked for at all. */
function decoderOf(line: CommandLine): DecodeRecord | undefined {
  const topic = (Object.keys(topicDecoders) as TopicDecoder[]).find((name) => line.has(`${name}-decoder`))
  if (topic) return topicDecoders[topic]
  const plain = plainDecoder(line.value('key-decoder-class'), line.value('value-decoder-class'))
  return ['print-data-log', 'key-decoder-class', 'value-decoder-class'].some((name) => line.has(name))
    ? plain
    : undefined
}
