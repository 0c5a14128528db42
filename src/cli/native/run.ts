import { Config, Errors, flush, run } from '@oclif/core'
import { nodeConsole } from '../../runtime/node/console.ts'
import { exitCode, sentenceOf } from '../exit.ts'
import { inLines } from './sentence.ts'
import { unknownCommand } from './unknown-command.ts'

/** Runs a native command line; `root` is the folder of package.json. Gives the exit code. */
export async function runNative(args: readonly string[], root: string): Promise<number> {
  let commands: string[] = []
  try {
    const config = await Config.load({ root })
    commands = config.commandIDs.map((id) => id.replaceAll(':', ' '))
    await run([...args], config)
    return exitCode.done
  } catch (error) {
    if (error instanceof Errors.ExitError) return error.oclif.exit ?? exitCode.failed
    const code = (error as { oclif?: { exit?: number } }).oclif?.exit
    const unknown = /^command .* not found$/.test(sentenceOf(error))
    const sentence = unknown ? unknownCommand(args, commands) : sentenceOf(error)
    nodeConsole.error(`${inLines(sentence, nodeConsole.errorWidth)}\n`)
    if (args.includes('--debug') && error instanceof Error) nodeConsole.error(`${error.stack}\n`)
    return code ?? exitCode.failed
  } finally {
    await flush()
  }
}
