import { closest } from '../../std/closest.ts'
import type { ClassicTool } from '../context.ts'
import { exitCode } from '../exit.ts'
import { stopServers } from '../stop-servers.ts'
import { finish } from './command-line.ts'

const names = ['node-id', 'process-role'] as const

/** Apache's kafka-server-stop, which passes over what it does not know: ours stops nothing then, for it may have been a filter. */
export const main: ClassicTool = (args, context) =>
  finish(context, async () => {
    const { console } = context
    const given = new Map<string, string>()
    for (let at = 0; at < args.length; at++) {
      const [name = '', inline] = (args[at] as string).split('=', 2)
      const value = inline ?? args[at + 1]
      if (!names.some((known) => name === `--${known}`) || value === undefined) return refuse(args[at] as string)
      if (inline === undefined) at++
      given.set(name.slice(2), value)
    }
    const filter = { nodeId: given.get('node-id'), role: given.get('process-role') }
    if (filter.nodeId && filter.role)
      console.out('When both node-id and process-role are provided, the value for node-id will take precedence\n')
    if (stopServers(filter, context).found > 0) return exitCode.done
    console.out('No kafka server to stop\n')
    return exitCode.failed

    function refuse(argument: string): number {
      const meant = closest(argument.replace(/^-+|=.*$/g, ''), names)
      const question = meant === undefined ? '' : ` Did you mean --${meant}=?`
      console.error(`${argument} is not known, and nothing was stopped.${question}\n`)
      return exitCode.failed
    }
  })
