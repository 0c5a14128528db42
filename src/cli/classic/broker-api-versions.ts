import { apiSupport, type BrokerApis, brokerApis } from '../../tools/cluster/api-versions.ts'
import type { ClassicTool } from '../context.ts'
import { exitCode } from '../exit.ts'
import { CommandLine, finish } from './command-line.ts'
import { javaText } from './java-error.ts'
import { commonOptions, type OptionSpec, takes } from './option-parser.ts'
import { withAdmin } from './with-admin.ts'

/** The options of Apache's kafka-broker-api-versions. */
const options: readonly OptionSpec[] = [
  ...commonOptions,
  takes('bootstrap-server', 'server(s) to use for bootstrapping', 'REQUIRED: The server to connect to.'),
  takes(
    'command-config',
    'command config property file',
    'A property file containing configs to be passed to Admin Client.',
  ),
]

/** Apache's kafka-broker-api-versions. Unlike Apache's it ends with 1 when a broker does not answer. */
export const main: ClassicTool = (args, context) =>
  finish(context, async () => {
    const line = new CommandLine(context, options, args)
    line.helpOrVersion('This tool helps to retrieve broker version information.')
    line.require('bootstrap-server')
    return withAdmin(context, line.value('bootstrap-server'), line.value('command-config'), async (admin) => {
      const brokers = await brokerApis(admin)
      for (const broker of brokers) context.console.out(text(broker))
      return brokers.every(({ ranges }) => ranges instanceof Map) ? exitCode.done : exitCode.failed
    })
  })

function text({ node, ranges }: BrokerApis): string {
  const name = `${node.host}:${node.port} (id: ${node.id} rack: ${node.rack ?? 'null'} isFenced: ${node.fenced})`
  if (ranges instanceof Error) return `${name} -> ERROR: ${javaText(ranges)}\n`
  const lines = apiSupport(ranges).map(({ key, name: api, range, usable }) => {
    if (!range) return `\t${api}(${key}): UNSUPPORTED`
    const versions = range.min === range.max ? `${range.min}` : `${range.min} to ${range.max}`
    if (api === undefined) return `\tUNKNOWN(${key}): ${versions}`
    const use = typeof usable === 'number' ? `usable: ${usable}` : `unusable: node too ${usable}`
    return `\t${api}(${key}): ${versions} [${use}]`
  })
  return `${name} -> (\n${lines.join(',\n')}\n)\n`
}
