import type { Admin } from '../../client/index.ts'
import { describeLogDirs, logDirsJson } from '../../tools/cluster/log-dirs.ts'
import type { ClassicTool, Context } from '../context.ts'
import { exitCode } from '../exit.ts'
import { CommandLine, finish } from './command-line.ts'
import { commonOptions, flag, type OptionSpec, takes } from './option-parser.ts'
import { withAdmin } from './with-admin.ts'

/** The options of Apache's kafka-log-dirs. */
const options: readonly OptionSpec[] = [
  ...commonOptions,
  takes(
    'bootstrap-server',
    'The server(s) to use for bootstrapping',
    'REQUIRED: the server(s) to use for bootstrapping',
  ),
  takes(
    'command-config',
    'Admin client property file',
    'Property file containing configs to be passed to Admin Client.',
  ),
  flag('describe', 'Describe the specified log directories on the specified brokers.'),
  takes(
    'topic-list',
    'Topic list',
    'The list of topics to be queried in the form "topic1,topic2,topic3". All topics will be queried if no topic list is specified',
    { fallback: '' },
  ),
  takes(
    'broker-list',
    'Broker list',
    'The list of brokers to be queried in the form "0,1,2". All brokers in the cluster will be queried if no broker list is specified',
    { fallback: '' },
  ),
]

const words = (text: string | undefined): string[] => (text ?? '').split(',').filter((word) => word !== '')

/** Apache's kafka-log-dirs. */
export const main: ClassicTool = (args, context) =>
  finish(context, async () => {
    const line = new CommandLine(context, options, args)
    line.helpOrVersion('This tool helps to query log directory usage on the specified brokers.')
    line.require('bootstrap-server', 'describe')
    return withAdmin(context, line.value('bootstrap-server'), line.value('command-config'), async (admin) => {
      await describe(line, admin, context)
      return exitCode.done
    })
  })

async function describe(line: CommandLine, admin: Admin, { console }: Context): Promise<void> {
  const topics = words(line.value('topic-list'))
  const ids = words(line.value('broker-list')).map((text) => {
    if (!/^[+-]?\d+$/.test(text)) throw new Error(`For input string: "${text}"`)
    return Number(text)
  })
  const existing = (await admin.describeCluster()).nodes.map(({ id }) => id).sort((a, b) => a - b)
  const strangers = ids.filter((id) => !existing.includes(id))
  if (strangers.length > 0)
    throw new Error(
      `ERROR: The given brokers do not exist from --broker-list: ${strangers.join(',')}. Current existent brokers: ${existing.join(',')}`,
    )
  const brokers = ids.length > 0 ? ids : existing
  console.out('Querying brokers for log directories information\n')
  const described = await describeLogDirs(admin, brokers, topics)
  console.out(`Received log directory information from brokers ${brokers.join(',')}\n`)
  console.out(`${JSON.stringify(logDirsJson(described))}\n`)
}
