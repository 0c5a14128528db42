import type { Console } from '../../runtime/console.ts'
import type { Context } from '../context.ts'
import { Exit, signalCode } from '../exit.ts'
import { wantsTextOnly } from './paint.ts'

/** Asks on a terminal; elsewhere nobody can answer, and the answer is yes. Ctrl-C ends the command. */
export async function confirmed({ console }: Context, question: string): Promise<boolean> {
  if (!console.inputIsTerminal || !console.errorIsTerminal) return true
  if (wantsTextOnly(console)) return isYes(console, question)
  const { default: confirm } = await import('@inquirer/confirm')
  try {
    return await confirm({ message: question, default: false })
  } catch (error) {
    if ((error as Error).name !== 'ExitPromptError') throw error
    console.error('Nothing was changed.\n')
    throw new Exit(signalCode('SIGINT'))
  }
}

async function isYes(console: Console, question: string): Promise<boolean> {
  console.error(`${question} (y/N) `)
  const input = console.input()
  const answer = await input.next()
  input.close()
  return /^\s*y(es)?\s*$/i.test(String(answer ?? ''))
}
