import { nodeConsole } from '../runtime/node/console.ts'
import { nodeRuntime } from '../runtime/node/index.ts'
import { classicName, classicTools, classicWord, classPrograms, toolName } from './classic/registry.ts'
import { exitCode } from './exit.ts'

/** Flags after a tool's plain name that only the native spelling has, or that its help answers. */
const nativeFlags = ['--help', '-h', '--json', '--debug', '--output', '-o', '--no-headers', '--profile', '-P']

/**
 * The classic spelling: a tool under Apache's own name, or a plain name followed by a flag (`topics --create`). Everything else, and the
 * help of a plain name, is native.
 */
function isClassic(word: string, next: string | undefined): boolean {
  if (/^(kafka|zookeeper)-|^connect-.*\.(sh|bat)$/.test(word)) return true
  // Apache's worker has no flags of its own.
  if (word.startsWith('connect-')) return next === '-daemon'
  // For Apache's tool this would be the beginning of a longer flag.
  if (word === 'leader-election' && next === '--all') return false
  return next?.startsWith('-') === true && next !== '--' && !nativeFlags.includes(next.replace(/=.*/s, ''))
}

/** The names of Apache's files for the console of a process in the background. */
const consoleNames: Readonly<Record<string, string>> = {
  'server-start': 'kafkaServer',
  'zookeeper-server-start': 'zookeeper',
  'connect-standalone': 'connectStandalone',
  'connect-distributed': 'connectDistributed',
}

/** Starts the tool again in the background, with its console in a file under logs/, or under the environment's LOG_DIR. */
async function daemonize(tool: string, args: readonly string[], root: string): Promise<number> {
  const { detach } = await import('../runtime/node/processes.ts')
  const folder = nodeConsole.env.LOG_DIR || `${root}/logs`
  detach([classicWord(tool), ...args], `${folder}/${consoleNames[tool] ?? tool}.out`)
  return 0
}

/** Java's name of a tool instead of the script's: `kafka-run-class.sh kafka.tools.GetOffsetShell ...`. */
async function runClass(args: readonly string[], root: string): Promise<number> {
  const { readJavaCommand } = await import('./classic/java-classes.ts')
  const command = readJavaCommand(args)
  if (typeof command !== 'string') {
    const { tool, args: rest } = command
    const program = Object.hasOwn(classPrograms, tool) ? classPrograms[tool] : undefined
    if (!program) return main([classicWord(tool), ...rest], root)
    if (rest[0] === '-daemon')
      return daemonize(
        'run-class',
        args.filter((word) => word !== '-daemon'),
        root,
      )
    return (await program()).main(rest, { console: nodeConsole, runtime: nodeRuntime })
  }
  nodeConsole.error(`${command}\n`)
  return exitCode.failed
}

/** Runs the command line of this process and gives its exit code. */
export async function main(args: readonly string[], root: string): Promise<number> {
  const [word, ...rest] = args
  if (word && toolName(word) === 'run-class') return runClass(rest, root)
  const tool = classicName(word)
  if (word !== undefined && tool !== undefined && isClassic(word, rest[0])) {
    if (rest[0] === '-daemon') return daemonize(tool, rest.slice(1), root)
    const { main: run } = await classicTools[tool]!()
    return run(rest, { console: nodeConsole, runtime: nodeRuntime })
  }
  if (word === '__complete') {
    const { answerShell } = await import('./completion/answer.ts')
    return answerShell(rest, root, { console: nodeConsole, runtime: nodeRuntime })
  }
  const { runNative } = await import('./native/run.ts')
  return runNative(args, root)
}
