import type { Context } from '../context.ts'

/** Asks on a terminal; elsewhere nobody can answer, and the answer is yes. */
export async function confirmed({ console }: Context, question: string): Promise<boolean> {
  if (!console.inputIsTerminal || !console.errorIsTerminal) return true
  const { default: confirm } = await import('@inquirer/confirm')
  return confirm({ message: question, default: false })
}
