import type { ChalkInstance } from 'chalk'
import type { Console } from '../../runtime/console.ts'

/** Whether a terminal is to get text and nothing else: no colours, and nothing that is drawn over what stands there. */
export const wantsTextOnly = ({ env }: Pick<Console, 'env'>): boolean => Boolean(env.NO_COLOR) || env.TERM === 'dumb'

/** Colours for standard output; texts stay as they are where there are to be none. */
export async function loadPaint(console: Pick<Console, 'env'>): Promise<ChalkInstance> {
  const { Chalk, default: chalk } = await import('chalk')
  return wantsTextOnly(console) ? new Chalk({ level: 0 }) : chalk
}
