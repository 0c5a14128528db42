import type { GroupListing } from '../../client/index.ts'
import { type GroupFilter, groupKinds, listAllGroups } from '../../tools/groups/kinds.ts'
import type { ClassicTool, Context } from '../context.ts'
import { exitCode, sentenceOf } from '../exit.ts'
import { CommandLine, finish } from './command-line.ts'
import { commonOptions, flag, type OptionSpec, takes } from './option-parser.ts'
import { withAdmin } from './with-admin.ts'

/** The options of Apache's kafka-groups. */
const options: readonly OptionSpec[] = [
  ...commonOptions,
  {
    ...takes('bootstrap-server', 'server to connect to', 'REQUIRED: The Kafka server to connect to.'),
    mandatory: true,
  },
  takes(
    'command-config',
    'command config property file',
    'Property file containing configs to be passed to Admin Client.',
  ),
  flag('list', 'List the groups.'),
  takes(
    'group-type',
    'type',
    "Filter the groups based on group type. Valid types are: 'classic', 'consumer', 'share' and 'streams'.",
  ),
  takes('protocol', 'protocol', 'Filter the groups based on protocol type.'),
  flag(
    'consumer',
    "Filter the groups to show all kinds of consumer groups, including classic and simple consumer groups. This matches group type 'consumer', and group type 'classic' where the protocol type is 'consumer' or empty.",
  ),
  flag('share', 'Filter the groups to show share groups.'),
  flag('streams', 'Filter the groups to show streams groups.'),
]

/** Apache's kafka-groups. */
export const main: ClassicTool = (args, context) =>
  finish(context, async () => {
    const line = CommandLine.orUsage(context, options, args)
    check(line)
    return withAdmin(context, line.value('bootstrap-server'), line.value('command-config'), async (admin) => {
      try {
        print(await listAllGroups(admin, filterOf(line)), context)
        return exitCode.done
      } catch (error) {
        context.console.out(`Error while executing groups command : ${sentenceOf(error)}\n`)
        return exitCode.failed
      }
    })
  })

function check(line: CommandLine): void {
  line.helpOrVersion('This tool helps to list groups of all types.')
  if (!line.has('list')) line.usage('Command must include exactly one action: --list.')
  line.forbid('consumer', ['group-type', 'protocol', 'share', 'streams'])
  line.forbid('share', ['consumer', 'group-type', 'protocol', 'streams'])
  line.forbid('streams', ['consumer', 'group-type', 'protocol', 'share'])
  const type = line.value('group-type')
  if (type !== undefined && !groupKinds.some((kind) => kind.toLowerCase() === type.toLowerCase()))
    throw new Error('--group-type must be a valid group type.')
}

function filterOf(line: CommandLine): GroupFilter {
  if (line.has('consumer')) return { consumers: true }
  if (line.has('share')) return { type: 'Share' }
  if (line.has('streams')) return { type: 'Streams' }
  return { type: line.value('group-type'), protocol: line.value('protocol') }
}

/** Three columns of one width: that of the longest group, and at least twenty. A row, unlike the titles, ends with a blank more. */
function print(groups: readonly GroupListing[], { console }: Context): void {
  const width = Math.max(20, ...groups.map(({ groupId }) => groupId.length))
  const columns = (texts: readonly string[]): string => texts.map((text) => text.padEnd(width)).join(' ')
  console.out(`${columns(['GROUP', 'TYPE', 'PROTOCOL'])}\n`)
  for (const { groupId, type, protocolType } of groups) console.out(`${columns([groupId, type, protocolType])} \n`)
}
