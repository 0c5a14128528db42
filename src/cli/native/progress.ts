import type { Context } from '../context.ts'
import { wantsTextOnly } from './paint.ts'

/** Milliseconds between two looks. */
const EVERY = 500

/**
 * Shows how many records were sent, in one line of standard error, while a terminal waits for input that comes from elsewhere. Gives the
 * function that ends it and takes the line away.
 */
export function showProgress({ console, runtime: { clock } }: Context, count: () => number): () => void {
  if (!console.errorIsTerminal || console.inputIsTerminal || wantsTextOnly(console)) return () => {}
  let before = 0
  let cancel = () => {}
  const show = () => {
    const now = count()
    const rate = Math.round(((now - before) * 1000) / EVERY)
    before = now
    console.error(`\r\u001b[K${now.toLocaleString('en')} records, ${rate.toLocaleString('en')}/s`)
    again()
  }
  const again = () => {
    const timer = clock.timer(EVERY, show)
    cancel = () => timer.cancel()
  }
  again()
  return () => {
    cancel()
    console.error('\r\u001b[K')
  }
}
