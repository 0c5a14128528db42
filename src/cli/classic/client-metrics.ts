import type { Admin } from '../../client/index.ts'
import { randomUuid } from '../../runtime/index.ts'
import {
  alterSubscription,
  deleteSubscription,
  describeSubscription,
  listSubscriptions,
} from '../../tools/client-metrics/subscriptions.ts'
import type { ClassicTool, Context } from '../context.ts'
import { exitCode, sentenceOf } from '../exit.ts'
import { clientMetricsOptions } from './client-metrics-options.ts'
import { CommandLine, finish } from './command-line.ts'
import { withAdmin } from './with-admin.ts'

const actions = ['alter', 'delete', 'describe', 'list'] as const
const settings = ['metrics', 'interval', 'match'] as const

/** Apache's kafka-client-metrics. Unlike Apache's it ends with 1 when the described resource is not there. */
export const main: ClassicTool = (args, context) =>
  finish(context, async () => {
    const line = CommandLine.orUsage(context, clientMetricsOptions, args)
    line.helpOrVersion('This tool helps to manipulate and describe client metrics configurations.')
    const action = check(line)
    try {
      return await withAdmin(context, line.value('bootstrap-server'), line.value('command-config'), (admin) =>
        work[action](admin, line, context),
      )
    } catch (error) {
      context.console.out(`Error while executing client metrics command : ${sentenceOf(error)}\n`)
      return exitCode.failed
    }
  })

function check(line: CommandLine): (typeof actions)[number] {
  const [action, other] = actions.filter((name) => line.has(name))
  if (!action || other) line.usage('Command must include exactly one action: --alter, --delete, --describe or --list.')
  for (const name of [...settings, 'name', 'generate-name', 'interval']) line.value(name)
  if (!line.has('bootstrap-server')) throw new Error('--bootstrap-server must be specified.')
  const hasName = line.has('name')
  if (action === 'alter' && hasName === line.has('generate-name'))
    throw new Error('One of --name or --generate-name must be specified with --alter.')
  const interval = line.value('interval')
  if (interval && !/^[+-]?\d{1,9}$/.test(interval))
    throw new Error('Invalid interval value. Enter an integer, or leave empty to reset.')
  if (action === 'delete' && !hasName)
    throw new Error('A client metrics resource name must be specified with --delete.')
  line.forbid('list', ['name'])
  for (const only of ['delete', 'describe', 'list']) line.forbid(only, ['generate-name', ...settings])
  return action
}

type Work = (admin: Admin, line: CommandLine, context: Context) => Promise<number>

const work: Readonly<Record<(typeof actions)[number], Work>> = {
  alter: async (admin, line, { console, runtime }) => {
    const name = line.value('name') ?? randomUuid(runtime.random)
    const [metrics, interval, match] = settings.map((setting) => line.value(setting))
    await alterSubscription(admin, name, { metrics, interval, match })
    console.out(`Altered client metrics config for ${name}.\n`)
    return exitCode.done
  },
  delete: async (admin, line, { console }) => {
    const name = line.value('name') as string
    await deleteSubscription(admin, name)
    console.out(`Deleted client metrics config for ${name}.\n`)
    return exitCode.done
  },
  describe: async (admin, line, { console }) => {
    const name = line.value('name')
    const all = await listSubscriptions(admin)
    if (name !== undefined && !all.includes(name)) {
      console.out(`The client metric resource ${name} doesn't exist and doesn't have dynamic config.\n`)
      return exitCode.failed
    }
    for (const one of name === undefined ? all : [name]) {
      const entries = await describeSubscription(admin, one)
      console.out(`Client metrics configs for ${one} are:\n`)
      for (const entry of entries) console.out(`  ${entry.name}=${entry.value}\n`)
    }
    return exitCode.done
  },
  list: async (admin, _, { console }) => {
    for (const name of await listSubscriptions(admin)) console.out(`${name}\n`)
    return exitCode.done
  },
}
