import type { ElectionType, TopicPartition } from '../../client/index.ts'
import { type Elections, electLeaders, parseElectionPlan } from '../../tools/elections/elect.ts'
import type { ClassicTool, Context } from '../context.ts'
import { exitCode } from '../exit.ts'
import { CommandLine, finish } from './command-line.ts'
import { javaText } from './java-error.ts'
import { leaderElectionOptions } from './leader-election-options.ts'
import { withAdmin } from './with-admin.ts'

/** Apache's kafka-leader-election. */
export const main: ClassicTool = (args, context) =>
  finish(context, async () => {
    const line = new CommandLine(context, leaderElectionOptions, args)
    line.helpOrVersion(
      'This tool attempts to elect a new leader for a set of topic partitions. The type of elections supported are preferred replicas and unclean replicas.',
    )
    check(line)
    const type = line.value('election-type')!.toLowerCase() as ElectionType
    if (line.has('admin.config'))
      context.console.out(
        'Option --admin.config has been deprecated and will be removed in a future version. Use --command-config instead.\n',
      )
    const partitions = partitionsOf(line, context)
    return withAdmin(
      context,
      line.value('bootstrap-server'),
      line.value('command-config') ?? line.value('admin.config'),
      async (admin) => {
        return report(await electLeaders(admin, type, partitions), type, context)
      },
    )
  })

const WHERE = ['topic', 'all-topic-partitions', 'path-to-json-file']

function check(line: CommandLine): void {
  const missing = ['bootstrap-server', 'election-type'].filter((name) => !line.has(name))
  if (missing.length > 0) throw new Error(`Missing required option(s): ${missing.join(', ')}`)
  line.value('election-type')
  if (WHERE.filter((name) => line.has(name)).length !== 1)
    throw new Error(`One and only one of the following options is required: ${WHERE.join(', ')}`)
  if (line.has('topic') && !line.has('partition')) throw new Error('Missing required option(s): partition')
  if (line.has('partition') && !line.has('topic')) throw new Error('Option partition is only allowed if topic is used')
}

function partitionsOf(line: CommandLine, { runtime }: Context): TopicPartition[] | undefined {
  const topic = line.value('topic')
  if (topic !== undefined) return [{ topic, partition: line.number('partition') as number }]
  const path = line.value('path-to-json-file')
  if (path === undefined) return undefined
  const bytes = runtime.disk.readFile(path)
  if (!bytes) throw new Error(`Unable to read file ${path}`)
  return parseElectionPlan(bytes.toString())
}

const names = (items: readonly TopicPartition[]): string =>
  items.map(({ topic, partition }) => `${topic}-${partition}`).join(', ')

function report({ elected, unchanged, failed }: Elections, type: ElectionType, { console }: Context): number {
  const title = `leader election (${type.toUpperCase()})`
  if (elected.length > 0) console.out(`Successfully completed ${title} for partitions ${names(elected)}\n`)
  if (unchanged.length > 0) console.out(`Valid replica already elected for partitions ${names(unchanged)}\n`)
  for (const one of failed)
    console.out(`Error completing ${title} for partition: ${names([one])}: ${javaText(one.error)}\n`)
  if (failed.length > 0) throw new Error(`${failed.length} replica(s) could not be elected`)
  return exitCode.done
}
