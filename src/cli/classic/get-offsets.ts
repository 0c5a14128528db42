import { filterByRules, filterByTopic, parseOffsetSpec } from '../../tools/offsets/choice.ts'
import { listChosenOffsets } from '../../tools/offsets/list.ts'
import type { ClassicTool, Context } from '../context.ts'
import { Exit, exitCode, sentenceOf } from '../exit.ts'
import { CommandLine, finish } from './command-line.ts'
import { getOffsetsOptions } from './get-offsets-options.ts'
import { javaText } from './java-error.ts'
import { withAdmin } from './with-admin.ts'

/** Apache's kafka-get-offsets. */
export const main: ClassicTool = (args, context) =>
  finish(context, async () => {
    try {
      await run(args, context)
      return exitCode.done
    } catch (error) {
      if (error instanceof Exit) throw error
      throw new Error(`Error occurred: ${sentenceOf(error)}`)
    }
  })

async function run(args: readonly string[], context: Context): Promise<void> {
  const { console } = context
  const line = new CommandLine(context, getOffsetsOptions, args)
  line.helpOrVersion('An interactive shell for getting topic-partition offsets.')
  line.require('bootstrap-server')
  const rules = line.value('topic-partitions')
  if (rules !== undefined && (line.has('topic') || line.has('partitions')))
    throw new Error('--topic-partitions cannot be used with --topic or --partitions')
  const spec = parseOffsetSpec(line.value('time') as string)
  const filter =
    rules === undefined ? filterByTopic(line.value('topic'), line.value('partitions')) : filterByRules(rules)
  return withAdmin(context, line.value('bootstrap-server'), line.value('command-config'), async (admin) => {
    const found = await listChosenOffsets(admin, filter, spec, line.has('exclude-internal-topics'))
    for (const { topic, partition, error } of found.skipped)
      console.error(`Skip getting offsets for topic-partition ${topic}-${partition} due to error: ${javaText(error)}\n`)
    for (const { topic, partition, offset } of found.offsets) console.out(`${topic}:${partition}:${offset}\n`)
  })
}
