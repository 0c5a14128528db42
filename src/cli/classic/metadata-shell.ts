import { metadataTree } from '../../tools/metadata-shell/image-tree.ts'
import { readMetadata } from '../../tools/metadata-shell/read.ts'
import { type Answer, MetadataShell } from '../../tools/metadata-shell/shell.ts'
import type { ClassicTool, Context } from '../context.ts'
import { Exit, exitCode } from '../exit.ts'
import { KAFKA_VERSION } from '../version.ts'
import { finish } from './command-line.ts'
import { converse } from './converse.ts'
import {
  commandHelp,
  manText,
  type ShellCommand,
  shellCommands,
  shellHelp,
  shellOneShots,
  shellTexts,
  shellUsage,
  welcome,
} from './metadata-shell-help.ts'

/** Apache's kafka-metadata-shell. Unlike Apache's it ends with 1 when a command found nothing, and it takes a folder as well as a file. */
export const main: ClassicTool = (args, context) =>
  finish(context, async () => {
    const { console, runtime } = context
    const line = readLine(args)
    if (line === 'help') {
      console.out(shellHelp)
      return exitCode.done
    }
    if (typeof line === 'string') {
      console.error(`${shellUsage}kafka-metadata-shell: error: ${line}\n`)
      return exitCode.failed
    }
    if (!runtime.disk.stat(line.snapshot)) throw new Error(`Unexpected error: ${line.snapshot}`)
    const session = new Session(
      new MetadataShell(metadataTree(readMetadata(runtime.disk, line.snapshot), KAFKA_VERSION)),
    )
    if (line.command.length === 0) return shell(session, context)
    const { text, failed } = session.run(line.command, shellOneShots)
    console.out(text)
    return failed ? exitCode.failed : exitCode.done
  })

/** The snapshot and the command of a line; `help`, or what is wrong with it. */
function readLine(args: readonly string[]): { readonly snapshot: string; readonly command: string[] } | string {
  if (args.some((word) => word === '-h' || word === '--help')) return 'help'
  let snapshot: string | undefined
  const command: string[] = []
  for (let at = 0; at < args.length; at++) {
    const word = args[at] as string
    if (word === '-s' || word === '--snapshot') {
      snapshot = args[++at]
      if (snapshot === undefined) return 'argument --snapshot/-s: expected one argument'
    } else if (word.startsWith('--snapshot=')) snapshot = word.slice('--snapshot='.length)
    else if (word.startsWith('-') && word !== '-') return `unrecognized arguments: '${word}'`
    else command.push(word)
  }
  return snapshot === undefined ? 'argument --snapshot/-s is required' : { snapshot, command }
}

/** The commands of a shell, with what only a conversation has: help and a history. */
class Session {
  private readonly history: string[] = []

  constructor(private readonly shell: MetadataShell) {}

  line(text: string): Answer {
    const words = text.trim().split(/\s+/).filter(Boolean)
    if (words.length === 0) return { text: '', failed: false }
    this.history.push(text.trim())
    return this.run(words, shellCommands)
  }

  run([name = '', ...args]: readonly string[], known: readonly string[]): Answer {
    const complain = (sentence: string) => ({ text: `${sentence}\n`, failed: true })
    if (!known.includes(name))
      return complain(`invalid choice: '${name}' (choose from ${known.map((one) => `'${one}'`).join(', ')})`)
    const command = name as ShellCommand
    if (args.includes('-h') || args.includes('--help')) return { text: commandHelp(command), failed: false }
    const [fewest, most] = shellTexts[command].counts
    if (args.length < fewest) return complain('too few arguments')
    if (args.length > most) return complain(`unrecognized arguments: '${args.slice(most).join(' ')}'`)
    return this.carryOut(command, args)
  }

  private carryOut(command: ShellCommand, args: readonly string[]): Answer {
    const say = (text: string, failed = false): Answer => ({ text, failed })
    switch (command) {
      case 'cat':
        return this.shell.cat(args)
      case 'cd':
        return this.shell.cd(args[0])
      case 'exit':
        throw new Exit(exitCode.done)
      case 'find':
        return this.shell.findAll(args)
      case 'help':
        return say(welcome)
      case 'history':
        return this.past(args[0])
      case 'ls':
        return this.shell.ls(args)
      case 'man':
        return shellCommands.includes(args[0] as string)
          ? say(manText(args[0] as ShellCommand))
          : say(`man: unknown command ${args[0]}. Type help to get a list of commands.\n`, true)
      case 'pwd':
        return say(`${this.shell.workingFolder}\n`)
      case 'tree':
        return this.shell.tree(args)
    }
  }

  private past(limit: string | undefined): Answer {
    if (limit !== undefined && !/^[+-]?\d{1,9}$/.test(limit))
      return {
        text: `argument numEntriesToShow: could not convert '${limit}' to Integer (For input string: "${limit}")\n`,
        failed: true,
      }
    const from = limit === undefined ? 0 : Math.max(0, this.history.length - Number(limit))
    const lines = this.history.slice(from).map((text, at) => `${String(from + at).padStart(5)}  ${text}\n`)
    return { text: lines.join(''), failed: false }
  }
}

async function shell(session: Session, context: Context): Promise<number> {
  const { console } = context
  console.out('Loading...\nStarting...\n[ Kafka Metadata Shell ]\n')
  await converse(
    context,
    () => console.out('>> '),
    async (line) => {
      try {
        console.out(session.line(line).text)
        return undefined
      } catch (error) {
        if (!(error instanceof Exit)) throw error
        return 'end'
      }
    },
  )
  return exitCode.done
}
