import { checkRe2 } from '../../std/re2.ts'
import type { ClientSettings } from '../client-config.ts'
import type { ClassicTool, Context } from '../context.ts'
import { exitCode } from '../exit.ts'
import { CommandLine, finish } from './command-line.ts'
import { consumerGroupsOptions } from './consumer-groups-options.ts'
import { runGroupsTool } from './groups-tool.ts'
import { javaText } from './java-error.ts'

const actions = ['list', 'describe', 'delete', 'reset-offsets', 'delete-offsets', 'validate-regex'] as const
const scopes = ['group', 'all-groups'] as const
const targets = [
  'to-offset',
  'shift-by',
  'to-datetime',
  'by-duration',
  'to-earliest',
  'to-latest',
  'to-current',
  'from-file',
] as const

/** Apache's kafka-consumer-groups. Unlike Apache's it ends with 1 when something failed. */
export const main: ClassicTool = (args, context) =>
  finish(context, async () => {
    const line = new CommandLine(context, consumerGroupsOptions, args)
    check(line, context)
    if (actions.filter((action) => line.has(action)).length !== 1)
      line.usage(`Command must include exactly one action: ${actions.map((action) => `--${action}`).join(', ')}`)
    const action = actions.find((name) => line.has(name)) as (typeof actions)[number]
    if (action === 'validate-regex') return validateRegex(line.value('validate-regex') as string, context)
    const { list, describe, remove, resetOffsets, deleteOffsetsOf } = await import('./consumer-groups-actions.ts')
    const work = { list, describe, delete: remove, 'reset-offsets': resetOffsets, 'delete-offsets': deleteOffsetsOf }
    return runGroupsTool({ kind: 'consumer', told: javaText, settings }, line, context, work[action])
  })

function validateRegex(regex: string, { console }: Context): number {
  const complaint = checkRe2(regex)
  const verdict = complaint === undefined ? 'valid' : `invalid: ${complaint}`
  console.out(`The regular expression \`${regex}\` is ${verdict}.\n`)
  return complaint === undefined ? exitCode.done : exitCode.failed
}

/** `--timeout` is for each action as a whole, and no request may take longer. */
function settings(given: ClientSettings, line: CommandLine): ClientSettings {
  const timeout = line.value('timeout') as string
  if (!line.has('timeout') && given['default.api.timeout.ms'] !== undefined) return given
  const perRequest = Math.min(Number(given['request.timeout.ms'] ?? 30_000), Number(timeout))
  return { ...given, 'default.api.timeout.ms': timeout, 'request.timeout.ms': String(perRequest) }
}

function check(line: CommandLine, { console }: Context): void {
  line.helpOrVersion(
    'This tool helps to list all consumer groups, describe a consumer group, delete consumer group info, or reset consumer group offsets.',
  )
  if (!line.has('validate-regex')) line.require('bootstrap-server')
  if (line.has('describe')) checkDescribe(line)
  if (line.has('delete')) {
    requireScope(line, 'delete')
    if (line.has('topic'))
      line.usage('The consumer does not support topic-specific offset deletion from a consumer group.')
  }
  if (line.has('delete-offsets') && !(line.has('group') && line.has('topic')))
    line.usage('Option [delete-offsets] takes the following options: [topic], [group]')
  if (line.has('reset-offsets')) checkReset(line, console)
  line.forbid('group', ['all-groups'])
  line.forbid('group', ['list'])
  line.forbid('topic', ['list', 'describe'])
}

function requireScope(line: CommandLine, action: string): void {
  if (!scopes.some((scope) => line.has(scope)))
    line.usage(`Option [${action}] takes one of these options: [group], [all-groups]`)
}

function checkDescribe(line: CommandLine): void {
  requireScope(line, 'describe')
  if (['members', 'offsets', 'state'].filter((view) => line.has(view)).length > 1)
    line.usage('Option [describe] takes at most one of these options: [members], [offsets], [state]')
  if (line.has('state') && line.value('state') !== undefined)
    line.usage('Option [describe] does not take a value for [state]')
}

function checkReset(line: CommandLine, console: Context['console']): void {
  if (line.has('dry-run') && line.has('execute'))
    line.usage('Option [reset-offsets] only accepts one of [execute] and [dry-run]')
  if (!line.has('dry-run') && !line.has('execute'))
    console.error(
      'WARN: No action will be performed as the --execute option is missing. In version 5.0, this command will require either --dry-run or --execute to be specified. You should add the --dry-run option explicitly if you are scripting this command and want to keep the current default behavior without prompting.\n',
    )
  requireScope(line, 'reset-offsets')
  for (const target of targets)
    line.forbid(
      target,
      targets.filter((other) => other !== target),
    )
}
