import { type Admin, replicaKey } from '../../client/index.ts'
import { KafkaError } from '../../protocol/errors.ts'
import { MoveRefused } from '../../tools/reassign/directory-moves.ts'
import type { ClassicTool, Context } from '../context.ts'
import { exitCode } from '../exit.ts'
import { CommandLine, finish } from './command-line.ts'
import { targetOf } from './era-options.ts'
import { javaText } from './java-error.ts'
import { cancel, execute, generate, list, verify } from './reassign-partitions-actions.ts'
import { reassignPartitionsOptions } from './reassign-partitions-options.ts'
import { withAdmin } from './with-admin.ts'

type Action = (line: CommandLine, admin: Admin, context: Context) => Promise<void>

interface ActionSpec {
  readonly run: Action
  readonly needs: readonly string[]
  readonly permits: readonly string[]
}

const common = ['bootstrap-server', 'zookeeper', 'command-config']

const actions: Readonly<Record<string, ActionSpec>> = {
  generate: { run: generate, needs: ['topics-to-move-json-file', 'broker-list'], permits: ['disable-rack-aware'] },
  execute: {
    run: execute,
    needs: ['reassignment-json-file'],
    permits: [
      'additional',
      'replica-alter-log-dirs-throttle',
      'throttle',
      'timeout',
      'disallow-replication-factor-change',
    ],
  },
  verify: { run: verify, needs: ['reassignment-json-file'], permits: ['preserve-throttles'] },
  cancel: {
    run: cancel,
    needs: ['reassignment-json-file'],
    permits: ['bootstrap-controller', 'preserve-throttles'],
  },
  list: { run: list, needs: [], permits: ['bootstrap-controller'] },
}

/** Apache's kafka-reassign-partitions. */
export const main: ClassicTool = (args, context) =>
  finish(context, async () => {
    const line = new CommandLine(context, reassignPartitionsOptions, args)
    const action = check(line)
    try {
      return await run(line, action, context)
    } catch (error) {
      context.console.out(`Error: ${textOf(error)}\n`)
      return exitCode.failed
    }
  })

function textOf(error: unknown): string {
  if (error instanceof MoveRefused) return `Failed to alter dir for ${replicaKey(error.move)}`
  return error instanceof KafkaError ? javaText(error) : (error as Error).message
}

function check(line: CommandLine): ActionSpec {
  line.helpOrVersion('This tool helps to move topic partitions between replicas.')
  const given = Object.keys(actions).filter((name) => line.has(name))
  const [name] = given
  if (name === undefined || given.length > 1)
    line.usage(
      `Command must include exactly one action: ${Object.keys(actions)
        .map((one) => `--${one}`)
        .join(', ')}`,
    )
  const action = actions[name] as ActionSpec
  const [servers, controllers] = [line.has('bootstrap-server'), line.has('bootstrap-controller')]
  if (servers && controllers) line.usage("Please don't specify both --bootstrap-server and --bootstrap-controller")
  if (!servers && !controllers) line.usage('Please specify either --bootstrap-server or --bootstrap-controller')
  line.require(...action.needs)
  const allowed = [...common, ...action.needs, ...action.permits, name]
  for (const { name: option } of reassignPartitionsOptions)
    if (line.has(option) && !allowed.includes(option))
      line.usage(`Option "[${option}]" can't be used with action "[${name}]"`)
  return action
}

async function run(line: CommandLine, action: ActionSpec, context: Context): Promise<number> {
  return withAdmin(context, await targetOf(line, context), line.value('command-config'), async (admin) => {
    await action.run(line, admin, context)
    return exitCode.done
  })
}
