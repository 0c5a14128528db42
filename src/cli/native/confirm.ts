import type { Context } from '../context.ts'

/** Asks on a terminal; elsewhere nobody can answer, and the answer is yes. */
export async function confirmed({ console }: Context, question: string): Promise<boolean> {
  if (!console.inputIsTerminal || !console.errorIsTerminal) return true
  const { default: inquirer } = await import('inquirer')
  const { yes } = await inquirer.prompt<{ yes: boolean }>([
    { type: 'confirm', name: 'yes', message: question, default: false },
  ])
  return yes
}
